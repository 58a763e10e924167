// Conv or Gemm followed by a scale and shift per channel becomes one node.
#include "optimize/optimize.h"
#include "optimize/per_channel.h"
#include "optimize/rewrite.h"

namespace tinamix::optimize {

void fold_batch_norm(ir::Graph& graph) {
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const auto index = static_cast<int>(i);
        while (takes_affine(graph.nodes[i])) {
            const ir::ValueId out = graph.nodes[i].outputs[0];
            const int next = only_reader(graph, out);
            const auto affine = next < 0 ? std::nullopt : affine_of(graph, graph.nodes[static_cast<size_t>(next)], out);
            if (!affine || affine->only_offset || !take_into_weights(graph, index, *affine)) {
                break;
            }
            absorb_next(graph, index, next);
        }
    }
}

}  // namespace tinamix::optimize
