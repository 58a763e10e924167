// Detector heads: a Concat that puts values of very different size side by side on their way to an output of the
// network, boxes in pixels beside scores of 0..1 for instance. One scale cannot serve both.
#pragma once

#include <vector>

#include "calibrate/ranges.h"
#include "ir/graph.h"

namespace tinamix::quantize {

/// Ranges of a join's inputs differ by more than this factor.
inline constexpr double kHeadJoinDisparity = 16.0;

struct HeadJoin {
    int node = -1;         ///< index of the Concat
    double disparity = 1;  ///< largest magnitude of its inputs' observed ranges over the smallest that is not 0
    bool operator==(const HeadJoin&) const = default;
};

/// Every Concat whose result becomes part of a network output by data movement alone, and whose inputs' ranges differ
/// by more than kHeadJoinDisparity; in the order of execution. Only structure and ranges decide, names do not. Inputs
/// that were not measured (movers may lack a range) count with what they move; those without any range do not count.
std::vector<HeadJoin> find_head_joins(const ir::Graph& graph, const calibrate::Ranges& ranges);

}  // namespace tinamix::quantize
