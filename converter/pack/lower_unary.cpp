// Relu and Clip that stand alone, and functions of one variable: tables in integers, computed in float32.
#include <algorithm>
#include <iterator>
#include <string_view>

#include "diagnostics/error.h"
#include "pack/lowering.h"
#include "quantize/scalar_functions.h"
#include "quantize/tables.h"

namespace tinamix::pack {

namespace fb = tmx::format;
using quantize::NumberFormat;
using quantize::Quantization;

namespace {

/// The float32 function of an operator, and the attributes (with ONNX's defaults) that shape it.
struct UnaryChoice {
    std::string_view op;
    fb::UnaryFunction function;
    const char* alpha = nullptr;
    float alpha_default = 0;
    const char* beta = nullptr;
    float beta_default = 0;
};
constexpr UnaryChoice kUnaryFunctions[] = {
    {"Sigmoid", fb::UnaryFunction::Sigmoid},
    {"Tanh", fb::UnaryFunction::Tanh},
    {"Exp", fb::UnaryFunction::Exp},
    {"LeakyRelu", fb::UnaryFunction::LeakyRelu, "alpha", 0.01F},
    {"HardSigmoid", fb::UnaryFunction::HardSigmoid, "alpha", 0.2F, "beta", 0.5F},
    {"HardSwish", fb::UnaryFunction::HardSwish},
    {"Silu", fb::UnaryFunction::Silu},
    {"Neg", fb::UnaryFunction::Neg},
    {"Abs", fb::UnaryFunction::Abs},
    {"Elu", fb::UnaryFunction::Elu, "alpha", 1.0F},
    {"Selu", fb::UnaryFunction::Selu, "alpha", 1.67326319F, "gamma", 1.05070102F},
    {"Celu", fb::UnaryFunction::Celu, "alpha", 1.0F},
    {"ThresholdedRelu", fb::UnaryFunction::ThresholdedRelu, "alpha", 1.0F},
    {"Gelu", fb::UnaryFunction::Gelu},
    {"Erf", fb::UnaryFunction::Erf},
    {"Mish", fb::UnaryFunction::Mish},
    {"Log", fb::UnaryFunction::Log},
    {"Sqrt", fb::UnaryFunction::Sqrt},
    {"Reciprocal", fb::UnaryFunction::Reciprocal},
    {"Softplus", fb::UnaryFunction::Softplus},
    {"Softsign", fb::UnaryFunction::Softsign},
    {"Pow", fb::UnaryFunction::Pow},
    {"Floor", fb::UnaryFunction::Floor},
    {"Ceil", fb::UnaryFunction::Ceil},
    {"Round", fb::UnaryFunction::Round},
    {"Sign", fb::UnaryFunction::Sign},
    {"Sin", fb::UnaryFunction::Sin},
    {"Cos", fb::UnaryFunction::Cos},
};

void emit_unary_f32(Lowering& lowering, const ir::Node& node, int source, int result) {
    const auto* choice = std::find_if(std::begin(kUnaryFunctions), std::end(kUnaryFunctions),
                                      [&](const UnaryChoice& entry) { return node.op == entry.op; });
    if (choice == std::end(kUnaryFunctions)) throw Error(node.name, node.op + " has no float32 board implementation");
    fb::UnaryF32T options;
    options.function = choice->function;
    if (choice->alpha != nullptr) options.alpha = node.real(choice->alpha, choice->alpha_default);
    if (choice->beta != nullptr) options.beta = node.real(choice->beta, choice->beta_default);
    if (node.op == "Pow") {
        options.alpha = static_cast<float>(quantize::uniform_constant(lowering.graph(), node, 1));
    }
    if (node.op == "Gelu" && node.text("approximate", "none") == "tanh") {
        options.function = fb::UnaryFunction::GeluTanh;
    }
    lowering.emit(node, options, {source}, {result});
}

}  // namespace

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
    const quantize::ScalarFunction function = quantize::scalar_function(lowering.graph(), node);
    fb::LookupT options;
    options.function = node.op;
    if (output.format == NumberFormat::kInt8) {
        options.table =
            std::make_unique<fb::Span>(lowering.weights().add(quantize::int8_table(function, input, output)));
    } else {
        const quantize::Int16Table table = quantize::best_int16_table(function, input, output);
        options.octaves = table.octaves;
        options.interval_bits = static_cast<uint8_t>(table.interval_bits);
        options.table = std::make_unique<fb::Span>(lowering.weights().add(table.entries));
    }
    lowering.emit(node, std::move(options), {source}, {result});
}

}  // namespace tinamix::pack
