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
    bool asks_for(bool quantize::Repairs::*member) const { return automatic || listed.*member; }
};

struct RepairResult {
    ir::Graph graph;
    calibrate::Ranges ranges;
    quantize::Repairs made;
    nlohmann::ordered_json report;  ///< repairs made; output error before and after where it was measured. May be null
};

/// Measures the ranges of a graph that differs in constants (and in a Clip that became a Relu) only.
using RangesFunction = std::function<calibrate::Ranges(const ir::Graph&)>;

/// Makes the repairs that turn a network into an equal one with other ranges: absorption, equalization, migration.
/// Automatic: one after the other, each kept where it lowers the error (tool/output_error.h) on samples that the
/// statistics have not seen. Deterministic, whatever the number of threads.
/// `rules` say the precision of every layer.
RepairResult balance(const ir::Graph& graph, const calibrate::Ranges& ranges, const quantize::PrecisionRules& rules,
                     const data::SampleSource& samples, const RepairOptions& options, const RangesFunction& calibrate,
                     int threads);

/// Makes the repairs of constants and ranges, after balance() in the same way: bias correction, rounding, weight scale,
/// and clipping, which brings the others with it once more where it helps.
RepairResult repair(const ir::Graph& graph, const calibrate::Ranges& ranges, const quantize::PrecisionRules& rules,
                    const data::SampleSource& samples, const RepairOptions& options, int threads);

struct FineOutputs {
    quantize::PrecisionRules rules;
    nlohmann::ordered_json report;  ///< as in RepairResult
};

/// The last repair of a network of int8: `rules` with those of rules_for_fine_outputs(), which give way to all others.
/// `repaired` is `graph` with other constants, and what is packed; `graph` is what its outputs are compared with.
FineOutputs refine_outputs(const ir::Graph& graph, const ir::Graph& repaired, const calibrate::Ranges& ranges,
                           const quantize::PrecisionRules& rules, const data::SampleSource& samples,
                           const RepairOptions& options, int threads);

/// The reports of two repairs, one after the other, as one.
nlohmann::ordered_json joined_reports(const nlohmann::ordered_json& first, const nlohmann::ordered_json& second);

}  // namespace tinamix::tool
