// Weights, biases and the proof that their sums fit the accumulator.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>

#include "diagnostics/error.h"
#include "quantize/weights.h"

namespace tinamix::quantize {
namespace {

constexpr Quantization kInt8In{NumberFormat::kInt8, 0.02F, -7};
constexpr Quantization kInt8Out{NumberFormat::kInt8, 0.05F, 3};
constexpr Quantization kInt16In{NumberFormat::kInt16, 0.0002F, 0};
constexpr Quantization kInt16Out{NumberFormat::kInt16, 0.0005F, 0};

LayerWeights layer_of(const std::vector<float>& weights, const std::vector<float>& bias, int64_t channels,
                      Precision precision) {
    const bool is_a8 = precision == Precision::kW8A8;
    return {weights, bias, channels, is_a8 ? kInt8In : kInt16In, is_a8 ? kInt8Out : kInt16Out, precision, "conv1"};
}

int64_t absolute_sum(const QuantizedWeights& weights, size_t channel) {
    const size_t row = weights.codes.size() / weights.scale.size();
    int64_t sum = 0;
    for (size_t i = 0; i < row; ++i) sum += std::abs(weights.codes[channel * row + i]);
    return sum;
}

TEST(Weights, AreSymmetricPerChannelFromTheStoredScale) {
    std::mt19937 random(5);
    std::normal_distribution<float> value;
    std::vector<float> weights(8 * 27), bias(8);
    for (size_t i = 0; i < weights.size(); ++i) weights[i] = std::ldexp(value(random), static_cast<int>(i / 27));
    for (float& b : bias) b = value(random);
    for (Precision precision : {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16}) {
        const LayerWeights layer = layer_of(weights, bias, 8, precision);
        const QuantizedWeights quantized = quantize_weights(layer);
        const int limit = precision == Precision::kW16A16 ? 32767 : 127;
        ASSERT_EQ(quantized.codes.size(), weights.size());
        for (size_t o = 0; o < 8; ++o) {
            int peak = 0;
            int64_t sum = 0;
            float largest = 0.0F;
            for (size_t i = 27 * o; i < 27 * (o + 1); ++i) {
                EXPECT_EQ(quantized.codes[i], std::round(weights[i] / static_cast<double>(quantized.scale[o])));
                peak = std::max<int>(peak, std::abs(quantized.codes[i]));
                sum += quantized.codes[i];
                largest = std::max(largest, std::fabs(weights[i]));
            }
            if (precision == Precision::kW16A16) {
                EXPECT_GT(peak, limit / 8);  // runs of weights may be what decides
            } else {
                EXPECT_EQ(peak, limit);
                EXPECT_EQ(quantized.scale[o], static_cast<float>(largest / static_cast<double>(limit)));
            }
            const double step = static_cast<double>(layer.input.scale) * quantized.scale[o];
            EXPECT_EQ(quantized.bias[o],
                      static_cast<int64_t>(std::round(bias[o] / step)) - layer.input.zero_point * sum);
            EXPECT_EQ(quantized.rescale[o], to_rescale(step / layer.output.scale));
        }
    }
}

TEST(Weights, FoldTheZeroPointWithoutABias) {
    const std::vector<float> weights = {127.0F, -27.0F, 0.0F, 64.0F};
    const QuantizedWeights quantized = quantize_weights(layer_of(weights, {}, 1, Precision::kW8A8));
    EXPECT_EQ(quantized.codes, (std::vector<int16_t>{127, -27, 0, 64}));
    EXPECT_EQ(quantized.bias, (std::vector<int64_t>{7 * 164}));
    EXPECT_FALSE(quantized.wide_accumulator);
}

TEST(Weights, KeepTheBiasOfAllZeroChannels) {
    const std::vector<float> weights(12, 0.0F), bias = {1.0F, -0.37F, 0.0F};
    for (Precision precision : {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16}) {
        const LayerWeights layer = layer_of(weights, bias, 3, precision);
        const QuantizedWeights quantized = quantize_weights(layer);
        EXPECT_FALSE(quantized.wide_accumulator);
        for (size_t o = 0; o < 3; ++o) {
            EXPECT_EQ(absolute_sum(quantized, o), 0);
            const double out = std::ldexp(static_cast<double>(quantized.bias[o]) * quantized.rescale[o].multiplier,
                                          -quantized.rescale[o].shift);
            EXPECT_NEAR(out, bias[o] / static_cast<double>(layer.output.scale), 1.0 / 4096);
        }
    }
}

TEST(Weights, ProofBoundariesAreExact) {
    EXPECT_TRUE(fits_a8_accumulator(0, (1 << 23) - 1));
    EXPECT_FALSE(fits_a8_accumulator(0, 1 << 23));
    EXPECT_TRUE(fits_a8_accumulator(127, (1 << 23) - 1));
    EXPECT_FALSE(fits_a8_accumulator(128, (1 << 23) - 1));
    EXPECT_TRUE(fits_a8_accumulator(-127, (1 << 23) - 1));
    EXPECT_FALSE(fits_a8_accumulator(-128, (1 << 23) - 1));
    EXPECT_TRUE(fits_a8_accumulator((1 << 30) - 1, 0));
    EXPECT_FALSE(fits_a8_accumulator(1 << 30, 0));
    EXPECT_TRUE(fits_a16_narrow_accumulator(32767, 65535));
    EXPECT_FALSE(fits_a16_narrow_accumulator(32768, 65535));
    EXPECT_FALSE(fits_a16_narrow_accumulator(0, 65536));
    EXPECT_TRUE(fits_a16_narrow_accumulator(-(int64_t{1} << 31) + 1, 0));
    EXPECT_FALSE(fits_a16_narrow_accumulator(std::numeric_limits<int64_t>::min(), 0));
    EXPECT_FALSE(fits_a16_narrow_accumulator(std::numeric_limits<int64_t>::max(), 0));
}

TEST(Weights, OneWideChannelMakesTheWholeLayerWide) {
    // 516 weights of 127 are 65532 < 65536; one more is not.
    for (const auto& [count, wide] : {std::pair<size_t, bool>{516, false}, {517, true}}) {
        std::vector<float> weights(2 * count, 0.0F);
        weights[0] = 1.0F;
        std::fill(weights.begin() + static_cast<std::ptrdiff_t>(count), weights.end(), 0.25F);
        const QuantizedWeights quantized = quantize_weights(layer_of(weights, {}, 2, Precision::kW8A16));
        EXPECT_EQ(quantized.wide_accumulator, wide) << count;
        EXPECT_EQ(quantized.codes.back(), 127);
    }
    const std::vector<float> many(17, 1.0F);
    EXPECT_TRUE(quantize_weights(layer_of(many, {}, 1, Precision::kW16A16)).wide_accumulator);
}

TEST(Weights, RunsOfInt16WeightsAddUpToNoMoreThanKernelsAssume) {
    // 2 taps of 20 inputs: runs of 16 and 4. The first channel's largest run is 16 ones, the second's a single weight.
    std::vector<float> weights(80, 1.0F);
    std::fill(weights.begin() + 40, weights.end(), 0.001F);
    weights[79] = -1.0F;
    LayerWeights layer = layer_of(weights, {}, 2, Precision::kW16A16);
    layer.inputs = 20;
    const QuantizedWeights quantized = quantize_weights(layer);
    for (size_t o = 0; o < 2; ++o) {
        for (const auto& [first, count] : {std::pair<size_t, size_t>{0, 16}, {16, 4}, {20, 16}, {36, 4}}) {
            int64_t magnitude = 0;
            for (size_t i = first; i < first + count; ++i) magnitude += std::abs(quantized.codes[40 * o + i]);
            EXPECT_LE(magnitude, 65534);
        }
    }
    EXPECT_EQ(quantized.codes[0], 4095);
    EXPECT_EQ(quantized.codes[79], -32767);
    EXPECT_TRUE(quantized.short_runs);
    layer.inputs = 7;
    EXPECT_THROW(quantize_weights(layer), Error);
}

TEST(Weights, StatedInt16WeightsMayHaveLongRuns) {
    const std::vector<float> scale = {1.0F / 32767.0F};
    std::vector<float> weights(20, 0.0F);
    std::fill(weights.begin(), weights.begin() + 2, 1.0F);
    LayerWeights layer = layer_of(weights, {}, 1, Precision::kW16A16);
    layer.stated_scale = scale;
    EXPECT_TRUE(quantize_weights(layer).short_runs);
    weights[15] = 0.001F;
    EXPECT_FALSE(quantize_weights(layer).short_runs);
    std::swap(weights[15], weights[16]);
    EXPECT_TRUE(quantize_weights(layer).short_runs) << "the 17th input begins another run";
}

TEST(Weights, DepthwiseInt16GivesUpAtMostThreeBitsFor32BitSums) {
    for (const auto& [taps, wide] : {std::pair<size_t, bool>{9, false}, {15, false}, {17, true}}) {
        const std::vector<float> weights(taps, 1.0F), bias = {0.001F};
        LayerWeights layer = layer_of(weights, bias, 1, Precision::kW16A16);
        layer.inputs = 1;
        const QuantizedWeights quantized = quantize_weights(layer);
        EXPECT_EQ(quantized.wide_accumulator, wide) << taps;
        EXPECT_GE(quantized.codes[0], wide ? 32767 : 4095) << taps;
    }
}

TEST(Weights, ChannelsThatWouldOverflowGetTheFirstCoarserScale) {
    // The bias alone is 2^31 steps of the finest scale: seven eighths of a bit more than one bit must go.
    const float step = kInt8In.scale * (1.0F / 127.0F);
    const std::vector<float> weights = {1.0F, 1.0F}, bias = {0.0F, step * 0x1p31F};
    const std::vector<float> rows = {1.0F, 0.5F, 1.0F, 0.5F};
    const LayerWeights layer = layer_of(rows, bias, 2, Precision::kW8A8);
    const QuantizedWeights quantized = quantize_weights(layer);
    EXPECT_EQ(quantized.codes[0], 127);
    EXPECT_TRUE(fits_a8_accumulator(quantized.bias[1], absolute_sum(quantized, 1)));
    const double eighths = 8.0 * std::log2(static_cast<double>(quantized.scale[1]) / quantized.scale[0]);
    EXPECT_NEAR(eighths, std::round(eighths), 1e-4);
    EXPECT_NEAR(eighths, 9.0, 1e-4);
    EXPECT_EQ(quantized.codes[2], std::round(1.0 / static_cast<double>(quantized.scale[1])));
    EXPECT_EQ(quantized.rescale[1],
              to_rescale(static_cast<double>(kInt8In.scale) * quantized.scale[1] / kInt8Out.scale));
}

TEST(Weights, HugeSumsAreProvenToo) {
    // 2^23 / 127 weights of 127 would reach 2^30.
    const std::vector<float> weights(66500, 1.0F);
    const QuantizedWeights quantized = quantize_weights(layer_of(weights, {}, 1, Precision::kW8A8));
    EXPECT_TRUE(fits_a8_accumulator(quantized.bias[0], absolute_sum(quantized, 0)));
    EXPECT_LT(quantized.codes[0], 127);
    EXPECT_GE(quantized.codes[0], 114);
}

TEST(Weights, VanishingWeightsBesideALargeBiasStayWithinTheirBound) {
    const std::vector<float> weights = {1e-38F, -1e-38F}, bias = {100.0F};
    for (Precision precision : {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16}) {
        const LayerWeights layer = layer_of(weights, bias, 1, precision);
        const QuantizedWeights quantized = quantize_weights(layer);
        const double out = std::ldexp(static_cast<double>(quantized.bias[0]) * quantized.rescale[0].multiplier,
                                      -quantized.rescale[0].shift);
        if (quantized.rescale[0].shift < 62) {
            EXPECT_NEAR(out * layer.output.scale, 100.0, 0.001);
        }
        EXPECT_LT(std::fabs(static_cast<double>(quantized.bias[0])), 0x1p62);
    }
}

TEST(Weights, RejectWhatDoesNotFitTogether) {
    const std::vector<float> weights = {1.0F, 2.0F, 3.0F}, nan = {1.0F, std::nanf(""), 3.0F}, two = {1.0F, 2.0F};
    EXPECT_THROW(quantize_weights(layer_of(weights, {}, 2, Precision::kW8A8)), Error);
    EXPECT_THROW(quantize_weights(layer_of(weights, {}, 0, Precision::kW8A8)), Error);
    EXPECT_THROW(quantize_weights(layer_of(weights, two, 1, Precision::kW8A8)), Error);
    EXPECT_THROW(quantize_weights(layer_of(nan, {}, 1, Precision::kW8A8)), Error);
    EXPECT_THROW(quantize_weights(layer_of(weights, nan, 3, Precision::kW8A8)), Error);
    EXPECT_THROW(quantize_weights(layer_of(weights, {}, 1, Precision::kF32)), Error);
    LayerWeights mixed = layer_of(weights, {}, 1, Precision::kW8A8);
    mixed.output = kInt16Out;
    try {
        quantize_weights(mixed);
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "conv1: a w8a8 layer between int8 and int16 activations");
    }
}

}  // namespace
}  // namespace tinamix::quantize
