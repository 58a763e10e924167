// A constant added per channel becomes the bias of the product before it; MatMul of a matrix by a constant is a Gemm.
#include "optimize/optimize.h"
#include "optimize/per_channel.h"
#include "optimize/rewrite.h"

namespace tinamix::optimize {

namespace {

/// Gemm takes matrices only, so a MatMul over batches stays one.
void turn_into_gemm(const ir::Graph& graph, ir::Node& node) {
    const ir::Tensor* weights = constant_input(graph, node, 1);
    if (node.op == "MatMul" && node.domain.empty() && weights != nullptr && weights->shape().size() == 2 &&
        weights->type() == ir::ElementType::kFloat32 && graph.value(node.inputs[0]).shape.size() == 2) {
        node.fused = fused_name(node);
        node.op = "Gemm";
    }
}

}  // namespace

void fuse_bias(ir::Graph& graph) {
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const auto index = static_cast<int>(i);
        turn_into_gemm(graph, graph.nodes[i]);
        while (takes_affine(graph.nodes[i])) {
            const ir::ValueId out = graph.nodes[i].outputs[0];
            const int next = only_reader(graph, out);
            const auto affine = next < 0 ? std::nullopt : affine_of(graph, graph.nodes[static_cast<size_t>(next)], out);
            if (!affine || !affine->only_offset || !take_into_weights(graph, index, *affine)) {
                break;
            }
            absorb_next(graph, index, next);
        }
    }
}

}  // namespace tinamix::optimize
