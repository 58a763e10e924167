// Add, Sub, Mul with broadcasting; Relu and Clip that stand alone; functions of one variable; Softmax.
#include <algorithm>

#include "diagnostics/error.h"
#include "pack/lowering.h"
#include "quantize/tables.h"

namespace tinamix::pack {

namespace fb = tmx::format;
using quantize::NumberFormat;
using quantize::Quantization;

namespace {

/// Layout of `operand` when its shape is broadcast against an output stored as `layout`: the trailing dimensions of
/// the output, in the order the output stores them.
Layout broadcast_layout(const Layout& layout, size_t operand_rank) {
    const size_t missing = layout.size() - operand_rank;
    Layout result;
    for (uint8_t axis : layout) {
        if (axis >= missing) result.push_back(static_cast<uint8_t>(axis - missing));
    }
    return result;
}

/// Storage shape of an operand, with a 1 for each output dimension it lacks.
ir::Shape aligned_shape(const ir::Shape& operand, const Layout& layout) {
    const size_t missing = layout.size() - operand.size();
    ir::Shape shape;
    for (uint8_t axis : layout) shape.push_back(axis < missing ? 1 : operand[axis - missing]);
    return shape;
}

int read_operand(Lowering& lowering, const ir::Node& node, size_t index, const Layout& output_layout) {
    const ir::Shape& shape = lowering.shape(node.inputs[index]);
    const int tensor = lowering.read(node, index, broadcast_layout(output_layout, shape.size()));
    return lowering.view(tensor, aligned_shape(shape, output_layout));
}

/// The layout of the first computed operand that has the output's shape; else the ONNX order.
Layout binary_layout(const Lowering& lowering, const ir::Node& node) {
    const ir::Shape& output = lowering.shape(node.outputs[0]);
    for (ir::ValueId input : node.inputs) {
        if (!lowering.graph().is_constant(input) && lowering.shape(input) == output) return lowering.layout_of(input);
    }
    return identity_layout(output.size());
}

fb::BinaryFunction binary_function(const std::string& op) {
    if (op == "Add") return fb::BinaryFunction::Add;
    if (op == "Sub") return fb::BinaryFunction::Sub;
    return fb::BinaryFunction::Mul;
}

void set_binary_integers(Lowering& lowering, const ir::Node& node, const FusedOutput& fused, fb::BinaryT& options) {
    const Quantization& a = lowering.input_form(node, 0);
    const Quantization& b = lowering.input_form(node, 1);
    const Quantization& output = lowering.form(fused.value);
    if (options.function == fb::BinaryFunction::Mul) {
        const quantize::Rescale rescale =
            quantize::to_rescale(static_cast<double>(a.scale) * static_cast<double>(b.scale) / output.scale);
        options.multiplier_a = rescale.multiplier;
        options.shift = rescale.shift;
    } else {
        const double sign = options.function == fb::BinaryFunction::Sub ? -1.0 : 1.0;
        const quantize::AddRescale rescale =
            quantize::to_add_rescale(static_cast<double>(a.scale) / output.scale,
                                     sign * static_cast<double>(b.scale) / output.scale, output.format);
        options.multiplier_a = rescale.multiplier_a;
        options.multiplier_b = rescale.multiplier_b;
        options.shift = rescale.shift;
    }
    const quantize::CodeRange codes = quantize::clamp_codes(output, fused.bounds.lo, fused.bounds.hi);
    options.clamp_min = codes.min;
    options.clamp_max = codes.max;
}

struct UnaryChoice {
    const char* op;
    fb::UnaryFunction function;
    float alpha, beta;  ///< ONNX defaults of the attributes "alpha" and "beta"
};
constexpr UnaryChoice kUnaryFunctions[] = {
    {"Sigmoid", fb::UnaryFunction::Sigmoid, 0, 0},
    {"Tanh", fb::UnaryFunction::Tanh, 0, 0},
    {"Exp", fb::UnaryFunction::Exp, 0, 0},
    {"LeakyRelu", fb::UnaryFunction::LeakyRelu, 0.01F, 0},
    {"HardSigmoid", fb::UnaryFunction::HardSigmoid, 0.2F, 0.5F},
    {"HardSwish", fb::UnaryFunction::HardSwish, 1.0F / 6.0F, 0.5F},
    {"Silu", fb::UnaryFunction::Silu, 0, 0},
};

void emit_unary_f32(Lowering& lowering, const ir::Node& node, int source, int result) {
    const auto* choice = std::find_if(std::begin(kUnaryFunctions), std::end(kUnaryFunctions),
                                      [&](const UnaryChoice& entry) { return node.op == entry.op; });
    if (choice == std::end(kUnaryFunctions)) throw Error(node.name, node.op + " has no float32 board implementation");
    fb::UnaryF32T options;
    options.function = choice->function;
    options.alpha = node.real("alpha", choice->alpha);
    options.beta = node.real("beta", choice->beta);
    lowering.emit(node, options, {source}, {result});
}

}  // namespace

void lower_binary(Lowering& lowering, const ir::Node& node) {
    const Layout layout = binary_layout(lowering, node);
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

void lower_clamp(Lowering& lowering, const ir::Node& node) {
    const quantize::ActivationBounds bounds = quantize::activation_bounds(lowering.graph(), node);
    const Layout layout = lowering.layout_of(node.inputs[0]);
    const int source = lowering.read(node, 0);
    const int result = lowering.define(node.outputs[0], layout);
    const Quantization& output = lowering.form(node.outputs[0]);
    if (output.format == NumberFormat::kFloat32) {
        constexpr double kLargest = std::numeric_limits<float>::max();
        fb::UnaryF32T options;
        options.function = fb::UnaryFunction::Clamp;
        options.alpha = static_cast<float>(std::max(bounds.lo, -kLargest));
        options.beta = static_cast<float>(std::min(bounds.hi, kLargest));
        lowering.emit(node, options, {source}, {result});
        return;
    }
    const quantize::CodeRange codes = quantize::clamp_codes(output, bounds.lo, bounds.hi);
    fb::RequantizeT options;
    options.rescale = std::make_unique<fb::Rescale>(
        rescale_option(static_cast<double>(lowering.input_form(node, 0).scale) / output.scale));
    options.clamp_min = codes.min;
    options.clamp_max = codes.max;
    lowering.emit(node, std::move(options), {source}, {result});
}

void lower_unary(Lowering& lowering, const ir::Node& node) {
    const Layout layout = lowering.layout_of(node.inputs[0]);
    const int source = lowering.read(node, 0);
    const int result = lowering.define(node.outputs[0], layout);
    const Quantization& input = lowering.input_form(node, 0);
    const Quantization& output = lowering.form(node.outputs[0]);
    if (output.format == NumberFormat::kFloat32) {
        emit_unary_f32(lowering, node, source, result);
        return;
    }
    const quantize::ScalarFunction function = quantize::scalar_function(node);
    fb::LookupT options;
    options.function = node.op;
    options.table = std::make_unique<fb::Span>(
        output.format == NumberFormat::kInt8 ? lowering.weights().add(quantize::int8_table(function, input, output))
                                             : lowering.weights().add(quantize::int16_table(function, input, output)));
    lowering.emit(node, std::move(options), {source}, {result});
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
    const Quantization& input = lowering.input_form(node, 0);
    const Quantization& output = lowering.form(node.outputs[0]);
    if (output.format != NumberFormat::kFloat32) {
        const quantize::Rescale rescale = quantize::softmax_rescale(input);
        options.rescale = std::make_unique<fb::Rescale>(rescale.multiplier, rescale.shift);
        options.exp2 = std::make_unique<fb::Span>(lowering.weights().add(quantize::softmax_exp2_table()));
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
