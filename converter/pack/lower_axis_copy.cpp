// Operators that copy positions along axes: Slice, Split, Pad, Tile, Expand, Gather.
#include <algorithm>

#include "diagnostics/error.h"
#include "pack/axis_copy.h"
#include "quantize/fill_value.h"

namespace tinamix::pack {

namespace {

int64_t normalised_axis(int64_t axis, size_t rank) { return axis < 0 ? axis + static_cast<int64_t>(rank) : axis; }

/// The constants behind input 0; null where one is absent.
std::vector<const ir::Tensor*> parameters_of(const Lowering& lowering, const ir::Node& node) {
    std::vector<const ir::Tensor*> parameters;
    for (size_t i = 1; i < node.inputs.size(); ++i) {
        parameters.push_back(node.inputs[i] == ir::kNoValue ? nullptr : &lowering.constant_input(node, i));
    }
    return parameters;
}

bool is_read(const ir::Graph& graph, ir::ValueId value) {
    return value != ir::kNoValue && (!graph.consumers(value).empty() || graph.is_output(value));
}

/// Layout of the result of a Gather: the dimensions of the indices stand in the place of the axis.
Layout gathered_layout(const Layout& from, size_t axis, size_t index_rank) {
    Layout layout;
    for (uint8_t stored : from) {
        if (stored == axis) {
            for (size_t i = 0; i < index_rank; ++i) layout.push_back(static_cast<uint8_t>(axis + i));
        } else {
            layout.push_back(static_cast<uint8_t>(stored < axis ? stored : stored + index_rank - 1));
        }
    }
    return layout;
}

/// Indices that the network computes, or that are its input.
void gather_at_run_time(Lowering& lowering, const ir::Node& node, size_t axis) {
    const ir::Shape& index_shape = lowering.shape(node.inputs[1]);
    const Layout from = lowering.layout_of(node.inputs[0]);
    const ir::Shape stored = storage_shape(lowering.shape(node.inputs[0]), from);
    const auto at = stored.begin() + storage_axis(from, static_cast<int64_t>(axis));
    const int64_t outer = ir::element_count(ir::Shape(stored.begin(), at));
    const int64_t inner = ir::element_count(ir::Shape(at + 1, stored.end()));
    const int64_t count = ir::element_count(index_shape);
    const int source = lowering.view(lowering.read(node, 0), {outer, *at, inner});
    const int indices = lowering.view(lowering.read(node, 1, identity_layout(index_shape.size())), {count});
    const int result =
        lowering.define_viewed(node.outputs[0], gathered_layout(from, axis, index_shape.size()), {outer, count, inner});
    lowering.emit(node, tmx::format::GatherT{}, {source, indices}, {result});
}

}  // namespace

void lower_axis_copy(Lowering& lowering, const ir::Node& node) {
    emit_onnx_axis_copy(lowering, node, axis_sources(lowering.graph(), node, parameters_of(lowering, node)),
                        node.outputs[0]);
}

void lower_split(Lowering& lowering, const ir::Node& node) {
    const ir::Shape& shape = lowering.shape(node.inputs[0]);
    const auto axis = static_cast<size_t>(normalised_axis(node.integer("axis", 0), shape.size()));
    int32_t begin = 0;
    for (ir::ValueId output : node.outputs) {
        if (output == ir::kNoValue) throw Error(node.name, "Split without one of its outputs is not supported");
        std::vector<AxisSources> axes;
        for (int64_t size : lowering.shape(output)) axes.push_back(unchanged_axis(size));
        for (int32_t& source : axes[axis]) source += begin;
        begin += static_cast<int32_t>(axes[axis].size());
        if (is_read(lowering.graph(), output)) emit_onnx_axis_copy(lowering, node, axes, output);
    }
}

void lower_pad(Lowering& lowering, const ir::Node& node) {
    // The float executor pads positions: with the fill index, whatever the real value is.
    std::vector<const ir::Tensor*> parameters = parameters_of(lowering, node);
    const ir::Tensor fill_index = ir::Tensor::from({}, std::vector<float>{static_cast<float>(kFillIndex)});
    ir::Node padding = node;
    if (parameters.empty()) {
        padding.attributes["value"] = static_cast<float>(kFillIndex);
    } else {
        parameters.resize(std::max<size_t>(parameters.size(), 2), nullptr);
        parameters[1] = &fill_index;
    }
    emit_onnx_axis_copy(lowering, node, axis_sources(lowering.graph(), padding, parameters), node.outputs[0],
                        quantize::fill_value(lowering.graph(), node));
}

void lower_expand(Lowering& lowering, const ir::Node& node) {
    const ir::Shape& in = lowering.shape(node.inputs[0]);
    const ir::Shape& out = lowering.shape(node.outputs[0]);
    const size_t added = out.size() - in.size();
    // New dimensions stand in front, in the ONNX shape as in the stored one.
    Layout layout = identity_layout(added);
    AxisCopy copy{lowering.read(node, 0), ir::Shape(added, 1), {}, 0};
    for (uint8_t axis : lowering.layout_of(node.inputs[0])) {
        layout.push_back(static_cast<uint8_t>(axis + added));
        copy.shape.push_back(in[axis]);
    }
    for (size_t axis = 0; axis < layout.size(); ++axis) {
        const int64_t size = out[layout[axis]];
        copy.axes.push_back(copy.shape[axis] == size ? unchanged_axis(size)
                                                     : AxisSources(static_cast<size_t>(size), 0));
    }
    emit_axis_copy(lowering, node, copy, node.outputs[0], layout);
}

void lower_gather(Lowering& lowering, const ir::Node& node) {
    const ir::Shape& in = lowering.shape(node.inputs[0]);
    const auto axis = static_cast<size_t>(normalised_axis(node.integer("axis", 0), in.size()));
    if (!lowering.graph().is_constant(node.inputs[1])) {
        gather_at_run_time(lowering, node, axis);
        return;
    }
    const ir::Tensor& indices = lowering.constant_input(node, 1);
    AxisSources sources;
    for (int64_t index : indices.to_ints()) {
        const int64_t position = index < 0 ? index + in[axis] : index;
        if (position < 0 || position >= in[axis]) {
            throw Error(node.name, "index " + std::to_string(index) + " in an axis of " + std::to_string(in[axis]));
        }
        sources.push_back(static_cast<int32_t>(position));
    }
    const Layout from = lowering.layout_of(node.inputs[0]);
    AxisCopy copy{lowering.read(node, 0), storage_shape(in, from), {}, 0};
    for (uint8_t stored : from) copy.axes.push_back(stored == axis ? sources : unchanged_axis(in[stored]));
    emit_axis_copy(lowering, node, copy, node.outputs[0], gathered_layout(from, axis, indices.shape().size()));
}

}  // namespace tinamix::pack
