// Quantization groups: layers that change their precision together, because a border between them would cost without
// helping anyone.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "calibrate/ranges.h"
#include "ir/graph.h"
#include "quantize/legality.h"
#include "quantize/plan.h"

namespace tinamix::search {

struct Group {
    std::string name;        ///< of its first layer
    std::vector<int> nodes;  ///< indices, in the order of execution; what follows them by rule is not listed
    /// Precisions that every layer has, or has a substitute for (quantize::nearest_legal).
    std::vector<quantize::Precision> precisions;
};

/// Layers that sum (Add, Sub, Min, Max) or join (Concat) share a group with those that make their operands: residual
/// chains, fire modules. A function of one operand, a product, a pool and so on belong to what makes their first
/// operand. What begins a group is a layer with weights, a product of two computed matrices, a normalization or a
/// Softmax. Layers that `rules` names, that are float32 for their structure (head joins) or have one precision only,
/// and what is computed before any such layer belong to no group. Groups are in the order of their first layers.
std::vector<Group> find_groups(const ir::Graph& graph, const calibrate::Ranges& ranges,
                               const quantize::PrecisionRules& rules);

/// Pairs of groups (the lower index first, sorted) of which one reads what the other makes, also through layers of no
/// group: between them stands a border when one has 8 and the other 16 bits.
std::vector<std::pair<size_t, size_t>> find_neighbours(const ir::Graph& graph, const std::vector<Group>& groups);

/// `rules` and one rule for every layer of the groups: group i in `precision[i]`, layers that lack it in the nearest
/// that they have.
quantize::PrecisionRules rules_for(const ir::Graph& graph, const quantize::PrecisionRules& rules,
                                   const std::vector<Group>& groups, const std::vector<quantize::Precision>& precision);

/// A pattern that matches `name` and nothing else.
std::string literal_pattern(const std::string& name);

}  // namespace tinamix::search
