// A packed model against the float network over many samples.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/samples.h"
#include "ir/graph.h"
#include "search/reference_outputs.h"
#include "tool/simulation.h"

namespace tinamix::tool {

struct ModelComparison {
    struct Output {
        std::string name;  ///< of an output, or of parts of it with ranges of their own (search/reference_outputs.h)
        double mean_cosine = 0, least_cosine = 1;  ///< over the samples
        search::Difference all;                    ///< of everything together
        double snr_db = 0;                         ///< of that
        /// Share of the samples whose largest value stands at the same place; for outputs that are one row.
        std::optional<double> top1;
    };
    std::vector<Output> outputs;
    size_t samples = 0;
};

/// Runs every sample through both, with progress. Parts of an output whose ranges on these samples differ widely are
/// compared apart, where the model shows them. Samples of a network with states are frames of one sequence: the first
/// of `indices` finds the states of `model` as they are. Throws Error when the model lacks an output of the network.
ModelComparison compare_models(const ir::Graph& graph, Simulation& model, const data::SampleSource& samples,
                               const std::vector<size_t>& indices, int threads);

}  // namespace tinamix::tool
