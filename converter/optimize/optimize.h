// Rewrites that keep the function and make it cheaper or easier to quantize, in ONNX semantics: the result runs in
// the float executor and keeps the ONNX names of the tensors that survive.
#pragma once

#include "ir/graph.h"

namespace tinamix::optimize {

enum class Folding {
    kAll,
    kKeepCodes  ///< but DequantizeLinear stays: its integers are wanted (quantize/stated.h)
};
/// Evaluates nodes whose inputs are all constant (optimize/constant_folding.cpp). Throws Error when the results of a
/// model would take more memory than any honest one needs.
void fold_constants(ir::Graph& graph, Folding folding = Folding::kAll);
/// BatchNormalization, and Mul/Add by per-channel constants, into the convolution or product before
/// (batch_norm_folding.cpp).
void fold_batch_norm(ir::Graph& graph);
/// MatMul by a constant [+ Add of a constant] -> Gemm; Conv + Add of a per-channel constant -> Conv with bias
/// (bias_fusion.cpp).
void fuse_bias(ir::Graph& graph);
/// x * Sigmoid(x) -> Silu (domain "tinamix"); Pow(x, 2) -> Mul(x, x) (pattern_fusion.cpp). A fused node keeps the name
/// and the output of the last node of the group.
void fuse_patterns(ir::Graph& graph);

/// Gelu, HardSwish, HardSigmoid and Mish that are written out become one node (activation_patterns.cpp).
void fuse_activations(ir::Graph& graph);

/// Div by a constant -> Mul; Sum, Mean and variadic Min and Max -> chains of two operands; PRelu with one slope ->
/// LeakyRelu (decomposition.cpp).
void decompose(ir::Graph& graph);
/// BatchNormalization that fold_batch_norm() left -> depthwise Conv (images) or Mul and Add (decomposition.cpp).
void replace_batch_norms(ir::Graph& graph);
/// Gemm of two computed matrices, with a transposed A or a computed C -> Transpose, MatMul, Mul, Add
/// (gemm_splitting.cpp).
void split_gemm(ir::Graph& graph);
/// Normalization written out -> LayerNormalization, LpNormalization (normalization_fusion.cpp).
void fuse_normalization(ir::Graph& graph);
/// sqrt(a * a + b * b) and sqrt(sum(x * x)) -> ReduceL2 (length_fusion.cpp).
void fuse_lengths(ir::Graph& graph);
/// LSTM gets a fourth output "<node>#cell", the range of its cell state over all steps, for calibration
/// (cell_states.cpp).
void expose_cell_states(ir::Graph& graph);

/// Drops Identity, Reshape, Transpose, Clip, Cast and the like that change nothing (no_op_removal.cpp).
void remove_no_ops(ir::Graph& graph);

/// Transpose of a Transpose -> one Transpose; where both cancel, remove_no_ops() drops it (transpose_merging.cpp).
void merge_transposes(ir::Graph& graph);

/// All of the above to a fixed point, then dead code removal.
void optimize(ir::Graph& graph);

}  // namespace tinamix::optimize
