// The search step of `convert --precision mixed`: its options, what it chooses, and what it tells.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "calibrate/ranges.h"
#include "cost/board.h"
#include "data/samples.h"
#include "ir/graph.h"
#include "pack/pack.h"
#include "quantize/plan.h"
#include "report/conversion_report.h"
#include "tool/measured_repair.h"
#include "tool/metric_options.h"
#include "tool/options.h"

namespace tinamix::tool {

/// --metric and what belongs to it, --max-drop, --target-cosine, --max-latency, --max-bytes, --max-arena, --keep,
/// --only-int8, --search-samples, --front, --resume.
struct SearchOptions {
    void declare(Options& options);
    /// Throws UsageError when one of them is given without a search.
    void check(const Options& options, bool searches) const;

    std::optional<double> target_cosine, most_drop, most_ms, most_bytes, most_arena;
    std::vector<quantize::PrecisionRules::Rule> pins;  ///< for layers that the search leaves alone
    int samples = 0;                                   ///< 0: default_search_samples()
    std::string front;                                 ///< folder, "": none
    std::string resume;                                ///< file, "": none
    MetricOptions metric;

    /// 1 - the largest loss of the metric that is allowed: with cosines, the least of them.
    double target() const;
};

struct MixedConversion {
    ir::Graph graph;  ///< with the constants that suit the mix
    calibrate::Ranges ranges;
    quantize::PrecisionRules rules;  ///< the mix
    nlohmann::ordered_json report;   ///< in short

    /// What a report shows beside it; empty where none was asked for.
    struct Alternative {
        std::string name;
        std::vector<uint8_t> bytes;
    };
    std::vector<Alternative> alternatives;  ///< all int8, all int16
    std::vector<report::FrontPoint> mixes;  ///< every mix simulated, the cheapest first
};

/// Searches a mix for `graph` (search/mixed_precision.h). `rules` are those of the user; layers that they name are left
/// alone. Writes the front, where it was asked for: a layer list for each of its points, named by its place, and
/// search.json with everything that was measured. `report_for`: where alternatives are to be packed, and mixes told;
/// null: neither.
MixedConversion convert_mixed(const ir::Graph& graph, const calibrate::Ranges& ranges,
                              const quantize::PrecisionRules& rules, const data::SampleSource& samples,
                              const RepairOptions& repair, const SearchOptions& search, const cost::Board& board,
                              int threads, const pack::Target* report_for);

}  // namespace tinamix::tool
