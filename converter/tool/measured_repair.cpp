#include "tool/measured_repair.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

#include "quantize/bias_absorption.h"
#include "quantize/equalization.h"
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
constexpr NamedRepair kRepairs[] = {{"absorb", &Repairs::absorption}, {"equalize", &Repairs::equalization},
                                    {"migrate", &Repairs::migration}, {"bias", &Repairs::bias_correction},
                                    {"rounding", &Repairs::rounding}, {"scale", &Repairs::weight_scale}};

/// Repairs of constants in the order in which they are tried.
constexpr bool Repairs::*kOfConstants[] = {&Repairs::bias_correction, &Repairs::rounding, &Repairs::weight_scale};

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
        std::vector<std::string> names{"auto", "none"};
        for (const NamedRepair& repair : kRepairs) names.emplace_back(repair.name);
        const std::string near = did_you_mean(name, names);
        throw UsageError("", fmt::format("unknown repair `{}`", name),
                         near.empty() ? fmt::format("one or a list of {}", fmt::join(names, ", ")) : near);
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

/// Tries one repair after the other and keeps each that lowers the error.
class Trials {
  public:
    explicit Trials(double error) : before_(error), error_(error) {}

    /// True where `error` is lower than that of what was kept so far.
    bool keep(const char* name, double error) {
        const bool better = error < error_;
        steps_.push_back({{"repair", name}, {"error", error}, {"kept", better}});
        if (error_ > 0) steps_.back()["gain_percent"] = 100 * (1 - error / error_);
        if (better) error_ = error;
        return better;
    }
    nlohmann::ordered_json report(const Repairs& made) const {
        return {{"made", repair_names(made)}, {"error_before", before_}, {"error", error_}, {"tried", steps_}};
    }

  private:
    double before_, error_;
    nlohmann::ordered_json steps_ = nlohmann::ordered_json::array();
};

/// Of all tensors whose channels can be scaled; empty where there are none.
quantize::AllChannelStatistics channel_statistics(const ir::Graph& graph, const data::SampleSource& samples,
                                                  const std::vector<size_t>& chosen, int threads) {
    std::vector<quantize::ChannelPlace> places;
    for (const quantize::ChannelGroup& group : quantize::find_channel_groups(graph)) {
        places.insert(places.end(), group.values.begin(), group.values.end());
    }
    if (places.empty()) return {};
    Progress progress("measuring channels", "samples");
    quantize::ChannelStatisticsOptions settings;
    settings.threads = threads;
    settings.samples = chosen;
    settings.progress = [&progress](size_t done, size_t total) { progress.update(done, total); };
    return quantize::measure_channels(graph, places, samples, settings);
}

const char* name_of(bool Repairs::*member) {
    for (const NamedRepair& repair : kRepairs) {
        if (repair.member == member) return repair.name;
    }
    return "";
}

Repairs with(Repairs repairs, bool Repairs::*member) {
    repairs.*member = true;
    return repairs;
}

}  // namespace

void RepairOptions::declare(Options& options) {
    options.add("--repair", Options::Kind::kList, "auto|none|LIST",
                "what is done about the errors of 8-bit layers before bits are spent: absorb (high biases), equalize "
                "(channels between layers), migrate (LayerNorm to MatMul), bias (mean of each channel), rounding (of "
                "weights, to the output), scale (of weights); auto: each that brings the simulated outputs closer to "
                "float (default auto)",
                [this](const std::vector<std::string>& values) {
                    automatic = values.front() == "auto";
                    listed = automatic || values.front() == "none" ? Repairs{} : repairs_of(values.front());
                });
}

BalanceResult balance(const ir::Graph& graph, const calibrate::Ranges& ranges, const quantize::Plan& plan,
                      const data::SampleSource& samples, const RepairOptions& options, const RangesFunction& calibrate,
                      const PackWithRanges& pack, int threads) {
    BalanceResult result{graph, ranges, {}, {}};
    const bool works_in_8_bits =
        std::any_of(plan.node_precision.begin(), plan.node_precision.end(), [](quantize::Precision precision) {
            return precision == quantize::Precision::kW8A8 || precision == quantize::Precision::kW8A16;
        });
    if (!works_in_8_bits || options.without_balance()) return result;
    const Split parts = split(samples.size());
    std::optional<OutputError> error;
    std::optional<Trials> trials;
    quantize::AllChannelStatistics statistics = channel_statistics(graph, samples, parts.statistics, threads);
    const auto attempt = [&](bool Repairs::*member, const auto& make) {
        if (statistics.empty() || (!options.automatic && !(options.listed.*member))) return;
        quantize::EqualNetwork candidate = make();
        if (candidate.changed == 0) return;
        calibrate::Ranges measured = calibrate(candidate.graph);
        if (options.automatic) {
            if (!error) {
                error.emplace(graph, plan.head_joins, samples, parts.held_out, threads);
                trials.emplace(error->measure(pack(graph, ranges), graph.name, threads));
            }
            const double found = error->measure(pack(candidate.graph, measured), graph.name, threads);
            if (!trials->keep(name_of(member), found)) return;
        }
        result.made.*member = true;
        result.graph = std::move(candidate.graph);
        result.ranges = std::move(measured);
        statistics = std::move(candidate.statistics);
    };
    attempt(&Repairs::absorption, [&] { return quantize::absorbed_biases(result.graph, statistics); });
    attempt(&Repairs::equalization,
            [&] { return quantize::equalized(result.graph, plan, statistics, quantize::Equalization::kLayers); });
    attempt(&Repairs::migration, [&] {
        return quantize::equalized(result.graph, plan, statistics, quantize::Equalization::kNormalizations);
    });
    if (trials) {
        result.report = trials->report(result.made);
    } else if (result.made != Repairs{}) {
        result.report["made"] = repair_names(result.made);
    }
    return result;
}

nlohmann::ordered_json joined_reports(const nlohmann::ordered_json& balanced, const nlohmann::ordered_json& repaired) {
    if (balanced.is_null()) return repaired;
    if (repaired.is_null()) return balanced;
    nlohmann::ordered_json result = repaired;
    const std::string first = balanced["made"], second = repaired["made"];
    result["made"] = first == "none" ? second : second == "none" ? first : first + "," + second;
    if (balanced.contains("tried") && repaired.contains("tried")) {
        result["error_before"] = balanced["error_before"];
        result["tried"] = balanced["tried"];
        for (const auto& step : repaired["tried"]) result["tried"].push_back(step);
    }
    return result;
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
        for (bool Repairs::*member : kOfConstants) result.made.*member = options.listed.*member;
        if (result.made == Repairs{}) return result;
        result.graph = quantize::repaired(graph, moments, result.made, threads);
        result.report["made"] = repair_names(result.made);
        return result;
    }
    const OutputError error(graph, plan.head_joins, samples, parts.held_out, threads);
    Trials trials(error.measure(pack(graph), graph.name, threads));
    for (bool Repairs::*member : kOfConstants) {
        const Repairs candidate = with(result.made, member);
        ir::Graph made = quantize::repaired(graph, moments, candidate, threads);
        if (!trials.keep(name_of(member), error.measure(pack(made), graph.name, threads))) continue;
        result.made = candidate;
        result.graph = std::move(made);
    }
    result.report = trials.report(result.made);
    return result;
}

}  // namespace tinamix::tool
