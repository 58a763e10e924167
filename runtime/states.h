// Tensors that keep their contents from one run to the next.
#ifndef TINAMIX_RUNTIME_STATES_H_
#define TINAMIX_RUNTIME_STATES_H_

#include "error_text.h"
#include "graph.h"

namespace tmx::runtime {

inline uint32_t state_count(const Graph& graph) {
    return graph.file->states() == nullptr ? 0 : graph.file->states()->size();
}

/// Checks that the tensors of each pair exist, lie in the arena, own their memory (the kept one) and can be copied by
/// bytes; and that no tensor is kept twice. TMX_CORRUPT_MODEL otherwise. Whether they are intact when they must be is
/// checked with the dataflow.
tmx_status check_states(const Graph& graph, ErrorText& error);

/// All kept tensors to zero.
void clear_states(const Graph& graph);
/// After a run: what the next one finds.
void keep_states(const Graph& graph);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_STATES_H_
