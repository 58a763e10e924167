// Multiply-accumulates and parameters of ONNX nodes.
#include "tool/onnx_cost.h"

namespace tinamix::tool {
namespace {

uint64_t count(const ir::Shape& shape) { return static_cast<uint64_t>(ir::element_count(shape)); }

/// Product of the dimensions from `first` on.
uint64_t count_from(const ir::Shape& shape, size_t first) {
    uint64_t product = 1;
    for (size_t i = first; i < shape.size(); ++i) product *= static_cast<uint64_t>(shape[i]);
    return product;
}

/// Y[T,B,H]-shaped recurrent layers: per step and direction, `gates` products of [H] by [I] and by [H].
uint64_t recurrent(const ir::Graph& graph, const ir::Node& node, uint64_t gates) {
    const ir::Shape& x = graph.value(node.inputs[0]).shape;
    const ir::Shape& w = graph.value(node.inputs[1]).shape;
    const ir::Shape& r = graph.value(node.inputs[2]).shape;
    if (x.size() != 3 || w.size() != 3 || r.size() != 3) return 0;
    const auto steps = static_cast<uint64_t>(x[0] * x[1]);
    const auto hidden = static_cast<uint64_t>(r[2]);
    return steps * static_cast<uint64_t>(w[0]) * gates * hidden * (static_cast<uint64_t>(w[2]) + hidden);
}

}  // namespace

uint64_t multiply_accumulates(const ir::Graph& graph, const ir::Node& node) {
    if (node.inputs.size() < 2 || node.outputs.empty() || node.inputs[0] == ir::kNoValue ||
        node.inputs[1] == ir::kNoValue || node.outputs[0] == ir::kNoValue) {
        return 0;
    }
    const ir::Shape& input = graph.value(node.inputs[0]).shape;
    const ir::Shape& weights = graph.value(node.inputs[1]).shape;
    const ir::Shape& output = graph.value(node.outputs[0]).shape;
    // Each output element reads one filter; each input element of a transposed convolution writes one.
    if (node.op == "Conv") return count(output) * count_from(weights, 1);
    if (node.op == "ConvTranspose") return count(input) * count_from(weights, 1);
    if (node.op == "Gemm" && input.size() == 2) {
        return count(output) * static_cast<uint64_t>(input[node.integer("transA", 0) != 0 ? 0 : 1]);
    }
    if (node.op == "MatMul" && !input.empty()) return count(output) * static_cast<uint64_t>(input.back());
    if (node.inputs.size() >= 3) {
        if (node.op == "LSTM") return recurrent(graph, node, 4);
        if (node.op == "GRU") return recurrent(graph, node, 3);
        if (node.op == "RNN") return recurrent(graph, node, 1);
    }
    return 0;
}

Parameters parameters(const ir::Graph& graph, const ir::Node& node) {
    Parameters sum;
    for (const ir::ValueId id : node.inputs) {
        if (!graph.is_constant(id)) continue;
        const ir::Tensor& constant = *graph.value(id).constant;
        if (constant.type() != ir::ElementType::kFloat32 && constant.type() != ir::ElementType::kFloat64) continue;
        sum.elements += static_cast<uint64_t>(constant.elements());
        sum.bytes += constant.bytes();
    }
    return sum;
}

}  // namespace tinamix::tool
