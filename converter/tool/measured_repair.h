// The repair steps of `convert`: make repairs and keep those that bring the simulated outputs closer to float.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "calibrate/ranges.h"
#include "data/samples.h"
#include "ir/graph.h"
#include "quantize/repair.h"
#include "tool/options.h"

namespace tinamix::tool {

/// --repair.
struct RepairOptions {
    bool automatic = true;
    quantize::Repairs listed;  ///< unless automatic: made without asking whether they help

    void declare(Options& options);
    bool none() const { return !automatic && listed == quantize::Repairs{}; }
    bool without_balance() const {
        return !automatic && !listed.absorption && !listed.equalization && !listed.migration;
    }
};

struct RepairResult {
    ir::Graph graph;
    quantize::Repairs made;
    nlohmann::ordered_json report;  ///< repairs made; output error before and after where it was measured
};

/// Packs a graph that differs from the one planned for in constants only.
using PackFunction = std::function<std::vector<uint8_t>(const ir::Graph&)>;

/// Makes the repairs of constants (the first three of quantize::Repairs) in `graph`, calibrated to `plan`. Automatic:
/// one after the other, each kept where it lowers the error (tool/output_error.h) on samples that the statistics have
/// not seen. Deterministic, whatever the number of threads.
RepairResult repair(const ir::Graph& graph, const quantize::Plan& plan, const data::SampleSource& samples,
                    const RepairOptions& options, const PackFunction& pack, int threads);

/// An equal network and its ranges.
struct BalanceResult {
    ir::Graph graph;
    calibrate::Ranges ranges;
    quantize::Repairs made;
    nlohmann::ordered_json report;  ///< as in RepairResult; null where nothing could be done
};

/// Measures the ranges of a graph that differs in constants (and in a Clip that became a Relu) only.
using RangesFunction = std::function<calibrate::Ranges(const ir::Graph&)>;
/// Packs a graph calibrated to `ranges`.
using PackWithRanges = std::function<std::vector<uint8_t>(const ir::Graph&, const calibrate::Ranges&)>;

/// Makes the repairs that move ranges (the last three of quantize::Repairs), before repair(). `plan` is that of
/// `graph` under `ranges`. Automatic: as repair(). Deterministic, whatever the number of threads.
BalanceResult balance(const ir::Graph& graph, const calibrate::Ranges& ranges, const quantize::Plan& plan,
                      const data::SampleSource& samples, const RepairOptions& options, const RangesFunction& calibrate,
                      const PackWithRanges& pack, int threads);

/// The reports of balance() and repair() as one.
nlohmann::ordered_json joined_reports(const nlohmann::ordered_json& balanced, const nlohmann::ordered_json& repaired);

}  // namespace tinamix::tool
