// Which operators only move elements, and which values reach a network output through such operators alone.
#pragma once

#include <vector>

#include "ir/graph.h"

namespace tinamix::ir {

/// True for Reshape, Transpose, Concat, Slice and their kin: every element of the result is one of the operands'.
bool only_moves_data(const Node& node);

/// Per value of the graph: it is a network output, or elements of it become elements of one by data movement alone.
std::vector<bool> values_that_become_outputs(const Graph& graph);

}  // namespace tinamix::ir
