#include "tool/search_setup.h"

#include <algorithm>
#include <optional>
#include <string>

#include "tool/onnx_cost.h"
#include "tool/progress.h"

namespace tinamix::tool {

using quantize::Precision;

namespace {

/// For the inputs and float results of the search's samples.
constexpr size_t kReferenceBytes = size_t{128} << 20;

}  // namespace

int default_search_samples(const ir::Graph& graph) {
    constexpr uint64_t kFewest = 30, kMost = 200, kAffordableMacs = 6'000'000'000;
    uint64_t macs = 1;
    for (const ir::Node& node : graph.nodes) macs += multiply_accumulates(graph, node);
    return static_cast<int>(std::clamp(kAffordableMacs / macs, kFewest, kMost));
}

std::vector<size_t> spread_indices(size_t total, size_t count) {
    count = std::min(count, total);
    std::vector<size_t> indices;
    for (size_t i = 0; i < count; ++i) indices.push_back((2 * i + 1) * total / (2 * count));
    return indices;
}

SearchSetup::SearchSetup(const ir::Graph& graph, const calibrate::Ranges& ranges, const quantize::PrecisionRules& rules,
                         const data::SampleSource& samples, const RepairOptions& repair_options,
                         const MetricOptions& metric, int search_samples, const cost::Board& board, int threads)
    : ranges_(ranges), rules_(rules) {
    if (search_samples == 0) search_samples = default_search_samples(graph);
    indices_ = spread_indices(samples.size(), static_cast<size_t>(search_samples));
    graphs_ = std::make_unique<search::PrecisionGraphs>(graph);
    for (const Precision precision : {Precision::kW8A8, Precision::kW8A16}) {
        quantize::PrecisionRules based = rules_;
        based.base = precision;
        RepairResult repaired = repair(graph, ranges_, based, samples, repair_options, threads);
        if (!repaired.report.is_null()) repairs_[std::string(quantize::precision_name(precision))] = repaired.report;
        graphs_->use_for(precision, repaired.graph);
        ranges_ = std::move(repaired.ranges);  // those of int8 tensors: int16 covers what was seen
    }
    std::vector<search::Group> groups = search::find_groups(graph, ranges_, rules_);
    if (groups.empty()) throw Error(graph.name, "every layer has its precision already: there is nothing to choose");
    Progress progress("running in float32", "samples");
    reference_ = std::make_unique<search::ReferenceOutputs>(
        graph, metric.groups(graph, ranges_), samples, indices_, threads, kReferenceBytes,
        [&progress](size_t done, size_t total) { progress.update(done, total); }, metric.metric());
    indices_.resize(reference_->samples());
    simulator_ = std::make_unique<search::MixSimulator>(*graphs_, ranges_, rules_, std::move(groups), *reference_,
                                                        board, threads);
    std::vector<std::string> names;
    for (const size_t index : indices_) names.push_back(samples.name(index));
    if (const search::MakeScorer scorer = metric.scorer(graph, std::move(names))) simulator_->judge_by(scorer);
}

search::Progress search_progress() {
    struct Line {
        std::string what;
        std::optional<Progress> progress;
    };
    const auto line = std::make_shared<Line>();
    return [line](const char* what, size_t done, size_t total) {
        if (!line->progress || line->what != what) {
            line->progress.reset();
            line->what = what;
            line->progress.emplace(what, "runs");
        }
        line->progress->update(done, total);
        if (done == total) line->progress.reset();
    };
}

}  // namespace tinamix::tool
