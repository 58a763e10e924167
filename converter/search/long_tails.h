// Narrower ranges for tensors with long tails, chosen by what becomes of the outputs.
#pragma once

#include <functional>
#include <vector>

#include "calibrate/ranges.h"
#include "data/samples.h"
#include "ir/graph.h"
#include "quantize/plan.h"
#include "search/mix_simulator.h"

namespace tinamix::search {

struct ClippedRanges {
    calibrate::Ranges ranges;
    double error = 0;                   ///< of `ranges`
    std::vector<ir::ValueId> narrowed;  ///< that have a narrower range than before; none: nothing helped
};

/// The least squared error of one tensor does not serve the outputs best where few values are far out: a zero-padded
/// corner, say, that grows along a residual chain, is one of many positions that a pool averages later, while the
/// coarser steps that it asks for hurt them all. Tries parts of the range of each int8 tensor, the one with the
/// largest kurtosis first, and keeps what lowers `measure`; a coordinate search, a few dozen measurements in all.
/// Inputs and outputs of the network keep their range, and int16 is left alone. error    measure(ranges) measure  the
/// error of the outputs for other ranges; lower is better indices  samples that the kurtosis is taken from
ClippedRanges clip_long_tails(const ir::Graph& graph, const calibrate::Ranges& ranges, const quantize::Plan& plan,
                              const data::SampleSource& samples, const std::vector<size_t>& indices, double error,
                              const std::function<double(const calibrate::Ranges&)>& measure, int threads,
                              const Progress& progress);

}  // namespace tinamix::search
