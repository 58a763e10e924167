// Which operators only move elements, and which values reach a network output through such operators alone.
#pragma once

#include <vector>

#include "ir/graph.h"

namespace tinamix::ir {

/// True for Reshape, Transpose, Concat, Slice and their kin: every element of the result is one of the operands'.
bool only_moves_data(const Node& node);

/// Data movement, Softmax and averages: what is largest in the operand of the last such operators before an output
/// makes what is largest there.
bool carries_scores(const Node& node);

/// Per value of the graph: it is a network output, or becomes one through operators of this kind alone.
std::vector<bool> values_that_become_outputs(const Graph& graph, bool (*passes)(const Node&) = only_moves_data);

}  // namespace tinamix::ir
