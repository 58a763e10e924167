// Small groups of nodes that are one function.
#include <algorithm>

#include "optimize/optimize.h"
#include "optimize/rewrite.h"

namespace tinamix::optimize {

namespace {

/// Node `index` is Mul(x, Sigmoid(x)): it becomes Silu(x), and the Sigmoid goes away.
bool fuse_silu(ir::Graph& graph, int index) {
    ir::Node& mul = graph.nodes[static_cast<size_t>(index)];
    if (mul.op != "Mul" || !mul.domain.empty() || mul.inputs.size() != 2) {
        return false;
    }
    for (size_t side = 0; side < 2; ++side) {
        const ir::ValueId gate = mul.inputs[side], x = mul.inputs[1 - side];
        const int producer = graph.producer(gate);
        if (producer < 0 || only_reader(graph, gate) != index) {
            continue;
        }
        const ir::Node& sigmoid = graph.nodes[static_cast<size_t>(producer)];
        if (sigmoid.op != "Sigmoid" || !sigmoid.domain.empty() || sigmoid.inputs[0] != x ||
            graph.value(x).type != ir::ElementType::kFloat32) {
            continue;
        }
        mul.fused = fused_name(sigmoid) + "+" + fused_name(mul);
        inherit_names(mul, sigmoid);
        mul.op = "Silu";
        mul.domain = "tinamix";
        mul.inputs = {x};
        graph.nodes.erase(graph.nodes.begin() + producer);
        return true;
    }
    return false;
}

/// Pow(x, 2) is Mul(x, x).
void turn_square_into_mul(ir::Graph& graph, ir::Node& node) {
    const ir::Tensor* exponent = node.op == "Pow" && node.domain.empty() ? constant_input(graph, node, 1) : nullptr;
    if (exponent == nullptr || graph.value(node.inputs[0]).type != ir::ElementType::kFloat32 ||
        graph.value(node.inputs[0]).shape != graph.value(node.outputs[0]).shape) {
        return;
    }
    const std::vector<float> values = exponent->to_floats();
    if (!values.empty() && std::all_of(values.begin(), values.end(), [](float value) { return value == 2.0F; })) {
        node.fused = fused_name(node);
        node.op = "Mul";
        node.inputs = {node.inputs[0], node.inputs[0]};
    }
}

}  // namespace

void fuse_patterns(ir::Graph& graph) {
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        turn_square_into_mul(graph, graph.nodes[i]);
        if (fuse_silu(graph, static_cast<int>(i))) {
            --i;  // the Sigmoid stood before
        }
    }
}

}  // namespace tinamix::optimize
