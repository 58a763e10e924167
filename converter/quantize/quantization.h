// Number formats of activations and the mapping between real values and codes (docs/arithmetic.md, 1).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tinamix::quantize {

/// kInt32: indices and truth values (int64, int32 and bool of ONNX), which are not quantized.
enum class NumberFormat { kInt8, kInt16, kFloat32, kInt32 };
std::string_view number_format_name(NumberFormat format);  ///< "int8", "int16", "float32", "int32"

/// real = scale * (q - zero_point); int16: zero_point 0; float32 and int32: scale 1, zero_point 0.
struct Quantization {
    NumberFormat format = NumberFormat::kFloat32;
    float scale = 1.0F;
    int32_t zero_point = 0;
    bool operator==(const Quantization&) const = default;
};

/// Inclusive range of codes.
struct CodeRange {
    int32_t min = 0, max = 0;
    bool operator==(const CodeRange&) const = default;
};
/// All codes of an activation: -128..127 or -32768..32767. Throws Error for float32.
CodeRange code_range(NumberFormat format);

/// Parameters that represent every value of [min, max], widened to contain 0, with at most half a step of error, and 0
/// exactly. Int8: asymmetric over 256 codes; int16: symmetric over -32767..32767; float32: the identity. A range of
/// nothing but 0 gives scale 1, zero point 0. Scales are at least 2^-126, so that their inverse is a float.
/// Throws Error unless min <= max and both are finite.
Quantization quantization_for(NumberFormat format, float min, float max);

/// How much further than its measured range an int16 tensor reaches (a third of a bit), so that inputs that calibration
/// has not seen do not clip.
inline constexpr float kInt16Headroom = 1.25F;
/// The same for a range that was measured on samples: int16 has headroom, int8 has no codes to spare and covers just
/// the range.
Quantization quantization_with_headroom(NumberFormat format, float min, float max);

/// The int8 or int16 quantization of a constant operand, exact where that is possible: a tensor of one repeated value
/// c is +-127 (+-32767) times the scale |c|/127 (|c|/32767); others get quantization_for(their extremes).
/// Throws Error when a value is NaN or infinite.
Quantization quantization_for_constant(NumberFormat format, std::span<const float> values);

/// The int16 form that holds every int8 value exactly: scale/128, since |q - zero_point| <= 255 and 255 * 128 < 2^15.
Quantization widened_to_int16(const Quantization& int8);

/// clamp(round(x / scale) + zero_point), halves away from zero; infinities clamp, NaN gives the zero point.
int32_t quantize_value(const Quantization& quantization, double x);
/// True if a code stands for `value` with at most half a step of error. Infinities stand for the ends of the range.
bool holds(const Quantization& quantization, double value);
/// quantize_value of each; int8 codes stay in -128..127.
std::vector<int16_t> quantize_values(const Quantization& quantization, std::span<const float> values);

}  // namespace tinamix::quantize
