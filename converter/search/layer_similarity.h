// How far the layers of a mix are from float, each by itself and with everything before it.
#pragma once

#include <string>
#include <vector>

#include "data/samples.h"
#include "ir/graph.h"
#include "search/reference_outputs.h"
#include "search/variant.h"

namespace tinamix::search {

/// Sums over the samples, of the float32 values behind the codes.
struct LayerSimilarity {
    std::string layer, tensor;
    cost::OpWork work;
    Difference alone;       ///< the op on the float network's values, rounded to the form in which it reads them
    Difference cumulative;  ///< the op on what the ops before it computed
};

/// One entry for each op that makes a tensor of the network, in the order of execution. Runs the samples of `indices`
/// in float32 and in exact simulation; memory is the activations of one sample in float32. Samples of a network with
/// states are frames of one sequence; alone, an op is given float's states too.
std::vector<LayerSimilarity> measure_layers(const ir::Graph& graph, const Variant& variant,
                                            const pack::WeightSegment& weights, const data::SampleSource& samples,
                                            const std::vector<size_t>& indices, int threads);

}  // namespace tinamix::search
