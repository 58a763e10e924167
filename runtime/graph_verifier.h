// Checks of the graph's header, before any memory is allocated for the model.
#ifndef TINAMIX_RUNTIME_GRAPH_VERIFIER_H_
#define TINAMIX_RUNTIME_GRAPH_VERIFIER_H_

#include "error_text.h"
#include "frame.h"

namespace tmx::runtime {

/// Versions, processor features, counts, arena and segment sizes, sections; of each op what can be said without its
/// tensors. TMX_TOO_NEW, TMX_UNSUPPORTED_ISA, TMX_UNSUPPORTED_OP or TMX_CORRUPT_MODEL.
/// *state_bytes: sum over the ops of their state (op.h), each rounded up to kStateAlignment.
tmx_status check_graph_header(const Frame& frame, uint64_t* state_bytes, ErrorText& error);

inline constexpr uint64_t kStateAlignment = 16;

/// Bytes of the state of one op, rounded up. Its kind must be in this build.
uint64_t op_state_bytes(const format::Op& op);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_GRAPH_VERIFIER_H_
