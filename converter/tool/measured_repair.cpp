#include "tool/measured_repair.h"

#include <fmt/format.h>

#include "tool/output_error.h"
#include "tool/progress.h"

namespace tinamix::tool {
namespace {

using quantize::Repairs;

constexpr size_t kStatisticsSamples = 32, kHeldOutSamples = 24;

struct NamedRepair {
    const char* name;
    bool Repairs::*member;
};
constexpr NamedRepair kRepairs[] = {{"rounding", &Repairs::rounding}, {"bias", &Repairs::bias_correction}};

std::string repair_names(const Repairs& repairs) {
    std::string names;
    for (const NamedRepair& repair : kRepairs) {
        if (repairs.*repair.member) names += (names.empty() ? "" : ",") + std::string(repair.name);
    }
    return names.empty() ? "none" : names;
}

Repairs repairs_of(const std::string& list) {
    Repairs repairs;
    for (size_t begin = 0; begin <= list.size();) {
        const size_t end = std::min(list.find(',', begin), list.size());
        const std::string name = list.substr(begin, end - begin);
        begin = end + 1;
        bool known = false;
        for (const NamedRepair& repair : kRepairs) {
            if (name != repair.name) continue;
            repairs.*repair.member = true;
            known = true;
        }
        if (known) continue;
        const std::string near = did_you_mean(name, {"auto", "none", "rounding", "bias"});
        throw UsageError("", fmt::format("unknown repair `{}`", name),
                         near.empty() ? "auto, none, or a list of rounding and bias" : near);
    }
    return repairs;
}

/// `count` of `total` indices, spread evenly from the middle of the first stride on.
std::vector<size_t> spread(const std::vector<size_t>& from, size_t count) {
    std::vector<size_t> result;
    count = std::min(count, from.size());
    for (size_t i = 0; i < count; ++i) result.push_back(from[(2 * i + 1) * from.size() / (2 * count)]);
    return result;
}

/// The samples to measure on, and those for statistics: apart from each other where there are enough.
struct Split {
    std::vector<size_t> held_out, statistics;
};
Split split(size_t samples) {
    std::vector<size_t> all(samples);
    for (size_t i = 0; i < samples; ++i) all[i] = i;
    constexpr size_t kFewestToSplit = 8, kShare = 4;
    if (samples < kFewestToSplit) return {all, all};
    Split split{spread(all, std::min(kHeldOutSamples, samples / kShare)), {}};
    std::vector<size_t> others;
    for (const size_t index : all) {
        if (std::find(split.held_out.begin(), split.held_out.end(), index) == split.held_out.end()) {
            others.push_back(index);
        }
    }
    split.statistics = spread(others, kStatisticsSamples);
    return split;
}

}  // namespace

void RepairOptions::declare(Options& options) {
    options.add("--repair", Options::Kind::kList, "auto|none|LIST",
                "what is done about the errors of 8-bit layers before bits are spent: rounding (of weights, to the "
                "output), bias (mean of each channel); auto: what brings the simulated outputs closer to float "
                "(default auto)",
                [this](const std::vector<std::string>& values) {
                    automatic = values.front() == "auto";
                    listed = automatic || values.front() == "none" ? Repairs{} : repairs_of(values.front());
                });
}

RepairResult repair(const ir::Graph& graph, const quantize::Plan& plan, const data::SampleSource& samples,
                    const RepairOptions& options, const PackFunction& pack, int threads) {
    RepairResult result{graph, {}, {}};
    if (options.none()) return result;
    const Split parts = split(samples.size());
    std::vector<quantize::InputMoments> moments;
    {
        Progress progress("repairing", "samples");
        quantize::MomentsOptions settings;
        settings.threads = threads;
        settings.samples = parts.statistics;
        settings.progress = [&progress](size_t done, size_t total) { progress.update(done, total); };
        moments = quantize::measure_input_moments(graph, plan, samples, settings);
    }
    if (moments.empty()) return result;
    if (!options.automatic) {
        result.made = options.listed;
        result.graph = quantize::repaired(graph, moments, options.listed, threads);
        result.report["made"] = repair_names(result.made);
        return result;
    }
    const OutputError error(graph, plan.head_joins, samples, parts.held_out, threads);
    const double before = error.measure(pack(graph), graph.name, threads);
    double after = before;
    // Every repair lowers the error of each layer by itself; measured differences between them are mostly chance. So
    // the most that helps is taken, and less only where that does harm.
    for (const Repairs& candidate : {Repairs{true, true}, Repairs{true, false}, Repairs{false, true}}) {
        ir::Graph made = quantize::repaired(graph, moments, candidate, threads);
        const double found = error.measure(pack(made), graph.name, threads);
        result.report["tried"][repair_names(candidate)] = found;
        if (!(found < before)) continue;
        after = found;
        result.made = candidate;
        result.graph = std::move(made);
        break;
    }
    result.report["made"] = repair_names(result.made);
    result.report["error_before"] = before;
    result.report["error"] = after;
    return result;
}

}  // namespace tinamix::tool
