// What the verifier refuses in each kind of op.
#include <cmath>

#include "lies.h"

namespace tmx::testing {
namespace {

using format::DataType;
using format::Precision;

int32_t input(ModelBuilder& b, DataType type, std::vector<int32_t> shape, const std::string& name = "in") {
    return b.input(name, type, std::move(shape), type == DataType::Float32 ? 1.0F : 0.25F,
                   type == DataType::Int8 ? 5 : 0);
}

format::TensorT& tensor(ModelBuilder& b, size_t index) { return *b.model.tensors[index]; }
format::OpT& last_op(ModelBuilder& b) { return *b.model.ops.back(); }

/// Replaces the contents of a span.
template <typename T>
void overwrite(ModelBuilder& b, const std::unique_ptr<format::Span>& span, size_t index, T value) {
    std::memcpy(b.weights.data() + span->offset() + index * sizeof(T), &value, sizeof(T));
}

void conv_model(ModelBuilder& b, Precision precision, bool wide = false) {
    Random random(1);
    const int32_t in = input(b, activation_type(precision), {1, 5, 5, 4});
    b.output(add_conv(b, random, in, {.precision = precision, .out_channels = 6, .groups = 2, .wide = wide}));
}

TEST(VerifierConv2D, EachFieldIsChecked) {
    const auto lie = [](const std::function<void(ModelBuilder&, format::Conv2DT&)>& change,
                        const std::string& message) {
        expect_lie([](ModelBuilder& b) { conv_model(b, Precision::W8A8); },
                   [&](ModelBuilder& b) { change(b, *last_op(b).options.AsConv2D()); },
                   "op 0 (Conv2D, layer 'conv_0'): " + message);
    };
    lie([](auto&, auto& c) { set_field(*c.window, WindowField::kernel_h, 0); },
        "window: kernel, stride or dilation of the height is 0");
    lie([](auto&, auto& c) { set_field(*c.window, WindowField::stride_w, 0); },
        "window: kernel, stride or dilation of the width is 0");
    lie([](auto&, auto& c) { set_field(*c.window, WindowField::dilation_h, 0); }, "window: kernel, stride");
    lie([](auto&, auto& c) { set_field(*c.window, WindowField::kernel_w, 65535); },
        "window: larger than the padded width");
    lie([](auto&, auto& c) { set_field(*c.window, WindowField::dilation_w, 65535); },
        "window: larger than the padded width");
    lie([](auto&, auto& c) { set_field(*c.window, WindowField::pad_bottom, 2); },
        "window: gives an output height of 6");
    lie([](auto&, auto& c) { set_field(*c.window, WindowField::stride_w, 2); }, "window: gives an output width of 3");
    lie([](auto&, auto& c) { c.groups = 0; }, "0 groups do not divide");
    lie([](auto&, auto& c) { c.groups = -2; }, "-2 groups do not divide");
    lie([](auto&, auto& c) { c.groups = 4; }, "4 groups do not divide");
    lie([](auto&, auto& c) { c.groups = 1; }, "weights: span of");
    lie([](auto&, auto& c) { c.weights.clear(); }, "has no weights");
    lie([](auto&, auto& c) { c.weights[0]->nr = 0; }, "weights: impossible packing");
    lie([](auto&, auto& c) { c.weights[0]->kr = 0; }, "weights: impossible packing");
    lie([](auto&, auto& c) { c.weights[0]->nr = 5; }, "weights: span of");
    lie([](auto&, auto& c) { c.weights[0]->type = DataType::Int16; }, "weights: precision W8A8 needs int8");
    lie([](auto&, auto& c) { set_offset(*c.weights[0]->span, 32); }, "weights: span is not aligned");
    lie([](auto&, auto& c) { set_offset(*c.weights[0]->span, ~uint64_t{63}); }, "weights: span lies outside");
    lie([](auto&, auto& c) { set_bytes(*c.weights[0]->span, ~uint64_t{0}); }, "weights: span of");
    lie(
        [](auto& b, auto& c) {
            c.weights.push_back(std::make_unique<format::PackedWeightsT>(*c.weights[0]));
            set_offset(*c.weights[1]->span, b.weights.size() + 64);
        },
        "weights: span is not aligned");
    lie([](auto&, auto& c) { set_bytes(*c.output->bias, 28); }, "bias: span of 28 bytes, expected 6 entries of 4");
    lie([](auto&, auto& c) { c.output->multipliers = nullptr; }, "has no multipliers");
    lie([](auto&, auto& c) { c.output->shifts = nullptr; }, "has no shifts");
    lie([](auto&, auto& c) { set_offset(*c.output->multipliers, uint64_t{1} << 62); },
        "multipliers: span lies outside");
    lie([](auto& b, auto& c) { overwrite<int32_t>(b, c.output->multipliers, 5, -1); },
        "output channel 5: multiplier -1");
    lie([](auto& b, auto& c) { overwrite<uint8_t>(b, c.output->shifts, 3, 0); }, "output channel 3: multiplier");
    lie([](auto& b, auto& c) { overwrite<uint8_t>(b, c.output->shifts, 0, 63); }, "output channel 0: multiplier");
    lie([](auto& b, auto& c) { overwrite<uint8_t>(b, c.output->shifts, 0, 255); }, "output channel 0: multiplier");
    lie([](auto&, auto& c) { c.output->clamp_min = -129; }, "clamp -129..117 is empty or outside int8");
    lie([](auto&, auto& c) { c.output->clamp_max = 128; }, "clamp -118..128 is empty or outside int8");
    lie([](auto&, auto& c) { c.output->clamp_min = 120; }, "clamp 120..117 is empty");
    lie([](auto&, auto& c) { c.accumulator = format::Accumulator::Int64; }, "int8 with a 64-bit accumulator");
    lie([](auto&, auto& c) { c.accumulator = static_cast<format::Accumulator>(2); }, "unknown accumulator");
    lie([](auto& b, auto&) { tensor(b, 0).shape = {5, 5, 4}; }, "input and output must have 4 dimensions");
    lie([](auto& b, auto&) { tensor(b, 0).shape = {2, 5, 5, 2}; }, "input and output differ in batch");
    lie([](auto& b, auto&) { last_op(b).precision = Precision::W16A16; }, "precision W16A16, but output");
    lie(
        [](auto& b, auto&) {
            tensor(b, 0).type = DataType::Int16, tensor(b, 0).zero_point = 0, tensor(b, 0).offset = 0,
                      tensor(b, 1).offset += 128, last_op(b).scratch_offset += 128, b.model.arena_bytes = 1 << 16;
        },
        "input 'in' is int16, output 'conv_0:out' is int8");
}

TEST(VerifierConv2D, FloatAndWideLayersHaveTheirOwnRules) {
    const auto build = [](ModelBuilder& b) { conv_model(b, Precision::F32); };
    const auto lie = [&](const std::function<void(ModelBuilder&, format::Conv2DT&)>& change,
                         const std::string& message) {
        expect_lie(
            build, [&](ModelBuilder& b) { change(b, *last_op(b).options.AsConv2D()); }, message);
    };
    lie([](auto&, auto& c) { c.accumulator = format::Accumulator::Int64; }, "float32 with an integer accumulator");
    lie([](auto&, auto& c) { c.output->shifts = std::make_unique<format::Span>(*c.output->bias); }, "with multipliers");
    lie([](auto&, auto& c) { c.output->clamp_min_f32 = NAN; }, "float clamp is empty or NaN");
    lie([](auto&, auto& c) { c.output->clamp_max_f32 = -4.0F; }, "float clamp is empty or NaN");
    expect_lie([](ModelBuilder& b) { conv_model(b, Precision::W8A16, true); },
               [](ModelBuilder& b) { last_op(b).options.AsConv2D()->accumulator = format::Accumulator::Int32; },
               "bias: span of 48 bytes, expected 6 entries of 4 bytes");
}

TEST(VerifierDepthwise, EachFieldIsChecked) {
    const auto lie = [](const std::function<void(ModelBuilder&, format::DepthwiseConv2DT&)>& change,
                        const std::string& message) {
        expect_lie(
            [](ModelBuilder& b) {
                Random random(1);
                b.output(add_depthwise(b, random, input(b, DataType::Int8, {1, 5, 5, 4}), {}));
            },
            [&](ModelBuilder& b) { change(b, *last_op(b).options.AsDepthwiseConv2D()); },
            "op 0 (DepthwiseConv2D, layer 'depthwise_0'): " + message);
    };
    lie([](auto& b, auto&) { tensor(b, 0).shape = {1, 5, 5, 3}; }, "input and output differ in channels");
    lie([](auto&, auto& c) { c.weights->nr = 4; }, "weights: packing of depthwise weights is 1 x 1");
    lie([](auto&, auto& c) { set_bytes(*c.weights->span, 35); }, "weights: span of 35 bytes, expected 36 entries");
    lie([](auto&, auto& c) { set_field(*c.window, WindowField::pad_top, 2); }, "window: gives an output height of 6");
    lie([](auto& b, auto& c) { overwrite<uint8_t>(b, c.output->shifts, 1, 0); }, "output channel 1");
    lie([](auto& b, auto&) { last_op(b).scratch_bytes = 64; }, "has 64 bytes of scratch memory, needs 128");
}

TEST(VerifierPools, EachFieldIsChecked) {
    const auto average = [](ModelBuilder& b) {
        Random random(1);
        b.output(add_average_pool(b, random, input(b, DataType::Int8, {1, 5, 5, 4}), Precision::W8A8, {3, 1, 1, 1}));
    };
    const auto lie = [&](const std::function<void(ModelBuilder&, format::AveragePool2DT&)>& change,
                         const std::string& message) {
        expect_lie(
            average, [&](ModelBuilder& b) { change(b, *last_op(b).options.AsAveragePool2D()); },
            "op 0 (AveragePool2D, layer 'average_pool_0'): " + message);
    };
    lie([](auto&, auto& p) { p.rescales.clear(); }, "0 rescales for windows of up to 9 elements");
    lie([](auto&, auto& p) { p.rescales.pop_back(); }, "8 rescales for windows of up to 9 elements");
    lie([](auto&, auto& p) { p.rescales[8] = {-1, 30}; }, "rescales: multiplier -1, shift 30");
    lie([](auto&, auto& p) { p.rescales[0] = {1, 0}; }, "rescales: multiplier 1, shift 0");
    lie([](auto&, auto& p) { p.rescales[0] = {1, 63}; }, "rescales: multiplier 1, shift 63");
    lie([](auto& b, auto&) { tensor(b, 1).shape = {1, 5, 5, 2}; }, "input and output differ in channels");
    expect_lie(
        average,
        [](ModelBuilder& b) {
            format::Window2D& w = *last_op(b).options.AsAveragePool2D()->window;
            set_field(w, WindowField::kernel_h, 1), set_field(w, WindowField::pad_bottom, 0),
                set_field(w, WindowField::pad_top, 1), set_field(w, WindowField::stride_h, 1);
            tensor(b, 1).shape = {1, 6, 5, 4};
        },
        "window: lies completely in the padding somewhere");
    // With dilation the taps can straddle a thin input.
    expect_lie(
        average,
        [](ModelBuilder& b) {
            tensor(b, 0).shape = {1, 1, 5, 20};
            format::Window2D& w = *last_op(b).options.AsAveragePool2D()->window;
            set_field(w, WindowField::kernel_h, 2), set_field(w, WindowField::dilation_h, 2),
                set_field(w, WindowField::pad_top, 1), set_field(w, WindowField::pad_bottom, 1);
            tensor(b, 1).shape = {1, 1, 5, 20};
        },
        "window: lies completely in the padding somewhere");
    expect_lie(
        [](ModelBuilder& b) {
            b.output(add_max_pool(b, input(b, DataType::Int8, {1, 5, 5, 4}), Precision::W8A8, {2, 1, 1, 1}));
        },
        [](ModelBuilder& b) { tensor(b, 1).zero_point += 1; }, "different scales or zero points");
    expect_lie(
        [](ModelBuilder& b) {
            Random random(1);
            b.output(add_average_pool(b, random, input(b, DataType::Float32, {1, 5, 5, 4}), Precision::F32, {}));
        },
        [](ModelBuilder& b) { last_op(b).options.AsAveragePool2D()->rescales.emplace_back(1 << 30, 30); },
        "float32 with rescales");
}

TEST(VerifierBinary, EachFieldIsChecked) {
    const auto build = [](format::BinaryFunction function) {
        return [function](ModelBuilder& b) {
            const int32_t a = input(b, DataType::Int8, {2, 3, 4}, "a");
            const int32_t c = input(b, DataType::Int8, {3, 1}, "b");
            b.output(add_binary(b, function, Precision::W8A8, a, c, {2, 3, 4}));
        };
    };
    const auto lie = [&](format::BinaryFunction function,
                         const std::function<void(ModelBuilder&, format::BinaryT&)>& change,
                         const std::string& message) {
        expect_lie(
            build(function), [&](ModelBuilder& b) { change(b, *last_op(b).options.AsBinary()); },
            "op 0 (Binary, layer 'binary_0'): " + message);
    };
    const auto add = format::BinaryFunction::Add;
    lie(
        add, [](auto&, auto& o) { o.function = static_cast<format::BinaryFunction>(7); }, "unknown function");
    lie(
        add, [](auto&, auto& o) { o.multiplier_a = (1 << 20) + 1; }, "multipliers 1048577");
    lie(
        add, [](auto&, auto& o) { o.multiplier_b = INT32_MIN; }, "multipliers");
    lie(
        add, [](auto&, auto& o) { o.shift = 0; }, "multipliers");
    lie(
        add, [](auto&, auto& o) { o.shift = 63; }, "multipliers");
    lie(
        add, [](auto&, auto& o) { o.clamp_min = -200; }, "clamp -200");
    lie(
        format::BinaryFunction::Mul, [](auto&, auto& o) { o.multiplier_a = -1; }, "multiplier_a: multiplier -1");
    lie(
        format::BinaryFunction::Mul, [](auto&, auto& o) { o.shift = 63; }, "multiplier_a: multiplier");
    lie(
        add,
        [](auto& b, auto&) {
            tensor(b, 1).shape = {2, 1};
        },
        "input 'b' of size 2 does not broadcast to 3");
    lie(
        add,
        [](auto& b, auto&) {
            tensor(b, 0).shape = {1, 2, 3, 4};
        },
        "input 'a' has more dimensions");
    lie(
        add,
        [](auto& b, auto&) {
            tensor(b, 2).shape = {2, 3, 2};
        },
        "input 'a' of size 4 does not broadcast to 2 in dimension 2");
}

TEST(VerifierConcat, EachFieldIsChecked) {
    const auto lie = [](const std::function<void(ModelBuilder&, format::ConcatT&)>& change,
                        const std::string& message) {
        expect_lie(
            [](ModelBuilder& b) {
                const int32_t a = input(b, DataType::Int8, {2, 3, 4}, "a");
                const int32_t c = input(b, DataType::Int8, {2, 2, 4}, "b");
                b.output(add_concat(b, Precision::W8A8, {a, c}, 1));
            },
            [&](ModelBuilder& b) { change(b, *last_op(b).options.AsConcat()); },
            "op 0 (Concat, layer 'concat_0'): " + message);
    };
    lie([](auto&, auto& o) { o.axis = 3; }, "axis 3 is outside rank 3");
    lie([](auto&, auto& o) { o.axis = -1; }, "axis -1 is outside rank 3");
    lie([](auto&, auto& o) { o.axis = 0; }, "input 'a' does not fit the output beside axis 0");
    lie([](auto&, auto& o) { o.rescales.pop_back(); }, "1 rescales for 2 int8 inputs");
    lie([](auto&, auto& o) { o.rescales[1] = {5, 70}; }, "rescales: multiplier 5, shift 70");
    lie([](auto& b, auto&) { tensor(b, 1).shape = {2, 1, 4}; }, "inputs have 4 entries along axis 1, the output 5");
    lie([](auto& b, auto&) { tensor(b, 1).shape = {2, 8}; }, "input 'b' does not fit");
}

TEST(VerifierMovement, SliceTransposeAndResizeStayInside) {
    const auto slice = [](ModelBuilder& b) {
        b.output(add_slice(b, Precision::W8A8, input(b, DataType::Int8, {4, 5}), {1, 2}, {3, 3}));
    };
    const auto lie_slice = [&](std::vector<int32_t> begin, const std::string& message) {
        expect_lie(
            slice, [&](ModelBuilder& b) { last_op(b).options.AsSlice()->begin = begin; }, message);
    };
    lie_slice({1}, "begin and input differ in length");
    lie_slice({2, 2}, "range 2 to 4 leaves dimension 0 of size 4");
    lie_slice({1, -1}, "range -1 to 1 leaves dimension 1");
    lie_slice({1, INT32_MAX}, "leaves dimension 1");
    const auto lie_steps = [&](std::vector<int32_t> steps, const std::string& message) {
        expect_lie(
            slice, [&](ModelBuilder& b) { last_op(b).options.AsSlice()->steps = steps; }, message);
    };
    lie_steps({1}, "steps and input differ in length");
    lie_steps({1, 2}, "range 2 to 6 leaves dimension 1 of size 5");
    lie_steps({-1, 1}, "range 1 to -1 leaves dimension 0");
    lie_steps({INT32_MIN, 1}, "leaves dimension 0");
    expect_lie(
        slice, [](ModelBuilder& b) { tensor(b, 1).scale *= 2; }, "different scales");
    expect_lie(
        slice, [](ModelBuilder& b) { tensor(b, 1).shape = {9}; }, "differ in rank");
    expect_lie(
        slice, [](ModelBuilder& b) { last_op(b).precision = Precision::W8A16; }, "precision W8A16, but output");

    const auto transpose = [](ModelBuilder& b) {
        b.output(add_transpose(b, Precision::W8A8, input(b, DataType::Int8, {4, 5, 2}), {2, 0, 1}));
    };
    const auto lie_transpose = [&](std::vector<uint8_t> axes, const std::string& message) {
        expect_lie(
            transpose, [&](ModelBuilder& b) { last_op(b).options.AsTranspose()->axes = axes; }, message);
    };
    lie_transpose({2, 0}, "axes are not a permutation");
    lie_transpose({2, 2, 1}, "axes are not a permutation");
    lie_transpose({2, 0, 0}, "axes are not a permutation");
    lie_transpose({2, 0, 200}, "axes are not a permutation");
    lie_transpose({0, 1, 2}, "not the permuted input shape");
}

TEST(VerifierMovement, IndexTablesStayInside) {
    const auto build = [](ModelBuilder& b) {
        b.output(add_indexed_copy(b, Precision::W8A8, input(b, DataType::Int8, {1, 4, 5, 2}), {0, 3, -1}, {4, 0}));
    };
    const auto lie = [&](const std::function<void(ModelBuilder&, format::IndexedCopyT&)>& change,
                         const std::string& message) {
        expect_lie(
            build, [&](ModelBuilder& b) { change(b, *last_op(b).options.AsIndexedCopy()); }, message);
    };
    lie([](auto& b, auto& o) { overwrite<int32_t>(b, o.rows, 2, 4); }, "rows: entry 2 is 4, the input has 4");
    lie([](auto& b, auto& o) { overwrite<int32_t>(b, o.columns, 0, -2); }, "columns: entry 0 is -2");
    lie([](auto&, auto& o) { set_bytes(*o.rows, 8); }, "rows: span of 8 bytes");
    lie([](auto&, auto& o) { o.fill = 200; }, "fill 200 is outside int8");
    lie([](auto& b, auto&) { tensor(b, 1).shape = {1, 3, 2, 1}; }, "differ in the first or last dimension");
    lie([](auto& b, auto&) { tensor(b, 1).zero_point += 1; }, "different scales or zero points");
}

TEST(VerifierMovement, GatherNeedsARowOfIndices) {
    const auto build = [](ModelBuilder& b) {
        b.output(add_gather(b, Precision::W8A8, input(b, DataType::Int8, {2, 3, 4}), {1, -1, 0, 2}));
    };
    expect_lie(
        build,
        [](ModelBuilder& b) {
            tensor(b, 2).shape = {2, 2};
        },
        "are not one row of int32");
    expect_lie(
        build, [](ModelBuilder& b) { tensor(b, 2).type = DataType::Float32; }, "are not one row of int32");
    expect_lie(
        build,
        [](ModelBuilder& b) {
            tensor(b, 1).shape = {2, 3, 4};
        },
        "does not fit input and indices");
    expect_lie(
        build, [](ModelBuilder& b) { tensor(b, 1).zero_point += 1; }, "different scales or zero points");
}

TEST(VerifierMovement, ResampleTablesStayInside) {
    const auto build = [](ModelBuilder& b) {
        Random random(4);
        b.output(add_resample(b, random, Precision::W8A8, input(b, DataType::Int8, {1, 4, 5, 2}), 3, 2));
    };
    const auto lie = [&](const std::function<void(ModelBuilder&, format::ResampleT&)>& change,
                         const std::string& message) {
        expect_lie(
            build, [&](ModelBuilder& b) { change(b, *last_op(b).options.AsResample()); }, message);
    };
    lie([](auto& b, auto& o) { overwrite<int32_t>(b, o.rows->indices, 5, 4); }, "rows: entry 5 is 4, the input has 4");
    lie([](auto& b, auto& o) { overwrite<int32_t>(b, o.columns->indices, 0, -1); }, "columns: entry 0 is -1");
    lie([](auto&, auto& o) { set_bytes(*o.rows->weights, 8); }, "rows: span of 8 bytes");
    lie([](auto&, auto& o) { o.columns->taps = 3; }, "columns: span of 16 bytes");
    lie([](auto&, auto& o) { o.columns->taps = 0; }, "columns: no taps");
    lie([](auto&, auto& o) { o.rescale.reset(); }, "has no rescale");
    lie([](auto&, auto& o) { *o.rescale = {1, 0}; }, "rescale: multiplier 1, shift 0");
    lie([](auto& b, auto&) { tensor(b, 1).shape = {1, 3, 2, 1}; }, "differ in the first or last dimension");
    lie([](auto& b, auto&) { last_op(b).precision = Precision::W8A16; }, "precision W8A16, but output");
}

TEST(VerifierConversions, TypesAndRescales) {
    const auto requantize = [](ModelBuilder& b) {
        b.output(add_requantize(b, input(b, DataType::Int8, {4, 5}), DataType::Int16));
    };
    const auto lie = [&](const std::function<void(ModelBuilder&, format::RequantizeT&)>& change,
                         const std::string& message) {
        expect_lie(
            requantize, [&](ModelBuilder& b) { change(b, *last_op(b).options.AsRequantize()); }, message);
    };
    lie([](auto&, auto& o) { *o.rescale = {-5, 30}; }, "rescale: multiplier -5");
    lie([](auto&, auto& o) { o.clamp_max = 40000; }, "outside int16");
    lie([](auto& b, auto&) { tensor(b, 1).shape = {5, 4}; }, "have different shapes");
    lie(
        [](auto& b, auto&) {
            tensor(b, 0).type = DataType::Float32, tensor(b, 0).scale = 1, tensor(b, 0).zero_point = 0,
                      tensor(b, 1).offset += 64, b.model.arena_bytes = 1024;
        },
        "works on quantized integers");
    const auto quantize = [](ModelBuilder& b) {
        b.output(add_quantize(b, input(b, DataType::Float32, {4, 5}), DataType::Int8));
    };
    for (const float bad : {0.0F, -1.0F, INFINITY, NAN}) {
        expect_lie(
            quantize, [=](ModelBuilder& b) { last_op(b).options.AsQuantize()->inverse_scale = bad; },
            "inverse_scale is not finite and positive");
    }
    expect_lie(
        quantize, [](ModelBuilder& b) { b.model.ops[0]->options.Set(format::DequantizeT{}); },
        "turns integers into float32");
    expect_lie(
        [](ModelBuilder& b) {
            b.output(add_dequantize(b, input(b, DataType::Int8, {4, 5})));
        },
        [](ModelBuilder& b) { b.model.ops[0]->options.Set(format::QuantizeT{}); },
        "turns float32 into quantized integers");
}

TEST(VerifierFunctions, TablesAndParameters) {
    const auto lookup = [](ModelBuilder& b) {
        Random random(1);
        b.output(add_lookup(b, random, Precision::W8A16, input(b, DataType::Int16, {4, 5})));
    };
    expect_lie(
        lookup, [](ModelBuilder& b) { set_bytes(*last_op(b).options.AsLookup()->table, 2048); },
        "table: span of 2048 bytes, expected 1025 entries of 2 bytes");
    const auto unary = [](ModelBuilder& b) {
        b.output(add_unary(b, format::UnaryFunction::LeakyRelu, input(b, DataType::Float32, {4, 5})));
    };
    const auto lie_unary = [&](const std::function<void(format::UnaryF32T&)>& change, const std::string& message) {
        expect_lie(
            unary, [&](ModelBuilder& b) { change(*last_op(b).options.AsUnaryF32()); }, message);
    };
    lie_unary([](auto& o) { o.function = static_cast<format::UnaryFunction>(30); }, "unknown function");
    lie_unary([](auto& o) { o.alpha = NAN; }, "alpha or beta is not finite");
    lie_unary([](auto& o) { o.function = format::UnaryFunction::Clamp, o.alpha = 1, o.beta = 0; },
              "float clamp is empty");

    const auto softmax = [](ModelBuilder& b) {
        b.output(add_softmax(b, Precision::W8A8, input(b, DataType::Int8, {4, 5})));
    };
    const auto lie_softmax = [&](const std::function<void(ModelBuilder&, format::SoftmaxT&)>& change,
                                 const std::string& message) {
        expect_lie(
            softmax, [&](ModelBuilder& b) { change(b, *last_op(b).options.AsSoftmax()); },
            "op 0 (Softmax, layer 'softmax_0'): " + message);
    };
    lie_softmax([](auto&, auto& o) { o.rescale = nullptr; }, "has no rescale");
    lie_softmax([](auto&, auto& o) { *o.rescale = {1 << 30, 0}; }, "rescale: multiplier 1073741824, shift 0");
    lie_softmax([](auto&, auto& o) { o.exp2 = nullptr; }, "has no exp2");
    lie_softmax([](auto&, auto& o) { set_bytes(*o.exp2, 1024); }, "exp2: span of 1024 bytes");
    lie_softmax([](auto& b, auto& o) { overwrite<int32_t>(b, o.exp2, 0, 0); }, "exp2: first entry is 0");
    lie_softmax([](auto& b, auto& o) { overwrite<int32_t>(b, o.exp2, 256, -1); }, "exp2: entry 256");
    lie_softmax([](auto& b, auto& o) { overwrite<int32_t>(b, o.exp2, 9, INT32_MAX); }, "exp2: entry 9");
    lie_softmax([](auto& b, auto& o) { overwrite<int32_t>(b, o.exp2, 9, 0); }, "exp2: entry 9");
    lie_softmax([](auto& b, auto&) { tensor(b, 1).scale = 0.5F; },
                "output 'softmax_0:out' must have scale 2^-8 and zero point -128");
    lie_softmax([](auto& b, auto&) { tensor(b, 1).zero_point = 0; },
                "output 'softmax_0:out' must have scale 2^-8 and zero point -128");
    lie_softmax([](auto&, auto& o) { o.to_output = std::make_unique<format::Rescale>(1 << 30, 40); },
                "probabilities with a rescale to the output");
    lie_softmax([](auto&, auto& o) { o.logarithm = true; }, "has no to_output");
    lie_softmax(
        [](auto&, auto& o) {
            o.logarithm = true;
            o.to_output = std::make_unique<format::Rescale>(-1, 40);
        },
        "to_output: multiplier -1, shift 40");
    expect_lie(
        [](ModelBuilder& b) {
            b.output(add_softmax(b, Precision::F32, input(b, DataType::Float32, {4, 5})));
        },
        [](ModelBuilder& b) { last_op(b).options.AsSoftmax()->exp2 = b.add_span(std::vector<uint8_t>(1028)); },
        "float32 with a table");
}

}  // namespace
}  // namespace tmx::testing
