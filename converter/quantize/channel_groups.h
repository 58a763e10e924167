// Sets of tensors whose channels can be made larger or smaller together without changing what the network computes.
#pragma once

#include <cstdint>
#include <vector>

#include "ir/graph.h"
#include "quantize/weight_layer.h"

namespace tinamix::quantize {

/// Where the channels of a value lie: along `axis`, each as `repeat` neighbouring indices.
struct ChannelPlace {
    ir::ValueId value = ir::kNoValue;
    int64_t axis = 1, repeat = 1;
};

/// Everything between layers that make channels and layers that read them. For any positive s[c] the network computes
/// the same when every producer makes channel c divided by s[c] and every consumer multiplies it by s[c]: all operators
/// between are homogeneous (f(x / s) = f(x) / s). Clip is so only in its lower bound 0: clips[] need care.
struct ChannelGroup {
    int64_t channels = 0;
    std::vector<ChannelPlace> values;
    std::vector<WeightLayer> producers;  ///< Conv, Gemm, MatMul: their rows
    std::vector<int> normalizations;     ///< LayerNormalization nodes that produce: their scale and bias
    std::vector<WeightLayer> consumers;  ///< their columns
    std::vector<int> clips;              ///< Clip nodes within, with lower bound 0 or none and an upper bound
};

/// All groups with at least one producer and one consumer, in the order of execution. A value that is an input or an
/// output of the network, or that an operator reads which is not homogeneous, takes its whole group with it.
std::vector<ChannelGroup> find_channel_groups(const ir::Graph& graph);

/// Channel that column element `input` (0..layer.inputs - 1) of `group` belongs to, for a layer that reads `channels`.
int64_t channel_of_input(const WeightLayer& layer, int64_t channels, int64_t group, int64_t input);

}  // namespace tinamix::quantize
