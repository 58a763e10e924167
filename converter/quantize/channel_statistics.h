// What the channels of tensors hold: extremes and energy, measured on samples.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "data/samples.h"
#include "ir/graph.h"
#include "quantize/channel_groups.h"

namespace tinamix::quantize {

/// Of one value, per channel.
struct ChannelStatistics {
    std::vector<float> min, max;
    std::vector<double> mean, mean_square;

    /// Of (x - shift[c]) / divisor[c].
    ChannelStatistics moved(const std::vector<double>& shift, const std::vector<double>& divisor) const;
};
using AllChannelStatistics = std::map<ir::ValueId, ChannelStatistics>;

/// An equal network: other constants, the same values by name, and what the channels of those hold now.
struct EqualNetwork {
    ir::Graph graph;
    AllChannelStatistics statistics;
    int changed = 0;  ///< groups of tensors that hold something else than before
};

struct ChannelStatisticsOptions {
    int threads = 1;
    std::vector<size_t> samples;                   ///< to look at
    std::function<void(size_t, size_t)> progress;  ///< after each sample with (done, total); may be empty
};

/// Runs the samples through the float executor. The result does not depend on the number of threads.
AllChannelStatistics measure_channels(const ir::Graph& graph, const std::vector<ChannelPlace>& places,
                                      const data::SampleSource& samples, const ChannelStatisticsOptions& options);

}  // namespace tinamix::quantize
