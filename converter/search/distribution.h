// What the values of a layer look like, as other toolkits rank layers by: no error is measured here.
#pragma once

#include <vector>

#include "data/samples.h"
#include "ir/graph.h"
#include "quantize/plan.h"

namespace tinamix::search {

struct Distribution {
    /// 1 - H / 8, where H is the entropy in bits of the 256 int8 codes of the layer's output: 0 where all codes are
    /// used alike, 1 where one code is all there is. Higher is worse, as in ACUITY's --compute-entropy, whose formula
    /// is not published.
    double entropy = 0;
    /// Fourth standardized moment of the output (TPU-MLIR's --kurtosis_analysis): 3 for a normal distribution, large
    /// for long tails.
    double kurtosis = 0;
};

/// Per node of the graph, of its first output; zeros for outputs that are not int8 in `int8_plan`. Runs the samples of
/// `indices` in float32.
std::vector<Distribution> measure_distributions(const ir::Graph& graph, const quantize::Plan& int8_plan,
                                                const data::SampleSource& samples, const std::vector<size_t>& indices,
                                                int threads);

}  // namespace tinamix::search
