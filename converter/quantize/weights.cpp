// Quantizes one channel after the other, coarser until its sums are proven to fit.
#include "quantize/weights.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "diagnostics/error.h"
#include "kernels/kernel_types.h"

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

/// The most that the weights of w16a16 may lose for 32-bit sums: three bits.
constexpr double kMostCoarser = 8.0;

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
    if (layer.inputs < 0 || (layer.inputs > 0 && layer.weights.size() / layer.channels % layer.inputs != 0)) {
        fail(fmt::format("rows of {} weights do not divide into taps of {} inputs",
                         layer.weights.size() / layer.channels, layer.inputs));
    }
    if (!layer.bias.empty() && layer.bias.size() != static_cast<size_t>(layer.channels)) {
        fail(fmt::format("{} biases for {} output channels", layer.bias.size(), layer.channels));
    }
    const auto channels = static_cast<size_t>(layer.channels);
    if (!layer.stated_scale.empty() && layer.stated_scale.size() != channels) {
        fail(fmt::format("{} stated scales for {} output channels", layer.stated_scale.size(), layer.channels));
    }
    if (!layer.stated_bias.empty() && (layer.stated_bias.size() != channels || layer.stated_scale.empty())) {
        fail(fmt::format("{} stated biases for {} output channels", layer.stated_bias.size(), layer.channels));
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

/// The bias without the input's zero point.
double bias_code(const LayerWeights& layer, size_t channel, float scale) {
    if (!layer.stated_bias.empty()) return layer.stated_bias[channel];
    const double bias = layer.bias.empty() ? 0.0 : layer.bias[channel];
    return std::round(bias / (static_cast<double>(layer.input.scale) * static_cast<double>(scale)));
}

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
    if (std::fabs(bias) >= static_cast<double>(kA16WideBound)) return std::nullopt;
    channel.bias = static_cast<int64_t>(bias) - layer.input.zero_point * sum;
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

double magnitude(std::span<const float> weights) {
    double sum = 0.0;
    for (float weight : weights) sum += std::fabs(static_cast<double>(weight));
    return sum;
}

size_t inputs_of_a_tap(const LayerWeights& layer, size_t row_length) {
    return layer.inputs > 0 ? static_cast<size_t>(layer.inputs) : row_length;
}

/// visit(run) for each run of inputs of a tap whose products kernels may sum in 32 bits.
template <typename T, typename Visit>
void for_each_run(std::span<const T> row, size_t inputs, const Visit& visit) {
    for (size_t tap = 0; tap < row.size(); tap += inputs) {
        for (size_t first = 0; first < inputs; first += tmx::kernels::kRunChannels) {
            visit(row.subspan(tap + first, std::min<size_t>(inputs - first, tmx::kernels::kRunChannels)));
        }
    }
}

/// Least scale at which no run of int16 codes is larger than allowed. Each code is at most 1/2 more than its weight.
double scale_for_runs(const LayerWeights& layer, std::span<const float> row) {
    double scale = 0.0;
    for_each_run(row, inputs_of_a_tap(layer, row.size()), [&scale](std::span<const float> run) {
        if (run.size() <= 2) return;  // fits, whatever the codes
        const double allowed = tmx::kernels::kRunMagnitude - static_cast<double>(run.size()) / 2;
        scale = std::max(scale, magnitude(run) / allowed);
    });
    return scale;
}

bool runs_are_short(std::span<const int16_t> codes, size_t inputs) {
    bool all_short = true;
    for_each_run(codes, inputs, [&all_short](std::span<const int16_t> run) {
        int32_t sum = 0;
        for (const int16_t code : run) sum += std::abs(static_cast<int32_t>(code));
        all_short = all_short && sum <= tmx::kernels::kRunMagnitude;
    });
    return all_short;
}

/// Least scale at which int16 codes and bias fit the narrow accumulator.
double scale_for_narrow_sums(const LayerWeights& layer, std::span<const float> row, double bias) {
    const double rounding = static_cast<double>(kA16Peak) * (static_cast<double>(row.size()) / 2 + 1);
    const double allowed = static_cast<double>(kA16NarrowBound) - rounding;
    return (std::fabs(bias) / layer.input.scale + static_cast<double>(kA16Peak) * magnitude(row)) / allowed;
}

/// Where quantization of each channel begins.
std::vector<double> first_scales(const LayerWeights& layer, double code_limit) {
    const size_t row_length = layer.weights.size() / static_cast<size_t>(layer.channels);
    if (!layer.stated_scale.empty()) return {layer.stated_scale.begin(), layer.stated_scale.end()};
    std::vector<double> scales, narrow;
    bool worth_it = layer.precision == Precision::kW16A16 && layer.inputs == 1;
    for (size_t o = 0; o < static_cast<size_t>(layer.channels); ++o) {
        const std::span<const float> row = layer.weights.subspan(o * row_length, row_length);
        scales.push_back(first_scale(layer, row, code_limit));
        if (layer.precision != Precision::kW16A16) continue;
        scales[o] = std::max(scales[o], scale_for_runs(layer, row));
        narrow.push_back(scale_for_narrow_sums(layer, row, layer.bias.empty() ? 0.0 : layer.bias[o]));
        worth_it = worth_it && narrow[o] <= kMostCoarser * scales[o];
    }
    for (size_t o = 0; worth_it && o < scales.size(); ++o) scales[o] = std::max(scales[o], narrow[o]);
    return scales;
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
    const std::vector<double> finest = first_scales(layer, code_limit);
    for (size_t o = 0; o < static_cast<size_t>(layer.channels); ++o) {
        const std::span<const float> row = layer.weights.subspan(o * row_length, row_length);
        std::optional<Channel> channel;
        float scale = 0.0F;
        for (int step = 0;; ++step) {
            scale = static_cast<float>(finest[o] * std::exp2(step / kCoarserPerBit));
            if (!std::isfinite(scale)) {
                throw Error(layer.where,
                            fmt::format("the bias {} of output channel {} is too large for any weight scale",
                                        layer.bias[o], o));
            }
            channel = quantize_channel(layer, row, bias_code(layer, o, scale), scale, code_limit);
            if (channel && (is_a8 ? fits_a8_accumulator(channel->bias, channel->sum_of_absolutes)
                                  : fits(channel->bias, channel->sum_of_absolutes, kA16Peak, kA16WideBound))) {
                break;
            }
            if (!layer.stated_scale.empty()) {
                throw Error(layer.where,
                            fmt::format("the sums of output channel {} may not fit the accumulator with the "
                                        "weight scale {} that the model states",
                                        o, scale));
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
    result.short_runs = layer.precision == Precision::kW16A16 &&
                        runs_are_short(std::span<const int16_t>(result.codes), inputs_of_a_tap(layer, row_length));
    return result;
}

}  // namespace tinamix::quantize
