// What `convert --precision mixed` and `sensitivity` prepare in the same way: a network with constants for every
// precision, its groups, and the float results to compare with.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "calibrate/ranges.h"
#include "data/samples.h"
#include "search/mix_simulator.h"
#include "tool/measured_repair.h"
#include "tool/metric_options.h"

namespace tinamix::tool {

/// Samples that mixes are measured on when --search-samples does not say otherwise: 30, and of small networks, where a
/// sample costs next to nothing and few doubtful ones make up most of the loss, as many as 6 G multiply-accumulates
/// are, at most 200.
int default_search_samples(const ir::Graph& graph);
inline constexpr const char* kDefaultSearchSamplesText = "30; up to 200 of networks below 200 M MAC";

/// `count` of `total` indices, spread evenly from the middle of the first stride on.
std::vector<size_t> spread_indices(size_t total, size_t count);

class SearchSetup {
  public:
    /// Repairs `graph` for w8a8 and for w8a16 layers (float and w16a16 layers keep its constants), groups what `rules`
    /// leaves open, and runs `search_samples` (0: the default) of `samples` in float32. Throws Error when there is
    /// nothing to choose.
    SearchSetup(const ir::Graph& graph, const calibrate::Ranges& ranges, const quantize::PrecisionRules& rules,
                const data::SampleSource& samples, const RepairOptions& repair, const MetricOptions& metric,
                int search_samples, const cost::Board& board, int threads);

    search::MixSimulator& simulator() { return *simulator_; }
    const search::ReferenceOutputs& reference() const { return *reference_; }
    /// Those of `ranges`, or narrower ones of the repair.
    const calibrate::Ranges& ranges() const { return ranges_; }
    /// By precision: what repair() reported.
    const nlohmann::ordered_json& repairs() const { return repairs_; }
    /// For measurements that look at single layers.
    const std::vector<size_t>& indices() const { return indices_; }

  private:
    calibrate::Ranges ranges_;
    quantize::PrecisionRules rules_;
    nlohmann::ordered_json repairs_;
    std::vector<size_t> indices_;
    std::unique_ptr<search::PrecisionGraphs> graphs_;
    std::unique_ptr<search::ReferenceOutputs> reference_;
    std::unique_ptr<search::MixSimulator> simulator_;
};

/// Draws progress of a search.
search::Progress search_progress();

}  // namespace tinamix::tool
