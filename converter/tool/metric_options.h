// Options that say what `sensitivity` and the search of `convert --precision mixed` judge outputs by.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "calibrate/ranges.h"
#include "ir/graph.h"
#include "search/metric.h"
#include "search/reference_outputs.h"
#include "tool/options.h"

namespace tinamix::tool {

/// --metric, --metric-command, --compare-tensors.
struct MetricOptions {
    std::string name = "cosine", command;
    int most = 5;  ///< topk
    std::vector<std::pair<std::string, double>> tensors;

    void declare(Options& options);
    /// Throws UsageError for options that contradict each other.
    void check(const Options& options) const;

    search::Metric metric() const;
    /// What is judged: the tensors that were named, all outputs together where a command scores them, and otherwise
    /// the outputs, parts with ranges of their own apart.
    std::vector<search::OutputGroup> groups(const ir::Graph& graph, const calibrate::Ranges& ranges) const;
    /// The scorer of --metric command; empty for other metrics. `samples`: names of those that it will be given.
    search::MakeScorer scorer(const ir::Graph& graph, std::vector<std::string> samples) const;
};

}  // namespace tinamix::tool
