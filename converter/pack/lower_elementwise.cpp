// Arithmetic on two operands with broadcasting (Add, Mul, Div, Min, PRelu, ...); Softmax, LogSoftmax.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>
#include <utility>

#include "diagnostics/error.h"
#include "pack/broadcast.h"
#include "pack/lowering.h"
#include "quantize/tables.h"

namespace tinamix::pack {

namespace fb = tmx::format;
using quantize::NumberFormat;
using quantize::Quantization;

namespace {

constexpr std::pair<std::string_view, fb::BinaryFunction> kBinaryFunctions[] = {
    {"Add", fb::BinaryFunction::Add},     {"Sub", fb::BinaryFunction::Sub}, {"Mul", fb::BinaryFunction::Mul},
    {"Div", fb::BinaryFunction::Div},     {"Min", fb::BinaryFunction::Min}, {"Max", fb::BinaryFunction::Max},
    {"PRelu", fb::BinaryFunction::PRelu},
};

fb::BinaryFunction binary_function(std::string_view op) {
    return std::find_if(std::begin(kBinaryFunctions), std::end(kBinaryFunctions),
                        [&](const auto& entry) { return entry.first == op; })
        ->second;
}

/// A multiplier for Div, whose shift kernels keep below 47 (docs/arithmetic.md, 4).
quantize::Rescale division_rescale(double multiplier) {
    constexpr int kMostShift = 46;
    const quantize::Rescale rescale = quantize::to_rescale(multiplier);
    if (rescale.shift <= kMostShift) return rescale;
    return {static_cast<int32_t>(std::round(std::ldexp(multiplier, kMostShift))), kMostShift};
}

void set_binary_integers(Lowering& lowering, const ir::Node& node, const FusedOutput& fused, fb::BinaryT& options) {
    const double a = lowering.input_form(node, 0).scale, b = lowering.input_form(node, 1).scale;
    const Quantization& output = lowering.form(fused.value);
    quantize::Rescale rescale;
    switch (options.function) {
        case fb::BinaryFunction::Mul:
            rescale = quantize::to_rescale(a * b / output.scale);
            break;
        case fb::BinaryFunction::Div:
            rescale = division_rescale(a / (b * output.scale));
            break;
        case fb::BinaryFunction::PRelu: {
            rescale = quantize::to_rescale(a / output.scale);
            const quantize::Rescale negative = quantize::to_rescale(a * b / output.scale);
            options.multiplier_b = negative.multiplier;
            options.shift_b = negative.shift;
            break;
        }
        default: {
            const double sign = options.function == fb::BinaryFunction::Sub ? -1.0 : 1.0;
            const quantize::AddRescale both =
                quantize::to_add_rescale(a / output.scale, sign * b / output.scale, output.format);
            rescale = {both.multiplier_a, both.shift};
            options.multiplier_b = both.multiplier_b;
        }
    }
    options.multiplier_a = rescale.multiplier;
    options.shift = rescale.shift;
    const quantize::CodeRange codes = quantize::clamp_codes(output, fused.bounds.lo, fused.bounds.hi);
    options.clamp_min = codes.min;
    options.clamp_max = codes.max;
}

}  // namespace

void lower_binary(Lowering& lowering, const ir::Node& node) {
    const Layout layout = broadcast_output_layout(lowering, node);
    const int a = read_operand(lowering, node, 0, layout);
    const int b = read_operand(lowering, node, 1, layout);
    const FusedOutput fused = lowering.fuse_activation(node);
    fb::BinaryT options;
    options.function = binary_function(node.op);
    if (lowering.format(node) == NumberFormat::kFloat32) {
        set_f32_clamp(options, fused.bounds);
    } else {
        set_binary_integers(lowering, node, fused, options);
    }
    const int result = lowering.define(fused.value, layout);
    lowering.emit(fused.layer, fused.onnx_type, lowering.precision(node), std::move(options), {a, b}, {result});
}

void lower_softmax(Lowering& lowering, const ir::Node& node) {
    const ir::Shape& shape = lowering.shape(node.inputs[0]);
    const auto rank = static_cast<int64_t>(shape.size());
    const bool flattens = lowering.graph().opset < 13;  // before opset 13 all dimensions from `axis` on are one
    int64_t axis = node.integer("axis", flattens ? 1 : -1);
    if (axis < 0) axis += rank;
    const int64_t behind = ir::element_count(ir::Shape(shape.begin() + axis + 1, shape.end()));

    Layout layout = lowering.layout_of(node.inputs[0]);
    ir::Shape rows;  // what the op sees: the last dimension is normalised
    if (flattens && behind > 1) {
        layout = identity_layout(shape.size());
        const int64_t inner = shape[static_cast<size_t>(axis)] * behind;
        rows = {ir::element_count(shape) / inner, inner};
    } else {
        // Dimensions of size 1 behind the axis do not matter: move the axis to the end of the stored order.
        Layout last = layout;
        last.erase(last.begin() + storage_axis(layout, axis));
        last.push_back(static_cast<uint8_t>(axis));
        layout = last;
        rows = storage_shape(shape, layout);
    }
    const int source = lowering.view(lowering.read(node, 0, layout), rows);
    fb::SoftmaxT options;
    options.logarithm = node.op == "LogSoftmax";
    const Quantization& input = lowering.input_form(node, 0);
    const Quantization& output = lowering.form(node.outputs[0]);
    if (output.format != NumberFormat::kFloat32) {
        const quantize::Rescale rescale = quantize::softmax_rescale(input);
        options.rescale = std::make_unique<fb::Rescale>(rescale.multiplier, rescale.shift);
        options.exp2 = std::make_unique<fb::Span>(lowering.weights().add(quantize::softmax_exp2_table()));
        if (options.logarithm) {
            const quantize::Rescale to_output = quantize::log_softmax_rescale(output);
            options.to_output = std::make_unique<fb::Rescale>(to_output.multiplier, to_output.shift);
        }
    }
    const ir::Shape stored = storage_shape(shape, layout);
    if (rows == stored) {
        lowering.emit(node, std::move(options), {source}, {lowering.define(node.outputs[0], layout)});
    } else {
        const int result = lowering.derive(lowering.graph().value(node.outputs[0]).name + "#rows", output, rows);
        lowering.emit(node, std::move(options), {source}, {result});
        lowering.define_alias(node.outputs[0], result, layout);
    }
}

}  // namespace tinamix::pack
