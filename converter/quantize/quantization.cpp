// Scales, zero points and codes.
#include "quantize/quantization.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "diagnostics/error.h"

namespace tinamix::quantize {

namespace {

/// Largest magnitude that both signs of a symmetric format have.
double symmetric_limit(NumberFormat format) { return format == NumberFormat::kInt8 ? 127.0 : 32767.0; }

float storable_scale(double scale) { return std::max(static_cast<float>(scale), std::numeric_limits<float>::min()); }

}  // namespace

std::string_view number_format_name(NumberFormat format) {
    static constexpr std::array<std::string_view, 4> kNames = {"int8", "int16", "float32", "int32"};
    return kNames[static_cast<size_t>(format)];
}

CodeRange code_range(NumberFormat format) {
    switch (format) {
        case NumberFormat::kInt8:
            return {-128, 127};
        case NumberFormat::kInt16:
            return {-32768, 32767};
        case NumberFormat::kFloat32:
        case NumberFormat::kInt32:
            break;
    }
    throw Error("quantize", fmt::format("{} has no quantized codes", number_format_name(format)));
}

Quantization quantization_for(NumberFormat format, float min, float max) {
    if (!std::isfinite(min) || !std::isfinite(max) || min > max) {
        throw Error("quantize", fmt::format("[{}, {}] is not a range of values", min, max));
    }
    if (format == NumberFormat::kFloat32) return {};
    const double lo = std::min<double>(min, 0.0), hi = std::max<double>(max, 0.0);
    if (lo == 0.0 && hi == 0.0) return {format, 1.0F, 0};
    if (format == NumberFormat::kInt16) {
        return {format, storable_scale(std::max(-lo, hi) / symmetric_limit(format)), 0};
    }
    const float scale = storable_scale((hi - lo) / 255.0);
    const double zero_point = std::round(-128.0 - lo / scale);
    return {format, scale, static_cast<int32_t>(std::clamp(zero_point, -128.0, 127.0))};
}

Quantization quantization_with_headroom(NumberFormat format, float min, float max) {
    const float reach = format == NumberFormat::kInt16 ? kInt16Headroom : 1.0F;
    return quantization_for(format, reach * min, reach * max);
}

Quantization quantization_for_constant(NumberFormat format, std::span<const float> values) {
    if (format == NumberFormat::kFloat32 || values.empty()) return {format, 1.0F, 0};
    for (float value : values) {
        if (!std::isfinite(value)) throw Error("quantize", fmt::format("a constant operand contains {}", value));
    }
    const auto [min, max] = std::minmax_element(values.begin(), values.end());
    if (*min == *max && *min != 0.0F) {
        return {format, storable_scale(std::fabs(static_cast<double>(*min)) / symmetric_limit(format)), 0};
    }
    return quantization_for(format, *min, *max);
}

Quantization widened_to_int16(const Quantization& int8) {
    if (int8.format != NumberFormat::kInt8) throw Error("quantize", "only int8 can be widened to int16");
    return {NumberFormat::kInt16, storable_scale(static_cast<double>(int8.scale) / 128.0), 0};
}

int32_t quantize_value(const Quantization& quantization, double x) {
    const CodeRange codes = code_range(quantization.format);
    if (std::isnan(x)) return quantization.zero_point;
    const double code = std::round(x / static_cast<double>(quantization.scale)) + quantization.zero_point;
    return static_cast<int32_t>(std::clamp<double>(code, codes.min, codes.max));
}

bool holds(const Quantization& quantization, double value) {
    const bool exact = quantization.format == NumberFormat::kFloat32 || quantization.format == NumberFormat::kInt32;
    if (exact || std::isinf(value)) return true;
    const int32_t code = quantize_value(quantization, value);
    const double scale = static_cast<double>(quantization.scale);
    return std::fabs((code - quantization.zero_point) * scale - value) <= 0.5 * scale;
}

std::vector<int16_t> quantize_values(const Quantization& quantization, std::span<const float> values) {
    std::vector<int16_t> codes;
    codes.reserve(values.size());
    for (float value : values) codes.push_back(static_cast<int16_t>(quantize_value(quantization, value)));
    return codes;
}

}  // namespace tinamix::quantize
