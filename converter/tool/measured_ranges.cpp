// From samples to ranges.
#include "tool/measured_ranges.h"

#include <cmath>

#include "import/onnx_import.h"
#include "optimize/optimize.h"
#include "quantize/tables.h"
#include "tool/progress.h"

namespace tinamix::tool {

void CalibrationOptions::declare(Options& options) {
    options.choice("--calibration-method", method, {"minmax", "kl", "mse"},
                   "how a range is chosen: the extremes seen, or the clipping with the least KL divergence or mean "
                   "squared error (default " +
                       method + ")");
}

ir::Graph load_optimized(const std::string& path, const std::map<std::string, ir::Shape>& shapes) {
    ir::Graph graph = import::import_onnx(path, {shapes});
    optimize::optimize(graph);
    return graph;
}

calibrate::Ranges measure_ranges(const ir::Graph& graph, const data::SampleSource& samples,
                                 const CalibrationOptions& calibration, int threads) {
    Progress progress("calibrating", "samples");
    calibrate::CalibrationOptions settings;
    settings.method = calibrate::method_from_name(calibration.method);
    settings.threads = threads;
    settings.function_of = [&graph](const ir::Node& node) -> calibrate::RealFunction {
        if (!quantize::is_tabulated(graph, node)) return {};
        calibrate::RealFunction function = quantize::scalar_function(graph, node);
        return std::isfinite(function(0.0)) ? function : calibrate::RealFunction{};  // not Log or Reciprocal
    };
    settings.progress = [&progress](size_t done, size_t total) { progress.update(done, total); };
    return calibrate::calibrate(graph, samples, settings);
}

}  // namespace tinamix::tool
