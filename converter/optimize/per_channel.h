// Operators that scale and shift each channel by constants, and products that can take that into their weights.
#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"

namespace tinamix::optimize {

/// y[c] = factor[c] * x[c] + offset[c] for every channel c.
struct Affine {
    std::vector<double> factor, offset;
    /// The factor is 1 for every channel.
    bool only_offset = true;
};

/// Conv, ConvTranspose, Gemm: a product that take_into_weights() may change.
bool takes_affine(const ir::Node& node);

/// What `node` does to its input `x`, if it is a BatchNormalization, Mul, Div, Add or Sub with constants that differ
/// between channels (axis 1) only and its result has the shape of `x`.
std::optional<Affine> affine_of(const ir::Graph& graph, const ir::Node& node, ir::ValueId x);

/// Takes `affine`, which follows node `index`, into the weights and bias of that Conv,
/// ConvTranspose or Gemm. False, and nothing
/// changed, when its weights are not constant or its bias is not one value per channel.
bool take_into_weights(ir::Graph& graph, int index, const Affine& affine);

}  // namespace tinamix::optimize
