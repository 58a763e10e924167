// What an Einsum does: its labels, their sizes, and how each operand walks along them.
#pragma once

#include <string>
#include <vector>

#include "float/strided_copy.h"
#include "ir/graph.h"

namespace tinamix::float_exec {

struct EinsumPlan {
    std::string labels;          ///< those of the output, then those that are summed
    std::vector<int64_t> sizes;  ///< of the labels
    size_t output_rank;
    std::vector<Strides> steps;  ///< per operand and label
};

/// Reads the equation for operands of these `shapes`. Throws Error naming the node for what does not fit.
EinsumPlan einsum_plan(const ir::Node& node, const std::vector<ir::Shape>& shapes);

}  // namespace tinamix::float_exec
