// From samples to ranges.
#include "tool/measured_ranges.h"

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

calibrate::Ranges measure_ranges(const ir::Graph& graph, const DataOptions& data,
                                 const data::Preprocessing& preprocessing, const CalibrationOptions& calibration,
                                 int threads, const Options& options) {
    const auto source = data.open(graph, preprocessing, options);
    Progress progress("calibrating", "samples");
    calibrate::CalibrationOptions settings;
    settings.method = calibrate::method_from_name(calibration.method);
    settings.threads = threads;
    settings.function_of = [](const ir::Node& node) {
        return quantize::is_tabulated(node) ? quantize::scalar_function(node) : calibrate::RealFunction{};
    };
    settings.progress = [&progress](size_t done, size_t total) { progress.update(done, total); };
    return calibrate::calibrate(graph, *source, settings);
}

}  // namespace tinamix::tool
