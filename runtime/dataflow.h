// Who writes what, and who reads it afterwards: the part of verification that looks at the whole graph.
#ifndef TINAMIX_RUNTIME_DATAFLOW_H_
#define TINAMIX_RUNTIME_DATAFLOW_H_

#include "error_text.h"
#include "graph.h"

namespace tmx::runtime {

/// Checks, for ops in execution order, that
///   - every tensor index exists, inputs of the graph and outputs of ops lie in the arena, each written once,
///   - an op reads only constants, inputs of the graph, or what an earlier op has written and no op since then has
///     overwritten (the memory plan is simulated, so a wrong plan is found here and not in the results),
///   - outputs and scratch lie in the arena and overlap neither each other nor the op's inputs,
///   - the outputs of the graph are intact at the end, and so are states: the kept tensors and what they become.
/// All that for both ways through the sections for an NPU, whichever of them are taken by their CPU copy, and whether
/// the NPU has failed before or has not been tried. `work` is memory for kDataflowEntries * tensor_count entries, used
/// during the call only. TMX_CORRUPT_MODEL otherwise.
inline constexpr size_t kDataflowEntries = 3;
tmx_status check_dataflow(const Graph& graph, int32_t* work, ErrorText& error);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_DATAFLOW_H_
