// The order of the passes.
#include "optimize/optimize.h"

namespace tinamix::optimize {

namespace {

void run_to_fixed_point(ir::Graph& graph) {
    size_t before = 0;
    do {
        before = graph.nodes.size();
        fold_constants(graph);
        decompose(graph);
        merge_transposes(graph);
        split_gemm(graph);
        fuse_normalization(graph);
        fuse_lengths(graph);
        remove_no_ops(graph);
        fold_batch_norm(graph);
        fuse_bias(graph);
        fuse_patterns(graph);
        fuse_activations(graph);
    } while (graph.nodes.size() != before);
}

}  // namespace

void optimize(ir::Graph& graph) {
    run_to_fixed_point(graph);
    replace_batch_norms(graph);  // nothing else can take what is left of them
    run_to_fixed_point(graph);
    graph.remove_dead();
    expose_cell_states(graph);
}

}  // namespace tinamix::optimize
