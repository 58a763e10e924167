// States of recurrent networks: inputs that are fed with what an output was in the run before.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace tinamix::ir {

/// Makes states of the given pairs {output name, input name}: both leave the interface of the graph. Throws Error, with
/// the nearest name, for a name that is no output or input, for shapes or types that differ, for a name used twice, and
/// when no input or no output would be left.
void bind_states(Graph& graph, const std::map<std::string, std::string>& pairs);

/// Pairs {output, input} that look like states: the same shape and type, of no other input or output. Only a guess, for
/// messages.
std::map<std::string, std::string> likely_states(const Graph& graph);

}  // namespace tinamix::ir
