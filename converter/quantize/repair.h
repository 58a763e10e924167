// Repairs that cost a board nothing: the same file with better numbers in it.
#pragma once

#include <vector>

#include "ir/graph.h"
#include "quantize/input_moments.h"

namespace tinamix::quantize {

/// Which repairs to make. The first three change constants under given ranges; the next three make an equal network
/// whose tensors have other ranges; clipping changes ranges alone, and outputs the precision of the last layers.
struct Repairs {
    bool rounding = false;         ///< quantize/rounding_refinement.h
    bool bias_correction = false;  ///< quantize/bias_correction.h
    bool weight_scale = false;     ///< quantize/weight_scale.h
    bool absorption = false;       ///< quantize/bias_absorption.h
    bool equalization = false;     ///< quantize/equalization.h, between layers
    bool migration = false;        ///< quantize/equalization.h, from LayerNormalization into what reads it
    bool clipping = false;         ///< search/long_tails.h
    bool outputs = false;          ///< tool/fine_outputs.h
    bool operator==(const Repairs&) const = default;
};

/// A copy of the graph with other constants in place of the weights and biases of the layers measured: weights on the
/// points of their grids, so that quantize_weights finds just these codes, and corrected biases. Makes only the
/// first three of `repairs`. The result does not depend on the number of threads.
ir::Graph repaired(const ir::Graph& graph, const std::vector<InputMoments>& moments, const Repairs& repairs,
                   int threads);

}  // namespace tinamix::quantize
