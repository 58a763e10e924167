// Integers of normalizing layers (docs/arithmetic.md, 12).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "quantize/quantization.h"

namespace tinamix::quantize {

/// Why a LayerNormalization, InstanceNormalization or LpNormalization has no kernel; "" if it has.
std::string normalization_refusal(const ir::Graph& graph, const ir::Node& node);

/// Gain and bias per channel: (u * gain + bias) / 2^shift, u in units of 2^-20.
struct NormalizationStage {
    std::vector<int32_t> gains;
    std::vector<int64_t> biases;
    int32_t shift = 1;
};
/// Throws Error at `where` for parameters that are not finite or too large for the output.
NormalizationStage normalization_stage(std::span<const float> gains, std::span<const float> biases,
                                       const Quantization& output, const std::string& where);

/// epsilon in squared codes of the input, times the square of `elements` (1 where nothing is centered).
int64_t normalization_epsilon(double epsilon, int64_t elements, const Quantization& input);

}  // namespace tinamix::quantize
