// LayerNormalization, InstanceNormalization and LpNormalization: one op over rows, with a gain and a bias per channel.
#include <algorithm>
#include <cmath>

#include "diagnostics/error.h"
#include "pack/lowering.h"
#include "quantize/normalization.h"

namespace tinamix::pack {

namespace fb = tmx::format;
using quantize::NumberFormat;

namespace {

/// What is normalized, in the order in which the op reads it.
struct Rows {
    Layout layout;
    int64_t elements, period = 1, run = 1;  ///< schema/tinamix.fbs, Normalize
    std::vector<float> gains, biases;       ///< per channel
};

/// Values of a parameter of LayerNormalization, one per element of a row of `shape`.
std::vector<float> expanded(const ir::Tensor& parameter, const ir::Shape& shape) {
    const std::vector<float> values = parameter.to_floats();
    const int64_t count = ir::element_count(shape);
    std::vector<float> result(static_cast<size_t>(count));
    const ir::Shape& own = parameter.shape();
    for (int64_t i = 0; i < count; ++i) {
        int64_t rest = i, offset = 0, stride = 1;
        for (size_t d = shape.size(); d-- > 0;) {
            const size_t missing = shape.size() - own.size();
            if (d >= missing) {
                if (own[d - missing] != 1) offset += rest % shape[d] * stride;
                stride *= own[d - missing];
            }
            rest /= shape[d];
        }
        result[static_cast<size_t>(i)] = values[static_cast<size_t>(offset)];
    }
    return result;
}

size_t positive_axis(int64_t axis, size_t rank) {
    return static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(rank) : axis);
}

Rows layer_rows(const Lowering& lowering, const ir::Node& node) {
    const ir::Shape& shape = lowering.shape(node.inputs[0]);
    const size_t axis = positive_axis(node.integer("axis", -1), shape.size());
    const ir::Shape row(shape.begin() + static_cast<std::ptrdiff_t>(axis), shape.end());
    Rows rows{identity_layout(shape.size()), ir::element_count(row), 1, 1, {}, {}};
    rows.gains = expanded(lowering.constant_input(node, 1), row);
    if (node.inputs.size() > 2 && node.inputs[2] != ir::kNoValue) {
        rows.biases = expanded(lowering.constant_input(node, 2), row);
    }
    return rows;
}

Rows instance_rows(const Lowering& lowering, const ir::Node& node) {
    const ir::Shape& shape = lowering.shape(node.inputs[0]);
    const int64_t pixels = ir::element_count(ir::Shape(shape.begin() + 2, shape.end()));
    return {identity_layout(shape.size()),
            pixels,
            shape[1],
            pixels,
            lowering.constant_input(node, 1).to_floats(),
            lowering.constant_input(node, 2).to_floats()};
}

/// One axis, moved to the end of the stored order.
Rows length_rows(const Lowering& lowering, const ir::Node& node) {
    const ir::Shape& shape = lowering.shape(node.inputs[0]);
    const size_t axis = positive_axis(node.integer("axis", -1), shape.size());
    Rows rows{lowering.layout_of(node.inputs[0]), shape[axis], 1, shape[axis], {1.0F}, {}};
    rows.layout.erase(rows.layout.begin() + storage_axis(rows.layout, static_cast<int64_t>(axis)));
    rows.layout.push_back(static_cast<uint8_t>(axis));
    return rows;
}

}  // namespace

void lower_normalize(Lowering& lowering, const ir::Node& node) {
    const bool centered = node.op != "LpNormalization";
    Rows rows = node.op == "LayerNormalization"      ? layer_rows(lowering, node)
                : node.op == "InstanceNormalization" ? instance_rows(lowering, node)
                                                     : length_rows(lowering, node);
    rows.biases.resize(rows.gains.size());
    const float epsilon = centered ? node.real("epsilon", 1e-5F) : 0.0F;
    const int source = lowering.read(node, 0, rows.layout);
    fb::NormalizeT options;
    options.row_elements = static_cast<int32_t>(rows.elements);
    options.row_period = static_cast<int32_t>(rows.period);
    options.run = static_cast<int32_t>(rows.run);
    options.centered = centered;
    const quantize::Quantization& output = lowering.form(node.outputs[0]);
    if (output.format == NumberFormat::kFloat32) {
        options.epsilon_f32 = epsilon;
        options.gains = std::make_unique<fb::Span>(lowering.weights().add(rows.gains));
        options.biases = std::make_unique<fb::Span>(lowering.weights().add(rows.biases));
    } else {
        const quantize::NormalizationStage stage =
            quantize::normalization_stage(rows.gains, rows.biases, output, node.name);
        options.epsilon =
            quantize::normalization_epsilon(epsilon, centered ? rows.elements : 1, lowering.input_form(node, 0));
        options.gains = std::make_unique<fb::Span>(lowering.weights().add(stage.gains));
        options.biases = std::make_unique<fb::Span>(lowering.weights().add(stage.biases));
        options.shift = stage.shift;
        const quantize::CodeRange codes = quantize::code_range(output.format);
        options.clamp_min = codes.min;
        options.clamp_max = codes.max;
    }
    lowering.emit(node, std::move(options), {source}, {lowering.define(node.outputs[0], rows.layout)});
}

}  // namespace tinamix::pack
