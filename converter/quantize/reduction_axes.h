// Which dimensions a reduction goes over: an attribute in older opsets, a constant input in newer ones.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/graph.h"

namespace tinamix::quantize {

/// Of Reduce*: counted from the front, ascending; all where the node names none (unless noop_with_empty_axes says
/// otherwise). Throws Error naming the node for axes that are computed at run time or outside the rank.
std::vector<int64_t> reduced_axes(const ir::Graph& graph, const ir::Node& node);

/// Of ArgMax, ArgMin, TopK: the attribute `axis`, counted from the front. Throws Error outside the rank.
int64_t reduced_axis(const ir::Graph& graph, const ir::Node& node, int64_t otherwise);

}  // namespace tinamix::quantize
