// Value ranges of every tensor, measured on calibration data in one streaming pass, and the file that holds them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/samples.h"
#include "ir/graph.h"

namespace tinamix::calibrate {

/// Closed interval that int8 must cover. `observed_*` are the extremes seen, before clipping by the method: int16 has
/// the codes to cover those.
struct Range {
    float min = 0, max = 0;
    float observed_min = 0, observed_max = 0;
};

enum class Method { kMinMax, kKl, kMse };
std::string_view method_name(Method method);
/// Throws Error with the nearest name.
Method method_from_name(std::string_view name);

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
    int histogram_bins = 2048;
    int threads = 1;
    /// The function of one variable that a node computes, empty for any other node. Where such a node is all that reads
    /// a tensor, the error method looks at what is left of an error behind it. May be empty.
    std::function<RealFunction(const ir::Node&)> function_of;
    /// Called after each sample with (done, total); may be empty.
    std::function<void(size_t, size_t)> progress;
};

/// Runs every sample through the float executor and watches each float32 value that is not constant. Memory is bounded
/// by one inference plus one histogram per tensor and thread. Network inputs and outputs (and what becomes an output by
/// data movement alone, or by that and a Softmax) keep their full range under every method. NaN or Inf in a tensor is
/// an Error naming tensor and sample. The result does not depend on the number of threads.
Ranges calibrate(const ir::Graph& graph, const data::SampleSource& samples, const CalibrationOptions& options);

/// YAML, sorted by execution order of the graph's values: diff-able. Strict reading: unknown keys and wrong types are
/// Errors with file and line.
std::string ranges_to_yaml(const Ranges& ranges, const ir::Graph& graph);
Ranges ranges_from_yaml(const std::string& path);

}  // namespace tinamix::calibrate
