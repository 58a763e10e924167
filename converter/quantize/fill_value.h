// The value with which Pad fills what it adds.
#pragma once

#include "ir/graph.h"

namespace tinamix::quantize {

/// Fill value of a Pad node; 0 in modes that repeat the input. Throws Error, naming the node, when it is computed at
/// run time.
double fill_value(const ir::Graph& graph, const ir::Node& node);

}  // namespace tinamix::quantize
