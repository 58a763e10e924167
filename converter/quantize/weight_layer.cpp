#include "quantize/weight_layer.h"

#include "float/window.h"

namespace tinamix::quantize {

namespace {

std::optional<WeightLayer> convolution(const ir::Graph& graph, const ir::Node& node, WeightLayer layer) {
    const ir::Shape &input = graph.value(layer.input).shape, &weights = graph.value(layer.weights).shape;
    if (weights.size() != input.size() || (weights.size() != 3 && weights.size() != 4)) return std::nullopt;
    layer.takes_bias = true;
    layer.groups = node.integer("group", 1);
    layer.channels = weights[0];
    layer.positions = input[0];
    layer.inputs = weights[1];
    const ir::Shape spatial(input.begin() + 2, input.end()), kernel(weights.begin() + 2, weights.end());
    if (spatial.size() == 1) layer.axes.push_back({1, 1, 1, 0, 1, 1});
    for (const float_exec::WindowAxis& axis : float_exec::window_axes(node, spatial, kernel)) {
        layer.axes.push_back({axis.kernel, axis.stride, axis.dilation, axis.pad_begin, axis.input, axis.output});
        layer.positions *= axis.output;
        layer.inputs *= axis.kernel;
    }
    return layer;
}

std::optional<WeightLayer> product(const ir::Graph& graph, const ir::Node& node, WeightLayer layer) {
    const ir::Shape &input = graph.value(layer.input).shape, &weights = graph.value(layer.weights).shape;
    if (weights.size() != 2 || input.empty()) return std::nullopt;
    layer.takes_bias = node.op == "Gemm";
    if (node.op == "Gemm" &&
        (node.integer("transA", 0) != 0 || node.real("alpha", 1) != 1 || node.real("beta", 1) != 1))
        return std::nullopt;
    layer.weights_by_input_row = node.op == "MatMul" || node.integer("transB", 0) == 0;
    layer.channels = weights[layer.weights_by_input_row ? 1 : 0];
    layer.inputs = weights[layer.weights_by_input_row ? 0 : 1];
    if (input.back() != layer.inputs) return std::nullopt;
    layer.positions = ir::element_count(input) / layer.inputs;
    return layer;
}

}  // namespace

std::vector<float> WeightLayer::rows(const ir::Graph& graph) const {
    const std::vector<float> values = graph.value(weights).constant->to_floats();
    if (!weights_by_input_row) return values;
    std::vector<float> result(values.size());
    for (int64_t i = 0; i < inputs; ++i) {
        for (int64_t o = 0; o < channels; ++o) {
            result[static_cast<size_t>(o * inputs + i)] = values[static_cast<size_t>(i * channels + o)];
        }
    }
    return result;
}

ir::Tensor WeightLayer::tensor(const ir::Graph& graph, const std::vector<float>& rows) const {
    const ir::Shape& shape = graph.value(weights).shape;
    if (!weights_by_input_row) return ir::Tensor::from(shape, rows);
    std::vector<float> values(rows.size());
    for (int64_t i = 0; i < inputs; ++i) {
        for (int64_t o = 0; o < channels; ++o) {
            values[static_cast<size_t>(i * channels + o)] = rows[static_cast<size_t>(o * inputs + i)];
        }
    }
    return ir::Tensor::from(shape, values);
}

void WeightLayer::offsets(int64_t group, int64_t position, std::vector<int64_t>& result) const {
    result.clear();
    if (axes.empty()) {
        for (int64_t i = 0; i < inputs; ++i) result.push_back(position * inputs + i);
        return;
    }
    const Axis &height = axes[0], &width = axes[1];
    const int64_t column = position % width.output, row = position / width.output % height.output,
                  image = position / (width.output * height.output);
    const int64_t in_channels = inputs / (height.kernel * width.kernel), plane = height.input * width.input;
    for (int64_t c = 0; c < in_channels; ++c) {
        const int64_t start = ((image * groups + group) * in_channels + c) * plane;
        for (int64_t ky = 0; ky < height.kernel; ++ky) {
            const int64_t y = row * height.stride + ky * height.dilation - height.pad;
            for (int64_t kx = 0; kx < width.kernel; ++kx) {
                const int64_t x = column * width.stride + kx * width.dilation - width.pad;
                const bool inside = y >= 0 && y < height.input && x >= 0 && x < width.input;
                result.push_back(inside ? start + y * width.input + x : -1);
            }
        }
    }
}

std::optional<WeightLayer> weight_layer(const ir::Graph& graph, int node_index) {
    const ir::Node& node = graph.nodes[static_cast<size_t>(node_index)];
    if (!node.domain.empty() || (node.op != "Conv" && node.op != "Gemm" && node.op != "MatMul")) return std::nullopt;
    WeightLayer layer;
    layer.node = node_index;
    layer.input = node.inputs[0];
    layer.weights = node.inputs[1];
    layer.bias = node.inputs.size() > 2 ? node.inputs[2] : ir::kNoValue;
    if (!graph.is_constant(layer.weights) || graph.is_constant(layer.input)) return std::nullopt;
    if (layer.bias != ir::kNoValue && !graph.is_constant(layer.bias)) return std::nullopt;
    if (graph.value(layer.weights).type != ir::ElementType::kFloat32) return std::nullopt;
    return node.op == "Conv" ? convolution(graph, node, layer) : product(graph, node, layer);
}

}  // namespace tinamix::quantize
