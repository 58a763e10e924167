#include "layers.h"

#include <algorithm>

#include "kernels/kernel_table.h"
#include "sequence_layers.h"

namespace tmx::testing {
namespace {

using format::DataType;
using format::Precision;

const format::TensorT& at(const ModelBuilder& builder, int32_t tensor) {
    return *builder.model.tensors[static_cast<size_t>(tensor)];
}

std::string next_name(const ModelBuilder& builder, const std::string& kind) {
    return kind + "_" + std::to_string(builder.model.ops.size());
}

constexpr float kScale = 0.125F;

/// An output tensor with a quantization of its own.
int32_t add_output(ModelBuilder& builder, const std::string& kind, DataType type, std::vector<int32_t> shape) {
    return builder.tensor(next_name(builder, kind) + ":out", type, std::move(shape),
                          type == DataType::Float32 ? 1.0F : kScale, type == DataType::Int8 ? -7 : 0);
}

/// An output tensor with the input's quantization.
int32_t add_output_like(ModelBuilder& builder, const std::string& kind, int32_t input, std::vector<int32_t> shape) {
    const format::TensorT like = at(builder, input);
    return builder.tensor(next_name(builder, kind) + ":out", like.type, std::move(shape), like.scale, like.zero_point);
}

/// Bias, multipliers that use the output's range, some zero, and a clamp that cuts.
std::unique_ptr<format::OutputStageT> output_stage(ModelBuilder& builder, Random& random, const ConvSpec& spec,
                                                   int32_t channels) {
    auto stage = std::make_unique<format::OutputStageT>();
    const auto count = static_cast<size_t>(channels);
    const DataType type = activation_type(spec.precision);
    if (type == DataType::Float32) {
        stage->bias = builder.add_span(random_bytes(random, type, count));
        stage->clamp_min_f32 = -3.0F;
        stage->clamp_max_f32 = 6.0F;
        return stage;
    }
    std::vector<int32_t> bias(count), multipliers(count);
    std::vector<int64_t> wide_bias(count);
    std::vector<uint8_t> shifts(count);
    for (size_t c = 0; c < count; ++c) {
        bias[c] = random.between(-5000, 5000);
        wide_bias[c] = int64_t{bias[c]} << 20;
        multipliers[c] = c % 7 == 6 ? 0 : random.between(1 << 30, INT32_MAX);
        const bool a16 = type == DataType::Int16;
        shifts[c] = static_cast<uint8_t>(random.between(36, 39) + (a16 && spec.precision == Precision::W16A16 ? 8 : 0));
    }
    stage->bias = spec.wide ? builder.add_values(wide_bias) : builder.add_values(bias);
    stage->multipliers = builder.add_values(multipliers);
    stage->shifts = builder.add_values(shifts);
    stage->clamp_min = lowest_code(type) + 10;
    stage->clamp_max = highest_code(type) - 10;
    return stage;
}

kernels::Window kernel_window(const WindowSpec& spec) {
    return {spec.kernel, spec.kernel, spec.stride, spec.stride, spec.dilation, spec.dilation, spec.pad, spec.pad};
}

/// Zeros where the packing [blocks of outputs][taps][blocks of inputs][nr][kr] is wider than the channels.
void clear_padding(std::vector<uint8_t>& bytes, size_t element, int32_t outputs, int32_t taps, int32_t inputs, int nr,
                   int kr) {
    const int in_blocks = (inputs + kr - 1) / kr;
    const int out_blocks = (outputs + nr - 1) / nr;
    for (size_t i = 0; i < bytes.size() / element; ++i) {
        const auto index = static_cast<int64_t>(i);
        const int64_t input = index / nr / kr % in_blocks * kr + index % kr;
        const int64_t output = index / nr / kr / in_blocks / taps % out_blocks * nr + index / kr % nr;
        if (input >= inputs || output >= outputs)
            std::fill_n(bytes.begin() + index * static_cast<int64_t>(element), element, 0);
    }
}

size_t blocks(int32_t count, uint8_t block) { return (static_cast<size_t>(count) + block - 1) / block; }

}  // namespace

format::Window2D window(const WindowSpec& spec) {
    const auto u16 = [](int value) { return static_cast<uint16_t>(value); };
    return {u16(spec.kernel),   u16(spec.kernel), u16(spec.stride), u16(spec.stride), u16(spec.dilation),
            u16(spec.dilation), u16(spec.pad),    u16(spec.pad),    u16(spec.pad),    u16(spec.pad)};
}

int32_t window_output(int32_t size, const WindowSpec& spec) {
    return (size + 2 * spec.pad - (spec.kernel - 1) * spec.dilation - 1) / spec.stride + 1;
}

DataType activation_type(Precision precision) {
    return precision == Precision::W8A8  ? DataType::Int8
           : precision == Precision::F32 ? DataType::Float32
                                         : DataType::Int16;
}

DataType weight_type(Precision precision) {
    return precision == Precision::W16A16 ? DataType::Int16
           : precision == Precision::F32  ? DataType::Float32
                                          : DataType::Int8;
}

int32_t lowest_code(DataType type) { return type == DataType::Int8 ? -128 : type == DataType::Int16 ? -32768 : 0; }
int32_t highest_code(DataType type) { return type == DataType::Int8 ? 127 : type == DataType::Int16 ? 32767 : 0; }

int32_t add_conv(ModelBuilder& builder, Random& random, int32_t input, const ConvSpec& spec) {
    const std::vector<int32_t> in = at(builder, input).shape;
    const int32_t out =
        add_output(builder, "conv", activation_type(spec.precision),
                   {in[0], window_output(in[1], spec.window), window_output(in[2], spec.window), spec.out_channels});
    const std::vector<int32_t> out_shape = at(builder, out).shape;
    format::Conv2DT conv;
    conv.window = std::make_unique<format::Window2D>(window(spec.window));
    conv.groups = spec.groups;
    conv.accumulator = spec.wide ? format::Accumulator::Int64 : format::Accumulator::Int32;
    const int32_t in_channels = in[3] / spec.groups;
    const auto taps = static_cast<size_t>(spec.window.kernel) * static_cast<size_t>(spec.window.kernel);
    const size_t elements = static_cast<size_t>(spec.groups) * blocks(spec.out_channels / spec.groups, spec.nr) * taps *
                            blocks(in_channels, spec.kr) * spec.nr * spec.kr;
    auto packed = std::make_unique<format::PackedWeightsT>();
    packed->type = weight_type(spec.precision);
    packed->nr = spec.nr;
    packed->kr = spec.kr;
    std::vector<uint8_t> bytes = random_bytes(random, packed->type, elements);
    clear_padding(bytes, element_bytes(packed->type), spec.out_channels / spec.groups, static_cast<int32_t>(taps),
                  in_channels, spec.nr, spec.kr);
    packed->span = builder.add_span(bytes);
    conv.weights.push_back(std::move(packed));
    conv.output = output_stage(builder, random, spec, spec.out_channels);
    const uint64_t scratch =
        kernels::conv_scratch_bytes(in[1], in[2], out_shape[1], out_shape[2], kernel_window(spec.window), in_channels,
                                    static_cast<int32_t>(element_bytes(activation_type(spec.precision))));
    builder.op(next_name(builder, "conv"), spec.precision, std::move(conv), {input}, out, scratch);
    return out;
}

int32_t add_depthwise(ModelBuilder& builder, Random& random, int32_t input, const ConvSpec& spec) {
    const std::vector<int32_t> in = at(builder, input).shape;
    const int32_t out =
        add_output(builder, "depthwise", activation_type(spec.precision),
                   {in[0], window_output(in[1], spec.window), window_output(in[2], spec.window), in[3]});
    const std::vector<int32_t> out_shape = at(builder, out).shape;
    format::DepthwiseConv2DT conv;
    conv.window = std::make_unique<format::Window2D>(window(spec.window));
    conv.accumulator = spec.wide ? format::Accumulator::Int64 : format::Accumulator::Int32;
    const size_t elements =
        static_cast<size_t>(spec.window.kernel) * static_cast<size_t>(spec.window.kernel) * static_cast<size_t>(in[3]);
    conv.weights = std::make_unique<format::PackedWeightsT>();
    conv.weights->type = weight_type(spec.precision);
    conv.weights->span = builder.add_span(random_bytes(random, conv.weights->type, elements));
    conv.output = output_stage(builder, random, spec, in[3]);
    const uint64_t scratch =
        kernels::conv_scratch_bytes(in[1], in[2], out_shape[1], out_shape[2], kernel_window(spec.window), in[3],
                                    static_cast<int32_t>(element_bytes(activation_type(spec.precision))));
    builder.op(next_name(builder, "depthwise"), spec.precision, std::move(conv), {input}, out, scratch);
    return out;
}

int32_t add_max_pool(ModelBuilder& builder, int32_t input, Precision precision, const WindowSpec& spec) {
    const std::vector<int32_t> in = at(builder, input).shape;
    const int32_t out = add_output_like(builder, "max_pool", input,
                                        {in[0], window_output(in[1], spec), window_output(in[2], spec), in[3]});
    format::MaxPool2DT pool;
    pool.window = std::make_unique<format::Window2D>(window(spec));
    builder.op(next_name(builder, "max_pool"), precision, std::move(pool), {input}, out);
    return out;
}

int32_t add_average_pool(ModelBuilder& builder, Random& random, int32_t input, Precision precision,
                         const WindowSpec& spec) {
    const std::vector<int32_t> in = at(builder, input).shape;
    const int32_t out = add_output(builder, "average_pool", activation_type(precision),
                                   {in[0], window_output(in[1], spec), window_output(in[2], spec), in[3]});
    format::AveragePool2DT pool;
    pool.window = std::make_unique<format::Window2D>(window(spec));
    if (precision != Precision::F32) {
        const int entries = spec.pad == 0 ? 1 : spec.kernel * spec.kernel;
        for (int n = 0; n < entries; ++n) pool.rescales.emplace_back(random.between(1 << 30, INT32_MAX), 33);
    }
    builder.op(next_name(builder, "average_pool"), precision, std::move(pool), {input}, out);
    return out;
}

int32_t add_binary(ModelBuilder& builder, format::BinaryFunction function, Precision precision, int32_t a, int32_t b,
                   std::vector<int32_t> shape) {
    const DataType type = activation_type(precision);
    const int32_t out = add_output(builder, "binary", type, std::move(shape));
    format::BinaryT binary;
    binary.function = function;
    if (type == DataType::Float32) {
        binary.clamp_min_f32 = -1.5F;
        binary.clamp_max_f32 = 2.5F;
    } else {
        const int bits = type == DataType::Int8 ? 20 : 30;
        const bool mul = function == format::BinaryFunction::Mul;
        binary.multiplier_a = mul ? 1518500250 : (1 << bits) - 12345;
        binary.multiplier_b = mul ? 0 : (function == format::BinaryFunction::Sub ? -1 : 1) * ((1 << (bits - 1)) + 77);
        binary.shift = mul ? (type == DataType::Int8 ? 37 : 45) : bits;
        binary.clamp_min = lowest_code(type) + 3;
        binary.clamp_max = highest_code(type) - 3;
    }
    builder.op(next_name(builder, "binary"), precision, std::move(binary), {a, b}, out);
    return out;
}

int32_t add_concat(ModelBuilder& builder, Precision precision, const std::vector<int32_t>& inputs, int32_t axis) {
    const DataType type = activation_type(precision);
    std::vector<int32_t> shape = at(builder, inputs[0]).shape;
    for (size_t i = 1; i < inputs.size(); ++i) {
        shape[static_cast<size_t>(axis)] += at(builder, inputs[i]).shape[static_cast<size_t>(axis)];
    }
    const int32_t out = add_output(builder, "concat", type, std::move(shape));
    format::ConcatT concat;
    concat.axis = axis;
    for (size_t i = 0; type != DataType::Float32 && i < inputs.size(); ++i) {
        if (at(builder, inputs[i]).zero_point == at(builder, out).zero_point && i % 2 == 1) {
            concat.rescales.emplace_back(1 << 30, 30);
        } else {
            concat.rescales.emplace_back((1 << 30) + 4711, 31);
        }
    }
    builder.op(next_name(builder, "concat"), precision, std::move(concat), inputs, out);
    return out;
}

int32_t add_slice(ModelBuilder& builder, Precision precision, int32_t input, std::vector<int32_t> begin,
                  std::vector<int32_t> shape, std::vector<int32_t> steps) {
    const int32_t out = add_output_like(builder, "slice", input, std::move(shape));
    format::SliceT slice;
    slice.begin = std::move(begin);
    slice.steps = std::move(steps);
    builder.op(next_name(builder, "slice"), precision, std::move(slice), {input}, out);
    return out;
}

int32_t add_transpose(ModelBuilder& builder, Precision precision, int32_t input, const std::vector<uint8_t>& axes) {
    std::vector<int32_t> shape;
    for (const uint8_t axis : axes) shape.push_back(at(builder, input).shape[axis]);
    const int32_t out = add_output_like(builder, "transpose", input, std::move(shape));
    format::TransposeT transpose;
    transpose.axes = axes;
    builder.op(next_name(builder, "transpose"), precision, std::move(transpose), {input}, out);
    return out;
}

int32_t add_requantize(ModelBuilder& builder, int32_t input, DataType type) {
    const int32_t out = add_output(builder, "requantize", type, at(builder, input).shape);
    format::RequantizeT requantize;
    const bool widens = at(builder, input).type == DataType::Int8 && type == DataType::Int16;
    const bool narrows = at(builder, input).type == DataType::Int16 && type == DataType::Int8;
    requantize.rescale = std::make_unique<format::Rescale>(1234567890, widens ? 23 : narrows ? 38 : 30);
    requantize.clamp_min = lowest_code(type) + 1;
    requantize.clamp_max = highest_code(type) - 1;
    builder.op(next_name(builder, "requantize"), type == DataType::Int8 ? Precision::W8A8 : Precision::W8A16,
               std::move(requantize), {input}, out);
    return out;
}

int32_t add_quantize(ModelBuilder& builder, int32_t input, DataType type) {
    const int32_t out = add_output(builder, "quantize", type, at(builder, input).shape);
    format::QuantizeT quantize;
    quantize.inverse_scale = 1.0F / kScale;
    builder.op(next_name(builder, "quantize"), type == DataType::Int8 ? Precision::W8A8 : Precision::W8A16,
               std::move(quantize), {input}, out);
    return out;
}

int32_t add_dequantize(ModelBuilder& builder, int32_t input) {
    const int32_t out = add_output(builder, "dequantize", DataType::Float32, at(builder, input).shape);
    builder.op(next_name(builder, "dequantize"), Precision::F32, format::DequantizeT{}, {input}, out);
    return out;
}

int32_t add_lookup(ModelBuilder& builder, Random& random, Precision precision, int32_t input) {
    const DataType type = activation_type(precision);
    const int32_t out = add_output(builder, "lookup", type, at(builder, input).shape);
    format::LookupT lookup;
    lookup.table = builder.add_span(random_bytes(random, type, type == DataType::Int8 ? 256 : 1025));
    lookup.function = "random";
    builder.op(next_name(builder, "lookup"), precision, std::move(lookup), {input}, out);
    return out;
}

int32_t add_unary(ModelBuilder& builder, format::UnaryFunction function, int32_t input) {
    const int32_t out = add_output(builder, "unary", DataType::Float32, at(builder, input).shape);
    format::UnaryF32T unary;
    unary.function = function;
    unary.alpha = function == format::UnaryFunction::Clamp ? -0.5F : 0.2F;
    unary.beta = 0.75F;
    builder.op(next_name(builder, "unary"), Precision::F32, std::move(unary), {input}, out);
    return out;
}

int32_t add_softmax(ModelBuilder& builder, Precision precision, int32_t input, bool logarithm) {
    const DataType type = activation_type(precision);
    const std::vector<int32_t> shape = at(builder, input).shape;
    const std::string name = next_name(builder, "softmax") + ":out";
    format::SoftmaxT softmax;
    softmax.logarithm = logarithm;
    int32_t out = -1;
    if (type == DataType::Float32) {
        out = builder.tensor(name, type, shape);
    } else if (logarithm) {
        out = type == DataType::Int8 ? builder.tensor(name, type, shape, 0.0625F, 127)
                                     : builder.tensor(name, type, shape, 1.0F / 2048, 0);
        softmax.to_output = std::make_unique<format::Rescale>(1488522236, type == DataType::Int8 ? 43 : 36);
    } else {
        out = type == DataType::Int8 ? builder.tensor(name, type, shape, 1.0F / 256, -128)
                                     : builder.tensor(name, type, shape, 1.0F / 32768, 0);
    }
    if (type != DataType::Float32) {
        softmax.rescale = std::make_unique<format::Rescale>(1500000000, type == DataType::Int8 ? 17 : 25);
        softmax.exp2 = builder.add_values(exp2_table());
    }
    builder.op(next_name(builder, "softmax"), precision, std::move(softmax), {input}, out);
    return out;
}

int32_t add_indexed_copy(ModelBuilder& builder, Precision precision, int32_t input, const std::vector<int32_t>& rows,
                         const std::vector<int32_t>& columns) {
    const std::vector<int32_t> in = at(builder, input).shape;
    const int32_t out =
        add_output_like(builder, "indexed_copy", input,
                        {in[0], static_cast<int32_t>(rows.size()), static_cast<int32_t>(columns.size()), in[3]});
    format::IndexedCopyT copy;
    copy.rows = builder.add_values(rows);
    copy.columns = builder.add_values(columns);
    copy.fill = -9;
    copy.fill_f32 = 0.75F;
    builder.op(next_name(builder, "indexed_copy"), precision, std::move(copy), {input}, out);
    return out;
}

int32_t add_gather(ModelBuilder& builder, Precision precision, int32_t input, const std::vector<int32_t>& indices) {
    const std::vector<int32_t> in = at(builder, input).shape;
    const auto count = static_cast<int32_t>(indices.size());
    const int32_t out = add_output_like(builder, "gather", input, {in[0], count, in[2]});
    const std::string name = next_name(builder, "gather");
    const int32_t picks = builder.constant(name + ":indices", DataType::Int32, {count}, to_bytes(indices));
    builder.op(name, precision, format::GatherT{}, {input, picks}, out);
    return out;
}

int32_t add_resample(ModelBuilder& builder, Random& random, Precision precision, int32_t input, int32_t out_h,
                     int32_t out_w) {
    const std::vector<int32_t> in = at(builder, input).shape;
    const DataType type = activation_type(precision);
    const int32_t out = add_output(builder, "resample", type, {in[0], out_h, out_w, in[3]});
    const int bits = type == DataType::Int8 ? kernels::kResampleBitsInt8 : kernels::kResampleBitsInt16;
    /// Two taps with weights that sum to one, at random positions.
    const auto taps = [&](int32_t in_size, int32_t out_size) {
        std::vector<int32_t> indices;
        std::vector<int16_t> codes;
        std::vector<float> reals;
        for (int32_t y = 0; y < out_size; ++y) {
            for (int t = 0; t < 2; ++t) indices.push_back(random.between(0, in_size - 1));
            const int32_t weight = random.between(0, 1 << bits);
            codes.insert(codes.end(), {static_cast<int16_t>(weight), static_cast<int16_t>((1 << bits) - weight)});
            reals.insert(reals.end(), {0.25F, 0.75F});
        }
        auto axis = std::make_unique<format::AxisTapsT>();
        axis->taps = 2;
        axis->indices = builder.add_values(indices);
        axis->weights = type == DataType::Float32 ? builder.add_values(reals) : builder.add_values(codes);
        return axis;
    };
    format::ResampleT resample;
    resample.rows = taps(in[1], out_h);
    resample.columns = taps(in[2], out_w);
    if (type != DataType::Float32) resample.rescale = std::make_unique<format::Rescale>(1 << 30, 30 + 2 * bits);
    builder.op(next_name(builder, "resample"), precision, std::move(resample), {input}, out);
    return out;
}

void add_index_ops(ModelBuilder& builder, int32_t image) {
    const format::TensorT in = at(builder, image);
    const std::vector<int32_t> shape = {in.shape[0] * in.shape[1], in.shape[2], in.shape[3]};
    const int32_t x = builder.alias("rows", image, shape);
    const auto index = [&](const char* name, std::vector<int32_t> of) {
        return builder.tensor(name, DataType::Int32, std::move(of));
    };
    const std::vector<int32_t> reduced = {shape[0], shape[2]}, kept = {shape[0], 2, shape[2]};
    const int32_t place = index("place", reduced), places = index("places", kept), truth = index("truth", reduced);
    const int32_t best = builder.tensor("best", in.type, kept, in.scale, in.zero_point);
    const int32_t sum = builder.tensor("sum", in.type, reduced, 1.0F, 0);
    const int32_t chosen = builder.tensor("chosen", in.type, reduced, 1.0F, 0);
    const Precision precision = in.type == DataType::Int8 ? Precision::W8A8 : Precision::W8A16;
    format::ReduceT reduce;
    reduce.rescale = std::make_unique<format::Rescale>(1 << 30, 32);
    builder.op("reduce", precision, std::move(reduce), {x}, sum);
    builder.op("arg_max", precision, format::ArgMaxT{}, {x}, place);
    builder.op("top_k", precision, format::TopKT{}, {x}, best).outputs = {best, places};
    format::CompareT compare;
    compare.function = format::CompareFunction::Less;
    compare.multiplier_a = compare.multiplier_b = 1 << 30;
    builder.op("compare", precision, compare, {place, place}, truth);
    builder.op("select", precision, format::SelectT{}, {truth, sum, sum}, chosen);
    builder.output(chosen);
    builder.output(places);
}

AlignedBytes model_of_every_op() {
    Random random(1);
    ModelBuilder b;
    const Precision int8 = Precision::W8A8;
    const Precision int16 = Precision::W8A16;
    const int32_t image = b.input("image", DataType::Int8, {1, 5, 5, 3}, 0.5F, 3);
    b.model.tensors[static_cast<size_t>(image)]->onnx_axes = {0, 2, 3, 1};
    const int32_t conv = add_conv(b, random, image, {.out_channels = 4});
    const int32_t depthwise = add_depthwise(b, random, conv, {.window = {3, 2, 1, 1}});  // 3 x 3 x 4
    const int32_t biggest = add_max_pool(b, depthwise, int8, {2, 1, 1, 1});              // 4 x 4 x 4
    const int32_t mean = add_average_pool(b, random, biggest, int8, {3, 1, 1, 1});
    const int32_t sum = add_binary(b, format::BinaryFunction::Add, int8, mean, biggest, {1, 4, 4, 4});
    const int32_t joined = add_concat(b, int8, {sum, mean}, 3);
    const int32_t part = add_slice(b, int8, joined, {0, 1, 0, 2}, {1, 3, 4, 5});
    const int32_t turned = add_transpose(b, int8, part, {0, 3, 1, 2});  // 5 x 3 x 4
    const int32_t table = add_lookup(b, random, int8, turned);
    const int32_t large = add_indexed_copy(b, int8, table, {0, -1, 1, 4}, {0, 2, 2});  // 4 x 3 x 4
    const int32_t smooth = add_resample(b, random, int8, large, 4, 3);
    add_gather(b, int8, b.alias("rows", smooth, {4, 3, 4}), {2, -1, 0});
    const int32_t wide = add_requantize(b, smooth, DataType::Int16);
    const int32_t wide_conv = add_conv(
        b, random, wide, {.precision = int16, .out_channels = 2, .groups = 2, .window = {1, 1, 1, 0}, .wide = true});
    const int32_t wide_table = add_lookup(b, random, int16, wide_conv);
    const int32_t flat = b.alias("flat", wide_table, {1, 24});
    const int32_t scores = add_softmax(b, int16, flat);
    const int32_t real = add_dequantize(b, scores);
    const int32_t sigmoid = add_unary(b, format::UnaryFunction::Sigmoid, real);
    const int32_t offset = b.constant("offset", DataType::Float32, {24}, random_bytes(random, DataType::Float32, 24));
    const int32_t moved = add_binary(b, format::BinaryFunction::Sub, Precision::F32, sigmoid, offset, {1, 24});
    b.output(add_quantize(b, moved, DataType::Int8));
    b.output(scores);
    add_index_ops(b, turned);
    const int32_t steps = b.alias("steps", scores, {3, 2, 4});
    const int32_t attended = add_matmul(b, int16, steps, {0, 1, 2}, steps, {0, 2, 1}, {3, 2, 2});
    const int32_t states =
        add_recurrent(b, random, attended, {.precision = int16, .cell = format::RecurrentCell::Gru, .hidden = 3});
    add_normalize(b, int16, states, 6);
    return b.finish();
}

}  // namespace tmx::testing
