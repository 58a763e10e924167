// Comparisons and logic (int32 truth values), Where, and Cast between numbers, indices and truth values.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>

#include "diagnostics/error.h"
#include "pack/broadcast.h"
#include "pack/lowering.h"

namespace tinamix::pack {

namespace fb = tmx::format;
using quantize::NumberFormat;
using quantize::Quantization;

namespace {

struct CompareChoice {
    std::string_view op;
    fb::CompareFunction function;
};
constexpr CompareChoice kCompareFunctions[] = {
    {"Equal", fb::CompareFunction::Equal},
    {"Greater", fb::CompareFunction::Greater},
    {"GreaterOrEqual", fb::CompareFunction::GreaterOrEqual},
    {"Less", fb::CompareFunction::Less},
    {"LessOrEqual", fb::CompareFunction::LessOrEqual},
    {"And", fb::CompareFunction::And},
    {"Or", fb::CompareFunction::Or},
    {"Xor", fb::CompareFunction::Xor},
};

/// The larger scale becomes 2^30; equal scales compare codes exactly.
void set_multipliers(const Quantization& a, const Quantization& b, fb::CompareT& options) {
    constexpr double kOne = 1 << 30;
    const double larger = std::max<double>(a.scale, b.scale);
    options.multiplier_a = static_cast<int32_t>(std::round(a.scale / larger * kOne));
    options.multiplier_b = static_cast<int32_t>(std::round(b.scale / larger * kOne));
}

/// input 0 compared with 0.
void emit_comparison_with_zero(Lowering& lowering, const ir::Node& node, fb::CompareFunction function) {
    const Quantization& form = lowering.input_form(node, 0);
    const Layout layout = lowering.layout_of(node.inputs[0]);
    const int source = lowering.read(node, 0);
    const ir::Shape one(std::max<size_t>(layout.size(), 1), 1);
    const int zero = form.format == NumberFormat::kInt32 ? lowering.index_constant(node.name + "#zero", one, {0})
                                                         : lowering.constant(node.name + "#zero", form, one, {0.0F});
    fb::CompareT options;
    options.function = function;
    set_multipliers(form, form, options);
    lowering.emit(node, options, {source, zero}, {lowering.define(node.outputs[0], layout)});
}

}  // namespace

void lower_compare(Lowering& lowering, const ir::Node& node) {
    const auto* choice = std::find_if(std::begin(kCompareFunctions), std::end(kCompareFunctions),
                                      [&](const CompareChoice& entry) { return node.op == entry.op; });
    const Layout layout = broadcast_output_layout(lowering, node);
    const int a = read_operand(lowering, node, 0, layout);
    const int b = read_operand(lowering, node, 1, layout);
    fb::CompareT options;
    options.function = choice->function;
    set_multipliers(lowering.input_form(node, 0), lowering.input_form(node, 1), options);
    lowering.emit(node, options, {a, b}, {lowering.define(node.outputs[0], layout)});
}

void lower_not(Lowering& lowering, const ir::Node& node) {
    emit_comparison_with_zero(lowering, node, fb::CompareFunction::Equal);
}

void lower_where(Lowering& lowering, const ir::Node& node) {
    const Layout layout = broadcast_output_layout(lowering, node);
    std::vector<int32_t> operands;
    for (size_t i = 0; i < 3; ++i) operands.push_back(read_operand(lowering, node, i, layout));
    lowering.emit(node, fb::SelectT{}, std::move(operands), {lowering.define(node.outputs[0], layout)});
}

void lower_cast(Lowering& lowering, const ir::Node& node) {
    const ir::ElementType from = lowering.graph().value(node.inputs[0]).type;
    const ir::ElementType to = lowering.graph().value(node.outputs[0]).type;
    const Layout layout = lowering.layout_of(node.inputs[0]);
    if (to == ir::ElementType::kBool && from != ir::ElementType::kBool) {
        emit_comparison_with_zero(lowering, node, fb::CompareFunction::NotEqual);
    } else if (to == ir::ElementType::kFloat32 && from != ir::ElementType::kFloat32) {
        const int source = lowering.read(node, 0);
        lowering.emit(node, fb::DequantizeT{}, {source}, {lowering.define(node.outputs[0], layout)});
    } else {
        lowering.define_alias(node.outputs[0], lowering.read(node, 0), layout);
    }
}

}  // namespace tinamix::pack
