// Value ranges of every tensor, measured on calibration data in one streaming pass, and the file that holds them.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/samples.h"
#include "ir/graph.h"

namespace tinamix::calibrate {

/// How the interval that int8 covers is chosen (calibrate/methods.cpp lists them).
enum class Method {
    kMinMax,
    kMovingAverage,
    kPercentile,
    kPercentileByDepth,
    kKl,
    kKlTpuMlir,
    kMse,
    kOctav,
    kAciqGauss,
    kAciqLaplace,
    kAuto
};
std::string_view method_name(Method method);
/// Throws Error with the nearest name.
Method method_from_name(std::string_view name);
/// All of them, as options name them.
std::vector<std::string> method_names();

/// Closed interval that int8 must cover. `observed_*` are the extremes seen, before clipping by the method: int16 has
/// the codes to cover those.
struct Range {
    float min = 0, max = 0;
    float observed_min = 0, observed_max = 0;
    std::optional<Method> method = {};  ///< the one that was chosen for this tensor, under kAuto
};

struct Ranges {
    Method method = Method::kMinMax;
    size_t samples = 0;
    std::string model;                     ///< graph name, to notice a ranges file of another model
    std::map<std::string, Range> tensors;  ///< by ONNX tensor name
};

/// A function of one real variable; may be empty.
using RealFunction = std::function<double(double)>;

struct CalibrationOptions {
    Method method = Method::kMinMax;
    int histogram_bins = 2048;            ///< at least so many of each sign
    double percent = 99.99;               ///< kPercentile: what each end leaves on its inner side
    double moving_average_weight = 0.01;  ///< of each further sample
    int threads = 1;
    /// Ceiling for everything calibration holds; fewer threads run where more would break it. 0: none.
    size_t memory_limit_bytes = 0;
    /// The function of one variable that a node computes, empty for any other node. Where such a node is all that reads
    /// a tensor, the error method looks at what is left of an error behind it. May be empty.
    std::function<RealFunction(const ir::Node&)> function_of;
    /// Called after each sample with (done, total); may be empty.
    std::function<void(size_t, size_t)> progress;
};

/// Runs every sample through the float executor and watches each float32 value that is not constant. Memory is bounded
/// by one inference plus one or two histograms per tensor and thread, whatever the number of samples. Throws Error
/// where even one thread needs more than the limit. Network inputs and outputs (and what becomes an output by data
/// movement, Softmax and averages alone) keep their full range under every method. NaN or Inf in a tensor is an
/// Error naming tensor and sample. The result does not depend on the number of threads.
Ranges calibrate(const ir::Graph& graph, const data::SampleSource& samples, const CalibrationOptions& options);

/// YAML, sorted by execution order of the graph's values: diff-able. Strict reading: unknown keys and wrong types are
/// Errors with file and line.
std::string ranges_to_yaml(const Ranges& ranges, const ir::Graph& graph);
Ranges ranges_from_yaml(const std::string& path);

}  // namespace tinamix::calibrate
