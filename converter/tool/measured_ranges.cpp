// From samples to ranges.
#include "tool/measured_ranges.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "calibrate/memory.h"
#include "import/onnx_import.h"
#include "ir/states.h"
#include "optimize/optimize.h"
#include "quantize/tables.h"
#include "tool/progress.h"

namespace tinamix::tool {

namespace {

size_t memory_limit(const ir::Graph& graph, const CalibrationOptions& calibration, int histogram_bins) {
    constexpr int kMegabyte = 20, kUsual = 512;
    if (calibration.memory_limit_megabytes > 0) {
        return static_cast<size_t>(calibration.memory_limit_megabytes) << kMegabyte;
    }
    // Two histograms per value, of both signs and twice the bins that the range fills, beside graph and inference.
    const size_t histograms = graph.values.size() * 2 * 4 * static_cast<size_t>(histogram_bins) * sizeof(uint64_t);
    return std::max(size_t{kUsual} << kMegabyte, 2 * calibrate::inference_bytes(graph) + histograms);
}

}  // namespace

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
    options.integer(
        "--memory-limit", memory_limit_megabytes, 16, 1 << 20,
        "megabytes that calibration may take, whatever the number of samples (default 512, or what one thread "
        "needs where that is more)");
}

void take_states(ir::Graph& graph, const std::map<std::string, std::string>& pairs) {
    if (pairs.empty()) {
        for (const auto& [output, input] : ir::likely_states(graph)) {
            fmt::print(stderr,
                       "tinamix: note: output `{}` has the shape of input `{}`; if it is a state, say --state {}={}\n",
                       output, input, output, input);
        }
    }
    ir::bind_states(graph, pairs);
}

ir::Graph load_optimized(const std::string& path, const std::map<std::string, ir::Shape>& shapes,
                         const std::map<std::string, std::string>& states) {
    ir::Graph graph = import::import_onnx(path, {shapes});
    take_states(graph, states);
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
    settings.memory_limit_bytes = memory_limit(graph, calibration, settings.histogram_bins);
    settings.function_of = [&graph](const ir::Node& node) -> calibrate::RealFunction {
        if (!quantize::is_tabulated(graph, node)) return {};
        calibrate::RealFunction function = quantize::scalar_function(graph, node);
        return std::isfinite(function(0.0)) ? function : calibrate::RealFunction{};  // not Log or Reciprocal
    };
    settings.progress = [&progress](size_t done, size_t total) { progress.update(done, total); };
    return calibrate::calibrate(graph, samples, settings);
}

}  // namespace tinamix::tool
