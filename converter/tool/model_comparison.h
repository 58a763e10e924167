// A packed model against the float network over many samples.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/samples.h"
#include "ir/graph.h"

namespace tinamix::tool {

struct ModelComparison {
    struct Output {
        std::string name;  ///< of an output, or of parts of it with ranges of their own (search/reference_outputs.h)
        double mean_cosine = 0, least_cosine = 1;  ///< over the samples
        double snr_db = 0;                         ///< of everything together
        /// Share of the samples whose largest value stands at the same place; for outputs that are one row.
        std::optional<double> top1;
    };
    std::vector<Output> outputs;
    size_t samples = 0;
};

/// Runs every sample through both, with progress. Parts of an output whose ranges on these samples differ widely are
/// compared apart, where the model shows them. Throws Error when the model lacks an output of the network.
ModelComparison compare_models(const ir::Graph& graph, const std::string& tmx, const data::SampleSource& samples,
                               int threads);

}  // namespace tinamix::tool
