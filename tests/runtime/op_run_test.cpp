// Every kind of op, in every precision it has, loads and gives the bytes of a direct call of the reference kernel.
#include <gtest/gtest.h>

#include "kernels/packings.h"
#include "layers.h"
#include "reference_executor.h"

namespace tmx::testing {
namespace {

using format::DataType;
using format::Precision;

constexpr Precision kPrecisions[] = {Precision::W8A8, Precision::W8A16, Precision::W16A16, Precision::F32};
/// One precision for each element type.
constexpr Precision kActivations[] = {Precision::W8A8, Precision::W8A16, Precision::F32};

int32_t add_input(ModelBuilder& builder, const std::string& name, DataType type, std::vector<int32_t> shape) {
    return builder.input(name, type, std::move(shape), type == DataType::Float32 ? 1.0F : 0.25F,
                         type == DataType::Int8 ? 5 : 0);
}

/// Every tensor is intact at the end: the builder never shares memory.
void expect_equals_reference(ModelBuilder& builder, uint64_t seed = 7) {
    Random random(seed);
    const AlignedBytes file = builder.finish();
    std::vector<std::vector<uint8_t>> inputs;
    for (const int32_t input : builder.model.inputs) {
        const auto& tensor = *builder.model.tensors[static_cast<size_t>(input)];
        size_t elements = 1;
        for (const int32_t size : tensor.shape) elements *= static_cast<size_t>(size);
        inputs.push_back(random_bytes(random, tensor.type, elements));
    }
    const auto expected = run_reference(builder.model, builder.weights, inputs);
    OpenModel model(file);
    for (size_t i = 0; i < inputs.size(); ++i) model.set_input(static_cast<int32_t>(i), inputs[i]);
    model.run();
    for (size_t t = 0; t < expected.size(); ++t) {
        tmx_tensor tensor;
        ASSERT_EQ(tmx_model_tensor(model.get(), static_cast<int32_t>(t), &tensor), TMX_OK);
        ASSERT_EQ(tensor.bytes, expected[t].size());
        EXPECT_EQ(std::memcmp(tensor.data, expected[t].data(), tensor.bytes), 0) << "tensor " << tensor.name;
    }
}

/// The reference's output must not be one value everywhere, or the comparison proves nothing.
void expect_output_varies(const ModelBuilder& builder, int32_t output, uint64_t seed = 7) {
    Random random(seed);
    std::vector<std::vector<uint8_t>> inputs;
    for (const int32_t input : builder.model.inputs) {
        const auto& tensor = *builder.model.tensors[static_cast<size_t>(input)];
        size_t elements = 1;
        for (const int32_t size : tensor.shape) elements *= static_cast<size_t>(size);
        inputs.push_back(random_bytes(random, tensor.type, elements));
    }
    const auto bytes = run_reference(builder.model, builder.weights, inputs)[static_cast<size_t>(output)];
    size_t different = 0;
    for (const uint8_t byte : bytes) different += byte != bytes[0] ? 1 : 0;
    EXPECT_GT(different * 4, bytes.size());
}

TEST(OpRun, ConvolutionEqualsReference) {
    for (const Precision precision : kPrecisions) {
        for (const bool wide : {false, true}) {
            if (wide && (precision == Precision::W8A8 || precision == Precision::F32)) continue;
            for (const WindowSpec& window :
                 {WindowSpec{1, 1, 1, 0}, WindowSpec{3, 1, 1, 1}, WindowSpec{3, 2, 1, 1}, WindowSpec{3, 1, 2, 2}}) {
                for (const int32_t groups : {1, 2}) {
                    Random random(3);
                    ModelBuilder builder;
                    const int32_t in = add_input(builder, "in", activation_type(precision), {2, 7, 6, 6});
                    const int32_t out = add_conv(builder, random, in,
                                                 {.precision = precision,
                                                  .out_channels = 10,
                                                  .groups = groups,
                                                  .window = window,
                                                  .nr = 4,
                                                  .kr = 2,
                                                  .wide = wide});
                    builder.output(out);
                    SCOPED_TRACE(std::string(format::EnumNamePrecision(precision)) + " kernel " +
                                 std::to_string(window.kernel) + " groups " + std::to_string(groups));
                    expect_equals_reference(builder);
                    expect_output_varies(builder, out);
                }
            }
        }
    }
}

/// The weights of a 1x1 convolution in another packing.
std::unique_ptr<format::PackedWeightsT> repacked(ModelBuilder& builder, const format::PackedWeightsT& from,
                                                 int32_t out_channels, int32_t in_channels, int32_t nr, int32_t kr) {
    const auto index = [in_channels](int32_t o, int32_t i, int32_t n, int32_t k) {
        return static_cast<size_t>(((o / n * ((in_channels + k - 1) / k) + i / k) * n + o % n) * k + i % k);
    };
    std::vector<uint8_t> bytes(index((out_channels + nr - 1) / nr * nr, 0, nr, kr), 0);
    for (int32_t o = 0; o < out_channels; ++o) {
        for (int32_t i = 0; i < in_channels; ++i) {
            bytes[index(o, i, nr, kr)] = builder.weights[from.span->offset() + index(o, i, from.nr, from.kr)];
        }
    }
    auto packed = std::make_unique<format::PackedWeightsT>();
    packed->type = from.type;
    packed->nr = static_cast<uint8_t>(nr);
    packed->kr = static_cast<uint8_t>(kr);
    packed->span = builder.add_span(bytes);
    return packed;
}

TEST(OpRun, ConvolutionTakesThePackingThatItsKernelsReadBest) {
    constexpr int32_t kInputs = 6, kOutputs = 7;
    kernels::KernelTable table;
    kernels::select_kernels(nullptr, &table);
    const auto& best = table.conv[kernels::PrecisionSlot::w8a8];
    const bool has_kernels = best.isa != kernels::Isa::reference;
    for (const bool readable : {false, true}) {
        Random random(5);
        ModelBuilder builder;
        const int32_t in = add_input(builder, "in", DataType::Int8, {1, 4, 4, kInputs});
        builder.output(add_conv(builder, random, in,
                                {.out_channels = kOutputs, .window = {.kernel = 1, .pad = 0}, .nr = 3, .kr = 5}));
        if (readable) {
            const kernels::Packing packing = kernels::best_packing(best.isa, kernels::PrecisionSlot::w8a8);
            auto& weights = builder.model.ops[0]->options.AsConv2D()->weights;
            weights.push_back(repacked(builder, *weights[0], kOutputs, kInputs, packing.nr, packing.kr));
        }
        const AlignedBytes file = builder.finish();
        const OpenModel model(file);
        tmx_op op;
        ASSERT_EQ(tmx_model_op(model.get(), 0, &op), TMX_OK);
        EXPECT_STREQ(op.kernel, readable ? best.name : "w8a8_conv__reference");
        tmx_info info;
        tmx_model_info(model.get(), &info);
        EXPECT_EQ(info.unread_packings, has_kernels && !readable ? 1 : 0);
        expect_equals_reference(builder);
    }
}

TEST(OpRun, ConvolutionReadsEveryPacking) {
    for (const uint8_t nr : {1, 3, 16, 255}) {
        for (const uint8_t kr : {1, 4, 5}) {
            Random random(nr);
            ModelBuilder builder;
            const int32_t in = add_input(builder, "in", DataType::Int8, {1, 4, 4, 6});
            builder.output(add_conv(builder, random, in, {.out_channels = 7, .nr = nr, .kr = kr}));
            expect_equals_reference(builder);
        }
    }
}

TEST(OpRun, DepthwiseConvolutionEqualsReference) {
    for (const Precision precision : kPrecisions) {
        for (const bool wide : {false, true}) {
            if (wide && (precision == Precision::W8A8 || precision == Precision::F32)) continue;
            for (const WindowSpec& window : {WindowSpec{3, 1, 1, 1}, WindowSpec{5, 2, 1, 2}, WindowSpec{2, 1, 1, 0}}) {
                Random random(4);
                ModelBuilder builder;
                const int32_t in = add_input(builder, "in", activation_type(precision), {2, 7, 6, 9});
                const int32_t out =
                    add_depthwise(builder, random, in, {.precision = precision, .window = window, .wide = wide});
                builder.output(out);
                expect_equals_reference(builder);
                expect_output_varies(builder, out);
            }
        }
    }
}

TEST(OpRun, PoolsEqualReference) {
    for (const Precision precision : kActivations) {
        for (const WindowSpec& window : {WindowSpec{2, 2, 1, 0}, WindowSpec{3, 1, 1, 1}, WindowSpec{3, 2, 2, 1}}) {
            Random random(5);
            ModelBuilder builder;
            const int32_t in = add_input(builder, "in", activation_type(precision), {2, 8, 7, 70});
            const int32_t mean = add_average_pool(builder, random, in, precision, window);
            builder.output(add_max_pool(builder, in, precision, window));
            builder.output(mean);
            expect_equals_reference(builder);
            expect_output_varies(builder, mean);
        }
    }
}

TEST(OpRun, FloatAveragePoolCountsPaddingIfTold) {
    for (const bool counted : {false, true}) {
        Random random(6);
        ModelBuilder builder;
        const int32_t in = add_input(builder, "in", DataType::Float32, {1, 4, 4, 3});
        builder.output(add_average_pool(builder, random, in, Precision::F32, {3, 1, 1, 1}));
        builder.model.ops.back()->options.AsAveragePool2D()->count_padding = counted;
        expect_equals_reference(builder);
    }
}

TEST(OpRun, BinaryBroadcastsEveryWay) {
    const std::vector<std::vector<int32_t>> shapes_of_b = {{2, 3, 4, 5}, {5}, {1}, {3, 1, 1}, {2, 1, 1, 5}, {4, 1}};
    for (const Precision precision : kActivations) {
        for (const auto function :
             {format::BinaryFunction::Add, format::BinaryFunction::Sub, format::BinaryFunction::Mul}) {
            for (const auto& shape : shapes_of_b) {
                for (const bool swapped : {false, true}) {
                    ModelBuilder builder;
                    const int32_t a = add_input(builder, "a", activation_type(precision), {2, 3, 4, 5});
                    const int32_t b = add_input(builder, "b", activation_type(precision), shape);
                    const int32_t out =
                        add_binary(builder, function, precision, swapped ? b : a, swapped ? a : b, {2, 3, 4, 5});
                    builder.output(out);
                    expect_equals_reference(builder);
                    expect_output_varies(builder, out);
                }
            }
        }
    }
}

TEST(OpRun, ConcatAlongEveryAxis) {
    for (const Precision precision : kActivations) {
        for (int32_t axis = 0; axis < 4; ++axis) {
            ModelBuilder builder;
            std::vector<int32_t> inputs;
            for (int32_t i = 0; i < 3; ++i) {
                std::vector<int32_t> shape = {2, 3, 4, 5};
                shape[static_cast<size_t>(axis)] = i + 1;
                inputs.push_back(add_input(builder, "in" + std::to_string(i), activation_type(precision), shape));
            }
            // Same quantization as the output of a concat: this one is copied.
            builder.model.tensors[1]->zero_point = activation_type(precision) == DataType::Int8 ? -7 : 0;
            const int32_t out = add_concat(builder, precision, inputs, axis);
            builder.output(out);
            expect_equals_reference(builder);
            expect_output_varies(builder, out);
        }
    }
}

TEST(OpRun, SliceAndTransposeMoveCodes) {
    for (const Precision precision : kActivations) {
        ModelBuilder builder;
        const int32_t in = add_input(builder, "in", activation_type(precision), {2, 3, 4, 5, 2, 2});
        builder.output(add_slice(builder, precision, in, {1, 0, 2, 1, 0, 1}, {1, 3, 2, 4, 2, 1}));
        builder.output(add_transpose(builder, precision, in, {5, 0, 3, 1, 4, 2}));
        builder.output(add_slice(builder, precision, in, {1, 2, 0, 4, 1, 0}, {1, 3, 7, 2, 1, 3}, {1, -1, 0, -3, 5, 0}));
        const int32_t row = add_input(builder, "row", activation_type(precision), {9});
        builder.output(add_slice(builder, precision, row, {3}, {5}));
        builder.output(add_transpose(builder, precision, row, {0}));
        expect_equals_reference(builder);
    }
}

TEST(OpRun, RequantizeBetweenEveryPairOfTypes) {
    for (const DataType from : {DataType::Int8, DataType::Int16}) {
        for (const DataType to : {DataType::Int8, DataType::Int16}) {
            ModelBuilder builder;
            const int32_t in = add_input(builder, "in", from, {3, 5, 7});
            const int32_t out = add_requantize(builder, in, to);
            builder.output(out);
            expect_equals_reference(builder);
            expect_output_varies(builder, out);
        }
    }
}

TEST(OpRun, QuantizeAndDequantizeEqualReference) {
    for (const DataType type : {DataType::Int8, DataType::Int16}) {
        ModelBuilder builder;
        const int32_t real = add_input(builder, "real", DataType::Float32, {3, 50});
        const int32_t codes = add_input(builder, "codes", type, {3, 50});
        const int32_t quantized = add_quantize(builder, real, type);
        builder.output(quantized);
        builder.output(add_dequantize(builder, codes));
        expect_equals_reference(builder);
        expect_output_varies(builder, quantized);
    }
}

TEST(OpRun, LookupAndSoftmaxEqualReference) {
    for (const Precision precision : kActivations) {
        Random random(8);
        ModelBuilder builder;
        const int32_t in = add_input(builder, "in", activation_type(precision), {4, 3, 11});
        if (precision != Precision::F32) builder.output(add_lookup(builder, random, precision, in));
        const int32_t out = add_softmax(builder, precision, in), log = add_softmax(builder, precision, in, true);
        builder.output(out);
        builder.output(log);
        expect_equals_reference(builder);
        expect_output_varies(builder, out);
        expect_output_varies(builder, log);
    }
}

TEST(OpRun, UnaryFunctionsEqualReference) {
    for (int function = 0; function <= static_cast<int>(format::UnaryFunction::MAX); ++function) {
        ModelBuilder builder;
        const int32_t in = add_input(builder, "in", DataType::Float32, {4, 33});
        builder.output(add_unary(builder, static_cast<format::UnaryFunction>(function), in));
        expect_equals_reference(builder);
    }
}

TEST(OpRun, IndexedCopyAndResampleEqualReference) {
    for (const Precision precision : kActivations) {
        Random random(10);
        ModelBuilder builder;
        const int32_t in = add_input(builder, "in", activation_type(precision), {2, 3, 4, 5});
        const int32_t copied = add_indexed_copy(builder, precision, in, {0, 0, 1, 2, -1, 2}, {3, 2, -1, 0, 0, 1, 3});
        builder.output(copied);
        const int32_t resampled = add_resample(builder, random, precision, in, 7, 5);
        builder.output(resampled);
        expect_equals_reference(builder);
        expect_output_varies(builder, copied);
        expect_output_varies(builder, resampled);
    }
}

TEST(OpRun, GatherPicksRows) {
    for (const Precision precision : kActivations) {
        ModelBuilder builder;
        const int32_t in = add_input(builder, "in", activation_type(precision), {2, 3, 5});
        builder.output(add_gather(builder, precision, in, {2, 0, -1, 1, 1, 9}));
        expect_equals_reference(builder);
    }
}

TEST(OpRun, AliasSharesTheMemoryOfItsOwner) {
    Random random(9);
    ModelBuilder builder;
    const int32_t in = add_input(builder, "in", DataType::Int8, {1, 4, 4, 3});
    const int32_t flat = builder.alias("flat", in, {1, 1, 1, 48});
    const int32_t out = add_conv(builder, random, flat, {.window = {1, 1, 1, 0}});
    builder.output(out);
    builder.output(builder.alias("scores", out, {5}));
    expect_equals_reference(builder);
}

TEST(OpRun, OpsReportNamesKindAndKernel) {
    const AlignedBytes file = model_of_every_op();
    OpenModel model(file);
    tmx_info info;
    tmx_model_info(model.get(), &info);
    bool seen[static_cast<int>(format::Options::MAX) + 1] = {};
    seen[static_cast<int>(format::Options::NpuCall)] = true;  // npu_section_test.cpp
    for (int32_t i = 0; i < info.op_count; ++i) {
        tmx_op op;
        ASSERT_EQ(tmx_model_op(model.get(), i, &op), TMX_OK);
        EXPECT_STREQ(op.onnx_type, "Test");
        EXPECT_NE(std::string(op.kernel), "");
        EXPECT_EQ(op.output_count, std::string(op.type) == "TopK" ? 2 : 1);
        for (int kind = 1; kind <= static_cast<int>(format::Options::MAX); ++kind) {
            seen[kind] |= std::string(op.type) == format::EnumNameOptions(static_cast<format::Options>(kind));
        }
    }
    for (int kind = 1; kind <= static_cast<int>(format::Options::MAX); ++kind) EXPECT_TRUE(seen[kind]) << kind;
}

}  // namespace
}  // namespace tmx::testing
