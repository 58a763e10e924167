#include "tool/metric_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "tool/command_scorer.h"

namespace tinamix::tool {

void MetricOptions::declare(Options& options) {
    options.choice("--metric", name, {"cosine", "snr", "top1", "topk", "command"},
                   "what outputs are judged by: 1 - cosine to float; noise over signal energy (snr); share of the "
                   "samples whose best class is not float's, or not among the --top-k best; or what a program of "
                   "yours scores (default cosine)");
    options.integer("--top-k", most, 1, 1000, "metric topk: how many classes count as best (default 5)");
    options.text("--metric-command", command, "COMMAND",
                 "metric command: a shell command that is given a folder as its last argument and prints a number, "
                 "higher is better. In the folder, samples.txt names the samples, and N/NAME.npy is output NAME of "
                 "sample N, from 0");
    options.add("--compare-tensors", Options::Kind::kList, "NAME:WEIGHT[,NAME:WEIGHT]",
                "judges by these tensors instead of the outputs: the loss is the weighted mean of theirs",
                [this](const std::vector<std::string>& values) {
                    tensors.clear();
                    const std::string& text = values.front();
                    for (size_t begin = 0; begin <= text.size();) {
                        const size_t end = std::min(text.find(',', begin), text.size());
                        const std::string item = text.substr(begin, end - begin);
                        const size_t colon = item.rfind(':');
                        char* rest = nullptr;
                        const double weight =
                            colon == std::string::npos ? 0 : std::strtod(item.c_str() + colon + 1, &rest);
                        if (colon == 0 || !(weight > 0 && weight < 1e9) || *rest != '\0') {
                            throw UsageError("", "`" + item + "` is not NAME:WEIGHT, with a weight above 0");
                        }
                        tensors.emplace_back(item.substr(0, colon), weight);
                        begin = end + 1;
                    }
                });
    options.exclude("--compare-tensors", "--metric-command");
}

void MetricOptions::check(const Options& options) const {
    if ((name == "command") != options.given("--metric-command")) {
        throw UsageError(name == "command" ? "--metric" : "--metric-command",
                         "command and --metric-command belong together", "give both");
    }
    if (options.given("--top-k") && name != "topk") {
        throw UsageError("--top-k", "says something to one metric", "add --metric topk");
    }
}

search::Metric MetricOptions::metric() const {
    using Kind = search::Metric::Kind;
    search::Metric metric;
    metric.kind = name == "snr"                      ? Kind::kSnr
                  : name == "top1" || name == "topk" ? Kind::kTop
                  : name == "command"                ? Kind::kScorer
                                                     : Kind::kCosine;
    metric.most = name == "topk" ? most : 1;
    metric.text = fmt::format("{} {} {}", name, metric.most, command);
    for (const auto& [tensor, weight] : tensors) metric.text += fmt::format(" {}:{:g}", tensor, weight);
    return metric;
}

std::vector<search::OutputGroup> MetricOptions::groups(const ir::Graph& graph, const calibrate::Ranges& ranges) const {
    if (!tensors.empty()) return {search::weighted_group(graph, tensors)};
    if (name == "command") {
        search::OutputGroup all{"all outputs", {}, {}, {}};
        for (const search::OutputGroup& group : search::find_output_groups(graph, ranges)) {
            all.ranked.insert(all.ranked.end(), group.ranked.begin(), group.ranked.end());
        }
        for (const ir::ValueId output : graph.outputs) {
            if (graph.value(output).type == ir::ElementType::kFloat32) all.judged.push_back(output);
        }
        return {all};
    }
    if (name == "top1" || name == "topk") {
        // Rows of scores cannot be taken apart.
        std::vector<search::OutputGroup> groups;
        for (const ir::ValueId output : graph.outputs) {
            if (graph.value(output).type != ir::ElementType::kFloat32) continue;
            groups.push_back({graph.value(output).name, {output}, {output}, {}});
        }
        return groups;
    }
    return search::find_output_groups(graph, ranges);
}

search::MakeScorer MetricOptions::scorer(const ir::Graph& graph, std::vector<std::string> samples) const {
    if (name != "command") return {};
    std::vector<std::string> outputs;
    for (const ir::ValueId output : graph.outputs) outputs.push_back(graph.value(output).name);
    return [command = command, outputs, samples = std::move(samples)] {
        return std::make_unique<CommandScorer>(command, outputs, samples);
    };
}

}  // namespace tinamix::tool
