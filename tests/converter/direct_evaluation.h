// QuantizeLinear and DequantizeLinear models by the letter of the specification, in double: what remains between this
// and the integer kernels is theirs, not that of float32 sums.
#pragma once

#include <vector>

#include "ir/graph.h"

namespace tinamix {

/// The first output of an imported model of Conv, Gemm, Add, Relu, Clip, GlobalAveragePool, Flatten and Softmax (over
/// the last axis) between such nodes, for its only input. Throws Error for other operators.
std::vector<double> evaluate_directly(const ir::Graph& graph, const ir::Tensor& input);

}  // namespace tinamix
