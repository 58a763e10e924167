// The first half of the plan: which precision each node computes in, from the rules of the user.
#pragma once

#include <vector>

#include "ir/graph.h"
#include "quantize/head_join.h"
#include "quantize/plan.h"

namespace tinamix::quantize {

/// Per node of the graph. What counts as named and who follows whom: make_plan. `joins` are made in float32 unless
/// named; those that are not are taken out. Throws what make_plan throws for rules and operators.
std::vector<Precision> assign_node_precisions(const ir::Graph& graph, const PrecisionRules& rules,
                                              std::vector<HeadJoin>& joins);

/// The precision in which something that all `readers` read is best kept: with 16 bit activations if any reader has
/// them (w16a16 before w8a16), else with 8 bit, float32 only if all readers are; `otherwise` when there are none.
Precision precision_for_readers(const std::vector<Precision>& readers, Precision otherwise);

}  // namespace tinamix::quantize
