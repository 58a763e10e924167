// Gives the channels of a tensor sizes that one scale for all of them serves best.
#pragma once

#include <vector>

#include "ir/graph.h"
#include "quantize/channel_groups.h"
#include "quantize/channel_statistics.h"
#include "quantize/plan.h"

namespace tinamix::quantize {

/// Which groups to touch.
enum class Equalization {
    kLayers,          ///< made by Conv, Gemm and MatMul alone
    kNormalizations,  ///< made by a LayerNormalization too
};

/// Divisors s[c] of the channels of `group`, the largest 1: of the forms r^a * w^-b (r: extent of the channel in the
/// group's tensors, w: largest weight that reads it; a, b between 0 and 1) the one with the least error at the
/// consumers, as far as first and second moments tell: the rounding of the tensors, seen through the weights, and the
/// rounding of weights, seen through the values. b = 0 and a = 1 gives all channels the whole range; a = b = 1/2 is the
/// equalization of M. Nagel et al., "Data-Free Quantization", 2019; what lies between, the migration strengths of
/// G. Xiao et al., "SmoothQuant", 2023. All ones where nothing is gained.
///
/// Where a Clip stands within, channels that reach its bound keep s = 1, and all others are left a quarter more room
/// than was seen, so that the same bound in front of the other channels cuts off nothing that it let through before.
std::vector<double> channel_divisors(const ir::Graph& graph, const Plan& plan, const ChannelGroup& group,
                                     const AllChannelStatistics& statistics);

/// The graph with every group scaled by its divisors. A Clip that no channel comes near becomes a Relu.
EqualNetwork equalized(const ir::Graph& graph, const Plan& plan, const AllChannelStatistics& statistics,
                       Equalization which);

}  // namespace tinamix::quantize
