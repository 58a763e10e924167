// The calibration step as `calibrate` and `convert` share it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "calibrate/ranges.h"
#include "tool/sample_options.h"

namespace tinamix::tool {

/// Samples used for calibration when --samples does not say otherwise.
inline constexpr int kDefaultCalibrationSamples = 100;

/// --calibration-method and what belongs to it.
struct CalibrationOptions {
    std::string method = "mse";
    int histogram_bits = 11;
    std::optional<double> percentile, moving_average_weight;
    int memory_limit_megabytes = 0;  ///< 0: 512, or what one thread needs where that is more

    void declare(Options& options);
};

/// Makes states of the pairs {output, input}; with none, says on stderr which outputs look like states.
void take_states(ir::Graph& graph, const std::map<std::string, std::string>& pairs);
/// Imports, with `shapes`, makes states of the pairs {output, input} and optimizes: the graph whose tensors are
/// calibrated, quantized and packed. Says on stderr which outputs look like states when none are named.
ir::Graph load_optimized(const std::string& path, const std::map<std::string, ir::Shape>& shapes,
                         const std::map<std::string, std::string>& states);

/// Watches every tensor over the samples, with progress.
calibrate::Ranges measure_ranges(const ir::Graph& graph, const data::SampleSource& samples,
                                 const CalibrationOptions& calibration, int threads);

}  // namespace tinamix::tool
