// The order of the passes.
#include "optimize/optimize.h"

namespace tinamix::optimize {

void optimize(ir::Graph& graph) {
    size_t before = 0;
    do {
        before = graph.nodes.size();
        fold_constants(graph);
        remove_no_ops(graph);
        fold_batch_norm(graph);
        fuse_bias(graph);
        fuse_patterns(graph);
    } while (graph.nodes.size() != before);
    graph.remove_dead();
}

}  // namespace tinamix::optimize
