#include "calibrate/methods.h"

#include <array>
#include <utility>

#include "calibrate/aciq.h"
#include "calibrate/kl_divergence.h"
#include "calibrate/mean_squared_error.h"
#include "calibrate/octav.h"
#include "calibrate/percentile.h"
#include "diagnostics/error.h"

namespace tinamix::calibrate {
namespace {

constexpr std::array<std::pair<std::string_view, Method>, 11> kMethods{
    {{"minmax", Method::kMinMax},
     {"moving_average", Method::kMovingAverage},
     {"percentile", Method::kPercentile},
     {"percentile_depth", Method::kPercentileByDepth},
     {"kl", Method::kKl},
     {"kl_tpu_mlir", Method::kKlTpuMlir},
     {"mse", Method::kMse},
     {"octav", Method::kOctav},
     {"aciq_gauss", Method::kAciqGauss},
     {"aciq_laplace", Method::kAciqLaplace},
     {"auto", Method::kAuto}}};

Range everything(const Histogram&, const Range& seen) { return seen; }

/// For methods that decide on a histogram.
RangeChooser chooser(Method method, const CalibrationOptions& options, const TensorPlace& place) {
    switch (method) {
        case Method::kPercentile:
            return [percent = options.percent](const Histogram& histogram, const Range& seen) {
                return percentile_range(histogram, seen, percent);
            };
        case Method::kPercentileByDepth:
            return
                [percent = percent_of_depth(place.layer, place.layers)](const Histogram& histogram, const Range& seen) {
                    return percentile_range(histogram, seen, percent);
                };
        case Method::kKl:
            return [](const Histogram& histogram, const Range& seen) {
                return clipped_to(kl_threshold(histogram, seen.observed_min, seen.observed_max), seen);
            };
        case Method::kKlTpuMlir:
            return [bins = static_cast<size_t>(options.histogram_bins)](const Histogram& histogram, const Range& seen) {
                return clipped_to(kl_threshold_tpu_mlir(histogram, bins), seen);
            };
        case Method::kMse:
            return [function = place.function](const Histogram& histogram, const Range& seen) {
                return least_error_range(histogram, seen.observed_min, seen.observed_max, function);
            };
        case Method::kOctav:
            return [](const Histogram& histogram, const Range& seen) {
                return clipped_to(octav_threshold(histogram, seen), seen);
            };
        case Method::kAciqGauss:
            return [](const Histogram& histogram, const Range& seen) {
                return aciq_range(histogram, seen, Distribution::kGauss);
            };
        case Method::kAciqLaplace:
            return [](const Histogram& histogram, const Range& seen) {
                return aciq_range(histogram, seen, Distribution::kLaplace);
            };
        case Method::kMinMax:
        case Method::kMovingAverage:
        case Method::kAuto:
            break;
    }
    return everything;
}

}  // namespace

std::unique_ptr<Observer> make_observer(Method method, const CalibrationOptions& options, TensorPlace place) {
    if (method == Method::kMinMax) return make_min_max_observer();
    if (method == Method::kMovingAverage)
        return make_moving_average_observer(options.moving_average_weight, place.samples);
    if (method != Method::kAuto) {
        return make_histogram_observer(options.histogram_bins, chooser(method, options, place));
    }
    // Of equals the first: the widest range comes first. The moving average is a weaker kind of extremes.
    std::vector<Candidate> candidates;
    for (const auto& [name, candidate] : kMethods) {
        if (candidate == Method::kAuto || candidate == Method::kMovingAverage) continue;
        candidates.push_back({candidate, chooser(candidate, options, place)});
    }
    return make_auto_observer(options.histogram_bins, place.samples, std::move(candidates), std::move(place.function));
}

std::string_view method_name(Method method) {
    for (const auto& [name, known] : kMethods)
        if (known == method) return name;
    return "";
}

std::vector<std::string> method_names() {
    std::vector<std::string> names;
    for (const auto& [name, method] : kMethods) names.emplace_back(name);
    return names;
}

Method method_from_name(std::string_view name) {
    for (const auto& [known, method] : kMethods)
        if (known == name) return method;
    std::string all;
    for (const std::string& known : method_names()) all += (all.empty() ? "" : ", ") + known;
    const std::string hint = did_you_mean(name, method_names());
    throw Error("", "unknown calibration method `" + std::string(name) + "`", hint.empty() ? all : hint);
}

}  // namespace tinamix::calibrate
