// Moves the middle of channels into the bias of the layers behind.
#pragma once

#include "ir/graph.h"
#include "quantize/channel_statistics.h"

namespace tinamix::quantize {

/// High-bias absorption (M. Nagel et al., "Data-Free Quantization", 2019): a tensor that one layer makes and that only
/// layers without padding read may have a constant taken from each channel, by the bias of the first, which the biases
/// of the others give back. Behind a Relu the constant is what the channel always exceeded, less a quarter of its
/// extent; where nothing stands between, the middle of its extremes. Only tensors whose common range becomes shorter by
/// a twentieth are touched.
EqualNetwork absorbed_biases(const ir::Graph& graph, const AllChannelStatistics& statistics);

}  // namespace tinamix::quantize
