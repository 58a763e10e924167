// Which nodes stand in the way of a conversion, all of them, before anything expensive starts.
#pragma once

#include <vector>

#include "diagnostics/unsupported.h"
#include "ir/graph.h"
#include "pack/pack.h"
#include "quantize/plan.h"

namespace tinamix::pack {

/// Every node of the optimized `graph` that has no board implementation: by its operator, attributes, shapes or the
/// precision asked for. Needs no ranges: it plans and lowers the graph as if every value lay in [-1, 1]. Throws Error
/// for rules that match nothing and precisions that are not legal.
std::vector<Unsupported> unsupported_nodes(const ir::Graph& graph, const quantize::PrecisionRules& rules,
                                           const Target& target);

}  // namespace tinamix::pack
