// What the float network computes on the search's samples, and how far a model is from it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "calibrate/ranges.h"
#include "data/samples.h"
#include "ir/graph.h"
#include "search/metric.h"

namespace tinamix::search {

/// Values that are judged as one: a network output, or those parts of outputs whose ranges are alike. A detector's
/// boxes in pixels would drown its scores otherwise.
struct OutputGroup {
    std::string name;  ///< the output's, with the reach of its parts where it has several groups
    std::vector<ir::ValueId> judged;
    /// What tells precisions apart best: before a last Softmax, otherwise as judged.
    std::vector<ir::ValueId> ranked;
    /// Empty: the values are compared as one vector. Otherwise one for each: the loss is the mean of theirs, weighted.
    std::vector<double> weights = {};
};

/// Ranges inside an output that differ by more than this are judged apart.
inline constexpr double kOutputDisparity = 16.0;

/// What `output` is made of: the operands of Concats that it is reached from by data movement alone, each once; the
/// output itself where there is no such Concat.
std::vector<ir::ValueId> output_parts(const ir::Graph& graph, ir::ValueId output);

/// Follows every output through what only moves data to the Concats it is made of; their operands, sorted by the
/// magnitude of their measured ranges, form one group as long as they are within kOutputDisparity of the largest.
std::vector<OutputGroup> find_output_groups(const ir::Graph& graph, const calibrate::Ranges& ranges);

/// One group of named values with their weights (all above 0). Throws Error, with the nearest name, for a value that
/// the network does not have or that is no float32 tensor.
OutputGroup weighted_group(const ir::Graph& graph, const std::vector<std::pair<std::string, double>>& values);

/// Sums over one sample and one value: x found, y float.
struct Agreement {
    double xy = 0, xx = 0, yy = 0, error = 0;  ///< error: of (x - y)^2
    double rows = 0, missed = 0;               ///< of scores, and those of them that Metric::Kind::kTop counts
    Agreement& operator+=(const Agreement& other);
};
Agreement agreement(const float* found, const float* expected, int64_t count);

/// An agreement with what reports show beside it.
struct Difference : Agreement {
    double max_abs = 0, sum_abs = 0;  ///< of |x - y|
    int64_t elements = 0;
    Difference& operator+=(const Difference& other);
};
Difference difference(const float* found, const float* expected, int64_t count);

/// 1 - cosine; 0 for two vectors of zeros, 1 if just one is.
double cosine_loss(const Agreement& sums);

class ReferenceOutputs {
  public:
    /// Judged by `metric`; what ranks is compared by cosine (or, for kSnr, by energies) all the same, which tells small
    /// differences. Runs `samples` (as many of `indices` as fit `most_bytes` of inputs and results, at least one) in
    /// float32. Throws Error where kTop finds no rows of scores to judge.
    ReferenceOutputs(const ir::Graph& graph, std::vector<OutputGroup> groups, const data::SampleSource& samples,
                     const std::vector<size_t>& indices, int threads, size_t most_bytes,
                     const std::function<void(size_t, size_t)>& progress = {}, Metric metric = {});

    const Metric& metric() const { return metric_; }
    size_t samples() const { return samples_.size(); }
    const std::vector<ir::Tensor>& inputs(size_t sample) const { return samples_[sample].inputs; }
    const std::vector<OutputGroup>& groups() const { return groups_; }
    /// Names of the values that are compared, each once.
    const std::vector<std::string>& names() const { return names_; }
    const ir::Tensor& expected(size_t sample, size_t name) const { return samples_[sample].values[name]; }

    /// One value on one sample: all that losses() needs to know of it.
    Agreement compared(size_t sample, size_t name, const std::vector<float>& found) const;

    /// Mean over the samples of the loss of each output group, from sums[sample][name].
    struct Losses {
        std::vector<double> judged, ranked;
    };
    Losses losses(const std::vector<std::vector<Agreement>>& sums) const;

  private:
    struct Sample {
        std::vector<ir::Tensor> inputs, values;
    };
    std::vector<OutputGroup> groups_;
    std::vector<ir::ValueId> ids_;
    std::vector<std::string> names_;
    std::vector<Sample> samples_;
    Metric metric_;
};

}  // namespace tinamix::search
