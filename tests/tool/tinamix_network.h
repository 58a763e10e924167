// Small ONNX networks with fixed pseudo-random weights, and data for them: what the program tests work on.
#pragma once

#include <string>

#include "ir/graph.h"

namespace tinamix::tests {

/// ONNX bytes. Input "x" [1,3,8,8]; layers "conv1" (Conv 3->8, 3x3, with "relu1"), "conv2" (depthwise 3x3), "pool"
/// (GlobalAveragePool), "flatten", "fc" (Gemm 8->5) -> output "scores" [1,5]. `pool_op` replaces the operator of
/// "pool".
std::string small_network(const std::string& pool_op = "GlobalAveragePool");

/// `count` samples as one [count,3,8,8] tensor in -1..1.
ir::Tensor small_samples(int64_t count, unsigned seed = 1);

/// ONNX bytes. Inputs "x" [1,4] and "s" [1,6], outputs "y" [1,3] and "s_next" [1,6] = Tanh(x W + s R).
std::string recurrent_network();
/// `count` frames for "x" as one [count,1,4] tensor in -1..1.
ir::Tensor recurrent_frames(int64_t count, unsigned seed);

}  // namespace tinamix::tests
