// The repair step of `convert`: makes repairs and keeps those that bring the simulated outputs closer to float.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

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
};

struct RepairResult {
    ir::Graph graph;
    quantize::Repairs made;
    nlohmann::ordered_json report;  ///< repairs made; output error before and after where it was measured
};

/// Packs a graph that differs from the one planned for in constants only.
using PackFunction = std::function<std::vector<uint8_t>(const ir::Graph&)>;

/// Repairs `graph`, calibrated to `plan`. Automatic: tries all repairs together, then each alone, and takes the first
/// that lowers the error (tool/output_error.h) on samples that the statistics have not seen; none where nothing does.
/// Deterministic, whatever the number of threads.
RepairResult repair(const ir::Graph& graph, const quantize::Plan& plan, const data::SampleSource& samples,
                    const RepairOptions& options, const PackFunction& pack, int threads);

}  // namespace tinamix::tool
