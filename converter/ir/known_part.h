// A graph without the nodes that nobody understands.
#pragma once

#include <set>

#include "ir/graph.h"

namespace tinamix::ir {

/// `graph` without the nodes at the indices `dropped` and without every node that touches a value of `unknown`. What
/// the rest reads of them becomes an input, what they read of the rest becomes an output, so the result is a graph that
/// can be looked at on its own. It computes nothing that means anything to a user.
Graph known_part(const Graph& graph, const std::set<int>& dropped, const std::set<ValueId>& unknown);

}  // namespace tinamix::ir
