#include "search/long_tails.h"

#include <algorithm>
#include <string>
#include <utility>

#include "ir/data_movement.h"
#include "quantize/fusion.h"
#include "search/distribution.h"

namespace tinamix::search {
namespace {

/// Twice that of a Laplace distribution.
constexpr double kLongTail = 12;
constexpr size_t kMostTensors = 16;
/// Parts of the range: the half is tried first, then the less or, one after the other while they help, the further
/// ones.
constexpr double kHalf = 0.5, kLess = 0.7, kFurther[] = {0.35, 0.25};
/// A smaller gain is often chance: it does not last for other samples.
constexpr double kWorthwhile = 0.97;

/// The tensors to try, the longest tail first; equal ones in the order of execution.
std::vector<ir::ValueId> tensors_with_long_tails(const ir::Graph& graph, const quantize::Plan& plan,
                                                 const std::vector<Distribution>& distributions) {
    const std::vector<bool> becomes_output = ir::values_that_become_outputs(graph, ir::carries_scores);
    std::vector<bool> skipped(graph.nodes.size(), false);  // a clamp stands behind in the same op
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        if (!quantize::fuses_into_producer(graph, plan, static_cast<int>(i))) continue;
        skipped[static_cast<size_t>(graph.producer(graph.nodes[i].inputs.front()))] = true;
    }
    std::vector<std::pair<double, ir::ValueId>> found;
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const ir::ValueId output = graph.nodes[i].outputs.front();
        if (!(distributions[i].kurtosis > kLongTail) || skipped[i] || ir::only_moves_data(graph.nodes[i])) continue;
        if (becomes_output[static_cast<size_t>(output)]) continue;
        found.emplace_back(distributions[i].kurtosis, output);
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    found.resize(std::min(found.size(), kMostTensors));
    std::vector<ir::ValueId> values;
    for (const auto& [kurtosis, value] : found) values.push_back(value);
    return values;
}

}  // namespace

ClippedRanges clip_long_tails(const ir::Graph& graph, const calibrate::Ranges& ranges, const quantize::Plan& plan,
                              const data::SampleSource& samples, const std::vector<size_t>& indices, double error,
                              const std::function<double(const calibrate::Ranges&)>& measure, int threads,
                              const Progress& progress) {
    ClippedRanges best{ranges, error, {}};
    const std::vector<ir::ValueId> values =
        tensors_with_long_tails(graph, plan, measure_distributions(graph, plan, samples, indices, threads));
    size_t done = 0;
    for (const ir::ValueId value : values) {
        const std::string& name = graph.value(value).name;
        const auto range = ranges.tensors.find(name);
        if (progress) progress("clipping long tails", ++done, values.size());
        if (range == ranges.tensors.end()) continue;
        const auto helps = [&](double part) {
            calibrate::Ranges candidate = best.ranges;
            calibrate::Range& narrow = candidate.tensors[name];
            narrow.min = static_cast<float>(part * range->second.min);
            narrow.max = static_cast<float>(part * range->second.max);
            const double found = measure(candidate);
            if (!(found < kWorthwhile * best.error)) return false;
            best.ranges = std::move(candidate);
            best.error = found;
            return true;
        };
        const bool half = helps(kHalf);
        if (half) std::all_of(std::begin(kFurther), std::end(kFurther), helps);
        if (half || helps(kLess)) best.narrowed.push_back(value);
    }
    return best;
}

}  // namespace tinamix::search
