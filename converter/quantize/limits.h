// What kernels cannot do although they have the operator: attributes, operands and shapes of single nodes. Each
// function gives the reason, or "" for a node that can be computed; legality.cpp says which operator has which limits.
#pragma once

#include <string>

#include "ir/graph.h"

namespace tinamix::quantize {

/// Weights and biases (all inputs but the first) are constants.
std::string weights_limit(const ir::Graph& graph, const ir::Node& node);
/// The node's data has one or two spatial dimensions.
std::string window_limit(const ir::Graph& graph, const ir::Node& node);
/// window_limit(), no output of indices, and float32.
std::string max_pool_limit(const ir::Graph& graph, const ir::Node& node);
/// Everything but the data (input 0) is constant: bounds, pads, repeats, sizes, indices.
std::string parameters_limit(const ir::Graph& graph, const ir::Node& node);

/// One constant exponent.
std::string pow_limit(const ir::Graph& graph, const ir::Node& node);
/// Constant axes, and float32.
std::string reduce_limit(const ir::Graph& graph, const ir::Node& node);
/// The first input is float32.
std::string real_input_limit(const ir::Graph& graph, const ir::Node& node);
/// Not from float32 to indices.
std::string cast_limit(const ir::Graph& graph, const ir::Node& node);

}  // namespace tinamix::quantize
