// Relu and Clip as the clamp of the layer before them: the one place where this is decided.
#pragma once

#include "ir/graph.h"
#include "quantize/plan.h"

namespace tinamix::quantize {

/// Bounds of a Relu or Clip; infinite where there is none.
struct ActivationBounds {
    double lo, hi;
};
/// Bounds of `node`, which must be a Relu or a Clip (attributes or constant inputs). Throws Error, naming the node, for
/// bounds that are computed at run time, are NaN, or have lo > hi.
ActivationBounds activation_bounds(const ir::Graph& graph, const ir::Node& node);

/// True if node `node_index` is a Relu or Clip that becomes the clamp of the node that makes its input: that is a Conv,
/// Gemm, MatMul, Add, Sub or Mul, its result has this one reader and is no graph output, and both have the same
/// precision (for integer layers: the same activation format). The plan then gives the skipped value and the
/// activation's output the same quantization.
bool fuses_into_producer(const ir::Graph& graph, const Plan& plan, int node_index);

}  // namespace tinamix::quantize
