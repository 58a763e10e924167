// Operators that move or rename data: the Reshape family, Transpose, Split, Slice, Concat, Resize nearest.
#include <algorithm>

#include "diagnostics/error.h"
#include "float/executor.h"
#include "pack/lowering.h"

namespace tinamix::pack {

namespace fb = tmx::format;

namespace {

int64_t normalised_axis(int64_t axis, size_t rank) { return axis < 0 ? axis + static_cast<int64_t>(rank) : axis; }

/// Emits the Slice of input 0 that starts at `begin` (ONNX order) and has the size of `output`.
void emit_slice(Lowering& lowering, const ir::Node& node, ir::ValueId output, const std::vector<int64_t>& begin) {
    const Layout layout = lowering.layout_of(node.inputs[0]);
    const int source = lowering.read(node, 0);
    const int result = lowering.define(output, layout);
    fb::SliceT options;
    for (uint8_t axis : layout) options.begin.push_back(static_cast<int32_t>(begin[axis]));
    lowering.emit(node, std::move(options), {source}, {result});
}

/// Source index of every output row (axis 2) or column (axis 3), read off the float executor: it resizes a ramp.
std::vector<int32_t> resize_sources(const Lowering& lowering, const ir::Node& node, size_t axis) {
    const ir::Shape& shape = lowering.shape(node.inputs[0]);
    const ir::Shape& resized = lowering.shape(node.outputs[0]);
    ir::Tensor ramp(ir::ElementType::kFloat32, shape);
    const int64_t inner = axis == 2 ? shape[3] : 1;
    for (int64_t i = 0; i < ramp.elements(); ++i) {
        ramp.data<float>()[i] = static_cast<float>(i / inner % shape[axis]);
    }
    std::vector<const ir::Tensor*> inputs;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        inputs.push_back(node.inputs[i] == ir::kNoValue ? nullptr : i == 0 ? &ramp : &lowering.constant_input(node, i));
    }
    const std::vector<ir::Tensor> result = float_exec::evaluate_node(lowering.graph(), node, inputs);
    const int64_t stride = axis == 2 ? resized[3] : 1;
    std::vector<int32_t> sources;
    for (int64_t i = 0; i < resized[axis]; ++i) {
        sources.push_back(static_cast<int32_t>(result[0].data<float>()[i * stride]));
    }
    return sources;
}

}  // namespace

void lower_reshape(Lowering& lowering, const ir::Node& node) {
    const ir::ValueId input = node.inputs[0], output = node.outputs[0];
    const std::optional<Layout> layout =
        reshaped(lowering.shape(input), lowering.layout_of(input), lowering.shape(output));
    if (layout) {
        lowering.define_alias(output, lowering.read(node, 0), *layout);
    } else {
        const int source = lowering.read(node, 0, identity_layout(lowering.shape(input).size()));
        lowering.define_alias(output, source, identity_layout(lowering.shape(output).size()));
    }
}

void lower_transpose(Lowering& lowering, const ir::Node& node) {
    const ir::ValueId input = node.inputs[0];
    std::vector<int64_t> perm = node.integers("perm");
    if (perm.empty()) {
        for (size_t i = lowering.shape(input).size(); i-- > 0;) perm.push_back(static_cast<int64_t>(i));
    }
    lowering.define_alias(node.outputs[0], lowering.read(node, 0), transposed(lowering.layout_of(input), perm));
}

void lower_split(Lowering& lowering, const ir::Node& node) {
    const size_t rank = lowering.shape(node.inputs[0]).size();
    const auto axis = static_cast<size_t>(normalised_axis(node.integer("axis", 0), rank));
    std::vector<int64_t> begin(rank, 0);
    for (ir::ValueId output : node.outputs) {
        if (output == ir::kNoValue) continue;
        if (!lowering.graph().consumers(output).empty() || lowering.graph().is_output(output)) {
            emit_slice(lowering, node, output, begin);
        }
        begin[axis] += lowering.shape(output)[axis];
    }
}

void lower_slice(Lowering& lowering, const ir::Node& node) {
    const ir::Shape& shape = lowering.shape(node.inputs[0]);
    const bool attributes = node.has("starts");  // opset < 10
    const auto operand = [&](size_t index, const char* attribute) -> std::vector<int64_t> {
        if (attributes) return node.integers(attribute);
        if (index >= node.inputs.size() || node.inputs[index] == ir::kNoValue) return {};
        return lowering.constant_input(node, index).to_ints();
    };
    const std::vector<int64_t> starts = operand(1, "starts"), steps = operand(4, "steps");
    std::vector<int64_t> axes = operand(3, "axes");
    for (size_t i = axes.size(); i < starts.size(); ++i) axes.push_back(static_cast<int64_t>(i));
    if (std::any_of(steps.begin(), steps.end(), [](int64_t step) { return step != 1; })) {
        throw Error(node.name, "Slice with a step other than 1 has no board implementation");
    }
    std::vector<int64_t> begin(shape.size(), 0);
    for (size_t i = 0; i < starts.size(); ++i) {
        const auto axis = static_cast<size_t>(normalised_axis(axes[i], shape.size()));
        begin[axis] = std::clamp<int64_t>(starts[i] < 0 ? starts[i] + shape[axis] : starts[i], 0, shape[axis]);
    }
    emit_slice(lowering, node, node.outputs[0], begin);
}

void lower_concat(Lowering& lowering, const ir::Node& node) {
    const size_t rank = lowering.shape(node.outputs[0]).size();
    Layout layout = identity_layout(rank);
    for (ir::ValueId input : node.inputs) {
        if (lowering.graph().is_constant(input)) continue;
        layout = lowering.layout_of(input);
        break;
    }
    std::vector<int32_t> sources;
    for (size_t i = 0; i < node.inputs.size(); ++i) sources.push_back(lowering.read(node, i, layout));
    const int result = lowering.define(node.outputs[0], layout);
    const quantize::Quantization& output = lowering.form(node.outputs[0]);
    fb::ConcatT options;
    options.axis = storage_axis(layout, normalised_axis(node.integer("axis", 0), rank));
    if (output.format != quantize::NumberFormat::kFloat32) {
        for (size_t i = 0; i < node.inputs.size(); ++i) {
            options.rescales.push_back(
                rescale_option(static_cast<double>(lowering.input_form(node, i).scale) / output.scale));
        }
    }
    lowering.emit(node, std::move(options), std::move(sources), {result});
}

void lower_resize(Lowering& lowering, const ir::Node& node) {
    const ir::Shape& input = lowering.shape(node.inputs[0]);
    const ir::Shape& output = lowering.shape(node.outputs[0]);
    if (input.size() != 4 || input[0] != output[0] || input[1] != output[1]) {
        throw Error(node.name, "Resize is supported over the last two of four dimensions only");
    }
    const std::vector<int32_t> rows = resize_sources(lowering, node, 2), columns = resize_sources(lowering, node, 3);
    const int source = lowering.read(node, 0, channels_last(4));
    const int result = lowering.define(node.outputs[0], channels_last(4));
    fb::IndexedCopyT options;
    options.rows = std::make_unique<fb::Span>(lowering.weights().add(rows));
    options.columns = std::make_unique<fb::Span>(lowering.weights().add(columns));
    lowering.emit(node, std::move(options), {source}, {result});
}

}  // namespace tinamix::pack
