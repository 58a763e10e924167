// Multipliers in fixed point; every step before the one rounding is exact in double.
#include "quantize/rescale.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "diagnostics/error.h"

namespace tinamix::quantize {

namespace {

constexpr int kMaxShift = 62;
constexpr double kTwoTo31 = 2147483648.0;
constexpr Rescale kLargestRescale = {2147483647, 1};

/// Fraction bits of the multipliers of Add (docs/arithmetic.md, 4).
int add_fraction_bits(NumberFormat format) { return format == NumberFormat::kInt8 ? 20 : 30; }

/// The int8 sum is at most 510 * 2^20 < 2^29, so from shift 31 on every result is 0; stopping there keeps the rounding
/// constant within int32 and changes no result.
int add_max_shift(NumberFormat format) { return format == NumberFormat::kInt8 ? 31 : kMaxShift; }

}  // namespace

Rescale to_rescale(double multiplier) {
    if (!std::isfinite(multiplier) || multiplier < 0.0) {
        throw Error("quantize", fmt::format("{} is not a multiplier", multiplier));
    }
    if (multiplier == 0.0) return {0, kMaxShift};
    int exponent = 0;
    const double fraction = std::frexp(multiplier, &exponent);  // in [0.5, 1)
    int shift = 31 - exponent;
    if (shift > kMaxShift) return {static_cast<int32_t>(std::round(std::ldexp(multiplier, kMaxShift))), kMaxShift};
    double rounded = std::round(fraction * kTwoTo31);
    if (rounded == kTwoTo31) {
        rounded /= 2;
        --shift;
    }
    if (shift < 1) return kLargestRescale;
    return {static_cast<int32_t>(rounded), shift};
}

AddRescale to_add_rescale(double ratio_a, double ratio_b, NumberFormat format) {
    if (!std::isfinite(ratio_a) || !std::isfinite(ratio_b)) {
        throw Error("quantize", fmt::format("{} and {} are not ratios of scales", ratio_a, ratio_b));
    }
    if (format == NumberFormat::kFloat32) throw Error("quantize", "a float32 Add has no multipliers");
    const double limit = std::ldexp(1.0, add_fraction_bits(format));
    const auto at = [](double ratio, int shift) { return std::round(std::ldexp(ratio, shift)); };
    int shift = add_max_shift(format);
    while (shift > 1 && std::max(std::fabs(at(ratio_a, shift)), std::fabs(at(ratio_b, shift))) > limit) --shift;
    return {static_cast<int32_t>(std::clamp(at(ratio_a, shift), -limit, limit)),
            static_cast<int32_t>(std::clamp(at(ratio_b, shift), -limit, limit)), shift};
}

CodeRange clamp_codes(const Quantization& output, double lo, double hi) {
    if (!(lo <= hi)) throw Error("quantize", fmt::format("[{}, {}] is not a range to clamp to", lo, hi));
    return {quantize_value(output, lo), quantize_value(output, hi)};
}

}  // namespace tinamix::quantize
