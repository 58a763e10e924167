// The number of threads never changes a bit.
#include <gtest/gtest.h>

#include "layers.h"

namespace tmx::testing {
namespace {

using format::Precision;

/// Large enough that every op is worth several threads.
void add_layers(ModelBuilder& builder, Precision precision) {
    Random random(21);
    const format::DataType type = activation_type(precision);
    const bool real = type == format::DataType::Float32;
    const int32_t in =
        builder.input("in", type, {1, 67, 61, 19}, real ? 1.0F : 0.25F, type == format::DataType::Int8 ? 5 : 0);
    const int32_t conv = add_conv(builder, random, in, {.precision = precision, .out_channels = 37, .nr = 16, .kr = 1});
    const int32_t depthwise = add_depthwise(builder, random, conv, {.precision = precision});
    const int32_t biggest = add_max_pool(builder, depthwise, precision, {3, 1, 1, 1});
    const int32_t mean = add_average_pool(builder, random, depthwise, precision, {3, 1, 1, 1});
    const int32_t sum = add_binary(builder, format::BinaryFunction::Add, precision, biggest, mean, {1, 67, 61, 37});
    const int32_t joined = add_concat(builder, precision, {sum, depthwise}, 2);
    const int32_t part = add_slice(builder, precision, joined, {0, 1, 2, 3}, {1, 65, 100, 31});
    const int32_t turned = add_transpose(builder, precision, part, {0, 3, 1, 2});
    const int32_t scores = add_softmax(builder, precision, turned);
    if (real) {
        builder.output(
            add_quantize(builder, add_unary(builder, format::UnaryFunction::Tanh, scores), format::DataType::Int8));
    } else {
        builder.output(add_dequantize(builder, add_lookup(builder, random, precision, scores)));
        builder.output(add_requantize(builder, turned, format::DataType::Int16));
    }
    builder.output(
        add_indexed_copy(builder, precision, depthwise, std::vector<int32_t>(70, 3), std::vector<int32_t>(90, 7)));
    builder.output(add_resample(builder, random, precision, depthwise, 70, 60));
    builder.output(joined);
}

/// Runs the model with several numbers of threads, twice each, and compares every tensor.
void expect_same_bits(ModelBuilder& builder, const std::vector<uint8_t>& input) {
    const AlignedBytes file = builder.finish();
    std::vector<std::vector<uint8_t>> expected;
    for (const int32_t threads : {1, 2, 3, 8}) {
        OpenModel model(file, threads);
        for (int repetition = 0; repetition < 2; ++repetition) {
            model.set_input(0, input);
            model.run();
            for (size_t i = 0; i < builder.model.tensors.size(); ++i) {
                tmx_tensor tensor;
                ASSERT_EQ(tmx_model_tensor(model.get(), static_cast<int32_t>(i), &tensor), TMX_OK);
                const auto* data = static_cast<const uint8_t*>(tensor.data);
                if (threads == 1 && repetition == 0) {
                    expected.emplace_back(data, data + tensor.bytes);
                } else {
                    EXPECT_EQ(std::memcmp(data, expected[i].data(), tensor.bytes), 0)
                        << tensor.name << " with " << threads << " threads";
                }
            }
        }
    }
}

constexpr Precision kPrecisions[] = {Precision::W8A8, Precision::W8A16, Precision::W16A16, Precision::F32};

TEST(Threads, EveryCountGivesTheSameBits) {
    for (const Precision precision : kPrecisions) {
        ModelBuilder builder;
        add_layers(builder, precision);
        Random random(22);
        expect_same_bits(builder, random_bytes(random, activation_type(precision), 67 * 61 * 19));
    }
}

/// A single output pixel: threads share its channels.
TEST(Threads, FullyConnectedLayersGiveTheSameBits) {
    constexpr int32_t kInputs = 1001, kOutputs = 777;
    for (const Precision precision : kPrecisions) {
        for (const bool wide : {false, true}) {
            for (const uint8_t nr : {4, 16, 64}) {
                if (wide && (precision == Precision::W8A8 || precision == Precision::F32)) continue;
                ModelBuilder builder;
                Random random(23);
                const format::DataType type = activation_type(precision);
                const int32_t in =
                    builder.input("in", type, {1, 1, 1, kInputs}, type == format::DataType::Float32 ? 1.0F : 0.25F, 0);
                ConvSpec spec = {.precision = precision, .out_channels = kOutputs, .nr = nr, .wide = wide};
                spec.window = {1, 1, 1, 0};
                builder.output(add_conv(builder, random, in, spec));
                expect_same_bits(builder, random_bytes(random, type, kInputs));
            }
        }
    }
}

TEST(Threads, ManyRunsEndAndClose) {
    const AlignedBytes file = [] {
        ModelBuilder builder;
        add_layers(builder, Precision::W8A8);
        return builder.finish();
    }();
    for (int i = 0; i < 5; ++i) {
        OpenModel model(file, 4);
        model.run();
    }
    OpenModel never_run(file, 8);
}

}  // namespace
}  // namespace tmx::testing
