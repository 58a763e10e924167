// From samples to ranges.
#include "tool/measured_ranges.h"

#include <cmath>

#include "import/onnx_import.h"
#include "optimize/optimize.h"
#include "quantize/tables.h"
#include "tool/progress.h"

namespace tinamix::tool {

void CalibrationOptions::declare(Options& options) {
    options.choice("--calibration-method", method, calibrate::method_names(),
                   "how the range of a tensor is chosen (docs/quantization.md); auto: by the error of each on samples "
                   "held out (default " +
                       method + ")");
    options.integer("--histogram-bits", histogram_bits, 8, 16,
                    "histograms have at least 2^N bins of each sign (default 11)");
    options.number("--percentile", percentile, 50.0001, 100,
                   "method percentile: so many percent lie inside of each end (default 99.99)");
    options.number("--moving-average-weight", moving_average_weight, 1e-6, 1,
                   "method moving_average: what each further sample counts (default 0.01)");
    options.integer("--memory-limit", memory_limit_megabytes, 16, 1 << 20,
                    "megabytes that calibration may take, whatever the number of samples (default 512)");
}

ir::Graph load_optimized(const std::string& path, const import::ImportOptions& options) {
    ir::Graph graph = import::import_onnx(path, options);
    optimize::optimize(graph);
    return graph;
}

calibrate::Ranges measure_ranges(const ir::Graph& graph, const data::SampleSource& samples,
                                 const CalibrationOptions& calibration, int threads) {
    Progress progress("calibrating", "samples");
    calibrate::CalibrationOptions settings;
    settings.method = calibrate::method_from_name(calibration.method);
    settings.threads = threads;
    settings.histogram_bins = 1 << calibration.histogram_bits;
    settings.percent = calibration.percentile.value_or(settings.percent);
    settings.moving_average_weight = calibration.moving_average_weight.value_or(settings.moving_average_weight);
    settings.memory_limit_bytes = static_cast<size_t>(calibration.memory_limit_megabytes) << 20;
    settings.function_of = [&graph](const ir::Node& node) -> calibrate::RealFunction {
        if (!quantize::is_tabulated(graph, node)) return {};
        calibrate::RealFunction function = quantize::scalar_function(graph, node);
        return std::isfinite(function(0.0)) ? function : calibrate::RealFunction{};  // not Log or Reciprocal
    };
    settings.progress = [&progress](size_t done, size_t total) { progress.update(done, total); };
    return calibrate::calibrate(graph, samples, settings);
}

}  // namespace tinamix::tool
