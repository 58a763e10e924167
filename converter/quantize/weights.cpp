// Quantizes one channel after the other, coarser until its sums are proven to fit.
#include "quantize/weights.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "diagnostics/error.h"

namespace tinamix::quantize {

namespace {

constexpr int64_t kA8Bound = int64_t{1} << 30;
constexpr int64_t kA16NarrowBound = int64_t{1} << 31;
/// Keeps the sum, its rounding and the split product of the 64-bit rescale inside int64.
constexpr int64_t kA16WideBound = int64_t{1} << 62;
constexpr int64_t kA8Peak = 128, kA16Peak = 32768;

/// Bits of an output code that the bias of an all-zero channel keeps.
constexpr double kZeroChannelResolution = 4096.0;
/// A channel whose sum could overflow gets coarser weights in steps of an eighth of a bit.
constexpr double kCoarserPerBit = 8.0;

bool fits(int64_t bias, int64_t sum, int64_t peak, int64_t bound) {
    if (bias <= -bound || bias >= bound) return false;
    return sum < (bound - std::abs(bias) + peak - 1) / peak;
}

void check(const LayerWeights& layer) {
    const auto fail = [&](const std::string& what) { throw Error(layer.where, what); };
    if (layer.precision == Precision::kF32) fail("a float32 layer has no integer weights");
    if (layer.channels <= 0 || layer.weights.size() % static_cast<size_t>(layer.channels) != 0) {
        fail(fmt::format("{} weights do not divide into {} output channels", layer.weights.size(), layer.channels));
    }
    if (!layer.bias.empty() && layer.bias.size() != static_cast<size_t>(layer.channels)) {
        fail(fmt::format("{} biases for {} output channels", layer.bias.size(), layer.channels));
    }
    const NumberFormat format = activation_format(layer.precision);
    for (const Quantization& activation : {layer.input, layer.output}) {
        if (activation.format != format) {
            fail(fmt::format("a {} layer between {} and {} activations", precision_name(layer.precision),
                             number_format_name(layer.input.format), number_format_name(layer.output.format)));
        }
    }
    const auto finite = [](float value) { return std::isfinite(value); };
    if (!std::all_of(layer.weights.begin(), layer.weights.end(), finite)) fail("a weight is NaN or infinite");
    if (!std::all_of(layer.bias.begin(), layer.bias.end(), finite)) fail("a bias is NaN or infinite");
}

/// One channel at one scale.
struct Channel {
    std::vector<int16_t> codes;
    int64_t bias = 0;
    int64_t sum_of_absolutes = 0;
};

/// Nothing when the bias does not fit the bound even by itself.
std::optional<Channel> quantize_channel(const LayerWeights& layer, std::span<const float> row, double bias, float scale,
                                        double code_limit) {
    Channel channel;
    channel.codes.reserve(row.size());
    int64_t sum = 0;
    for (float weight : row) {
        const double code = std::clamp(std::round(weight / static_cast<double>(scale)), -code_limit, code_limit);
        channel.codes.push_back(static_cast<int16_t>(code));
        sum += channel.codes.back();
        channel.sum_of_absolutes += std::abs(channel.codes.back());
    }
    const double real_bias = std::round(bias / (static_cast<double>(layer.input.scale) * static_cast<double>(scale)));
    if (std::fabs(real_bias) >= static_cast<double>(kA16WideBound)) return std::nullopt;
    channel.bias = static_cast<int64_t>(real_bias) - layer.input.zero_point * sum;
    return channel;
}

double first_scale(const LayerWeights& layer, std::span<const float> row, double code_limit) {
    float peak = 0.0F;
    for (float weight : row) peak = std::max(peak, std::fabs(weight));
    const double scale = peak > 0.0F
                             ? peak / code_limit
                             : static_cast<double>(layer.output.scale) / layer.input.scale / kZeroChannelResolution;
    return std::max<double>(scale, std::numeric_limits<float>::min());
}

}  // namespace

bool fits_a8_accumulator(int64_t bias, int64_t sum_of_absolute_weights) {
    return fits(bias, sum_of_absolute_weights, kA8Peak, kA8Bound);
}

bool fits_a16_narrow_accumulator(int64_t bias, int64_t sum_of_absolute_weights) {
    return fits(bias, sum_of_absolute_weights, kA16Peak, kA16NarrowBound);
}

QuantizedWeights quantize_weights(const LayerWeights& layer) {
    check(layer);
    const bool is_a8 = layer.precision == Precision::kW8A8;
    const double code_limit = layer.precision == Precision::kW16A16 ? 32767.0 : 127.0;
    const size_t row_length = layer.weights.size() / static_cast<size_t>(layer.channels);
    QuantizedWeights result;
    result.codes.reserve(layer.weights.size());
    for (size_t o = 0; o < static_cast<size_t>(layer.channels); ++o) {
        const std::span<const float> row = layer.weights.subspan(o * row_length, row_length);
        const double bias = layer.bias.empty() ? 0.0 : layer.bias[o];
        const double finest = first_scale(layer, row, code_limit);
        std::optional<Channel> channel;
        float scale = 0.0F;
        for (int step = 0;; ++step) {
            scale = static_cast<float>(finest * std::exp2(step / kCoarserPerBit));
            if (!std::isfinite(scale)) {
                throw Error(layer.where,
                            fmt::format("the bias {} of output channel {} is too large for any weight scale", bias, o));
            }
            channel = quantize_channel(layer, row, bias, scale, code_limit);
            if (!channel) continue;
            if (is_a8 ? fits_a8_accumulator(channel->bias, channel->sum_of_absolutes)
                      : fits(channel->bias, channel->sum_of_absolutes, kA16Peak, kA16WideBound)) {
                break;
            }
        }
        if (!is_a8 && !fits_a16_narrow_accumulator(channel->bias, channel->sum_of_absolutes)) {
            result.wide_accumulator = true;
        }
        result.codes.insert(result.codes.end(), channel->codes.begin(), channel->codes.end());
        result.scale.push_back(scale);
        result.bias.push_back(channel->bias);
        result.rescale.push_back(
            to_rescale(static_cast<double>(layer.input.scale) * scale / static_cast<double>(layer.output.scale)));
    }
    return result;
}

}  // namespace tinamix::quantize
