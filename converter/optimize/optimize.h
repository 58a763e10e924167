// Rewrites that keep the function and make it cheaper or easier to quantize, in ONNX semantics: the result runs in
// the float executor and keeps the ONNX names of the tensors that survive.
#pragma once

#include "ir/graph.h"

namespace tinamix::optimize {

/// Evaluates nodes whose inputs are all constant (optimize/constant_folding.cpp).
void fold_constants(ir::Graph& graph);
/// BatchNormalization, and Mul/Add by per-channel constants, into the convolution or product before
/// (batch_norm_folding.cpp).
void fold_batch_norm(ir::Graph& graph);
/// MatMul by a constant [+ Add of a constant] -> Gemm; Conv + Add of a per-channel constant -> Conv with bias
/// (bias_fusion.cpp).
void fuse_bias(ir::Graph& graph);
/// x * Sigmoid(x) -> Silu (domain "tinamix"); Pow(x, 2) -> Mul(x, x) (pattern_fusion.cpp). A fused node keeps the name
/// and the output of the last node of the group.
void fuse_patterns(ir::Graph& graph);

/// Drops Identity, Reshape, Transpose, Clip, Cast and the like that change nothing (no_op_removal.cpp).
void remove_no_ops(ir::Graph& graph);

/// All of the above to a fixed point, then dead code removal.
void optimize(ir::Graph& graph);

}  // namespace tinamix::optimize
