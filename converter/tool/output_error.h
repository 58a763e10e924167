// How far a packed model is from the float network, measured on samples by the exact simulation.
#pragma once

#include <string>
#include <vector>

#include "data/samples.h"
#include "ir/graph.h"
#include "quantize/head_join.h"

namespace tinamix::tool {

/// The float results of some samples, to be compared with as often as needed. Looks at the outputs of the network
/// (before a Softmax that makes one) and, where boxes and scores are joined for one (quantize/head_join.h), at the
/// parts that are joined: together the boxes would drown the scores.
class OutputError {
  public:
    /// Runs the samples in float32, as many of them as fit a fixed amount of memory, but at least one.
    OutputError(const ir::Graph& graph, const std::vector<quantize::HeadJoin>& joins, const data::SampleSource& samples,
                const std::vector<size_t>& indices, int threads);

    /// Energy of the differences over energy of the float values, averaged over values watched and samples: 0 is
    /// perfect. `bytes` is a packed model of the graph.
    double measure(const std::vector<uint8_t>& bytes, const std::string& name, int threads) const;

  private:
    struct Sample {
        std::vector<ir::Tensor> inputs;
        std::vector<ir::Tensor> watched;
    };
    std::vector<std::string> names_;  ///< of the values watched
    std::vector<Sample> samples_;
};

}  // namespace tinamix::tool
