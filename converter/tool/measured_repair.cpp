#include "tool/measured_repair.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

#include "pack/pack.h"
#include "quantize/bias_absorption.h"
#include "quantize/equalization.h"
#include "search/long_tails.h"
#include "tool/fine_outputs.h"
#include "tool/output_error.h"
#include "tool/progress.h"
#include "tool/search_setup.h"

namespace tinamix::tool {
namespace {

using quantize::Repairs;

constexpr size_t kStatisticsSamples = 32, kHeldOutSamples = 24, kTailSamples = 8;

/// The ranges are chosen on the samples held out: part of a small gain is chance.
constexpr double kClippingIsWorth = 0.85;
/// What 16 bits are for, telling the first of two close scores, is hardly seen in the energy of errors.
constexpr double kOutputsMayCost = 1.02;

struct NamedRepair {
    const char* name;
    bool Repairs::*member;
};
constexpr NamedRepair kRepairs[] = {{"absorb", &Repairs::absorption}, {"equalize", &Repairs::equalization},
                                    {"migrate", &Repairs::migration}, {"bias", &Repairs::bias_correction},
                                    {"rounding", &Repairs::rounding}, {"scale", &Repairs::weight_scale},
                                    {"clip", &Repairs::clipping},     {"outputs", &Repairs::outputs}};

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

    /// True where `error` is lower than `by` times that of what was kept so far.
    bool keep(const char* name, double error, double by = 1) {
        const bool better = error < by * error_;
        steps_.push_back({{"repair", name}, {"error", error}, {"kept", better}});
        if (error_ > 0) steps_.back()["gain_percent"] = 100 * (1 - error / error_);
        if (better) error_ = error;
        return better;
    }
    double error() const { return error_; }  ///< of what was kept so far
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

bool works_in_8_bits(const quantize::Plan& plan) {
    return std::any_of(plan.node_precision.begin(), plan.node_precision.end(), [](quantize::Precision precision) {
        return precision == quantize::Precision::kW8A8 || precision == quantize::Precision::kW8A16;
    });
}

/// What the repairs of one network have in common, and the float results to compare with once they are asked for.
class Workshop {
  public:
    Workshop(const ir::Graph& graph, const quantize::PrecisionRules& rules, const data::SampleSource& samples,
             int threads)
        : graph_(graph), rules_(rules), samples_(samples), parts_(split(samples.size())), threads_(threads) {}

    const Split& parts() const { return parts_; }
    quantize::Plan plan(const ir::Graph& graph, const calibrate::Ranges& ranges) const {
        return quantize::make_plan(graph, ranges, rules_);
    }
    /// Of the outputs, on the samples held out.
    double error(const ir::Graph& graph, const calibrate::Ranges& ranges) {
        const quantize::Plan planned = plan(graph, ranges);
        if (!error_) error_.emplace(graph_, planned.head_joins, samples_, parts_.held_out, threads_);
        return error_->measure(pack::pack(graph, planned, pack::target_from_name("generic"), ""), graph.name, threads_);
    }
    quantize::AllChannelStatistics channels() const {
        return channel_statistics(graph_, samples_, parts_.statistics, threads_);
    }
    /// Under `ranges`, of which some were `narrowed`.
    std::vector<quantize::InputMoments> moments(const calibrate::Ranges& ranges,
                                                const std::vector<ir::ValueId>& narrowed) const {
        Progress progress("repairing", "samples");
        quantize::MomentsOptions settings;
        settings.threads = threads_;
        settings.samples = parts_.statistics;
        settings.without_tails = narrowed;
        settings.progress = [&progress](size_t done, size_t total) { progress.update(done, total); };
        return quantize::measure_input_moments(graph_, plan(graph_, ranges), samples_, settings);
    }
    search::ClippedRanges clip(const RepairResult& made, double error) {
        return search::clip_long_tails(
            made.graph, made.ranges, plan(made.graph, made.ranges), samples_, spread(parts_.statistics, kTailSamples),
            error, [&](const calibrate::Ranges& candidate) { return this->error(made.graph, candidate); }, threads_,
            search_progress());
    }
    int threads() const { return threads_; }

  private:
    const ir::Graph& graph_;
    const quantize::PrecisionRules& rules_;
    const data::SampleSource& samples_;
    Split parts_;
    int threads_;
    std::optional<OutputError> error_;
};

/// The repairs of constants alone, under given ranges, of which some were `narrowed`. With `trials`: automatic.
RepairResult repair_constants(const ir::Graph& graph, const calibrate::Ranges& ranges,
                              const std::vector<ir::ValueId>& narrowed, Workshop& workshop, const Repairs& listed,
                              Trials* trials) {
    RepairResult result{graph, ranges, {}, {}};
    if (trials == nullptr) {
        for (bool Repairs::*member : kOfConstants) result.made.*member = listed.*member;
        if (result.made == Repairs{}) return result;
    }
    const std::vector<quantize::InputMoments> moments = workshop.moments(ranges, narrowed);
    if (moments.empty()) return {graph, ranges, {}, {}};
    if (trials == nullptr) {
        result.graph = quantize::repaired(graph, moments, result.made, workshop.threads());
        return result;
    }
    for (bool Repairs::*member : kOfConstants) {
        const Repairs candidate = with(result.made, member);
        ir::Graph made = quantize::repaired(graph, moments, candidate, workshop.threads());
        if (!trials->keep(name_of(member), workshop.error(made, ranges))) continue;
        result.made = candidate;
        result.graph = std::move(made);
    }
    return result;
}

}  // namespace

void RepairOptions::declare(Options& options) {
    options.add(
        "--repair", Options::Kind::kList, "auto|none|LIST",
        "what is done about the errors of 8-bit layers before bits are spent: absorb (high biases), equalize "
        "(channels between layers), migrate (LayerNorm to MatMul), bias (mean of each channel), rounding (of "
        "weights, to the output), scale (of weights), clip (tensors with long tails), outputs (int16 where that "
        "is a fiftieth of the work at most); auto: each that brings the simulated outputs closer to float "
        "(default auto)",
        [this](const std::vector<std::string>& values) {
            automatic = values.front() == "auto";
            listed = automatic || values.front() == "none" ? Repairs{} : repairs_of(values.front());
        });
}

RepairResult balance(const ir::Graph& graph, const calibrate::Ranges& ranges, const quantize::PrecisionRules& rules,
                     const data::SampleSource& samples, const RepairOptions& options, const RangesFunction& calibrate,
                     int threads) {
    RepairResult result{graph, ranges, {}, {}};
    Workshop workshop(graph, rules, samples, threads);
    const quantize::Plan plan = workshop.plan(graph, ranges);
    const bool asked_for = options.asks_for(&Repairs::absorption) || options.asks_for(&Repairs::equalization) ||
                           options.asks_for(&Repairs::migration);
    if (!asked_for || !works_in_8_bits(plan)) return result;
    quantize::AllChannelStatistics statistics = workshop.channels();
    if (statistics.empty()) return result;
    std::optional<Trials> trials;
    const auto attempt = [&](bool Repairs::*member, const auto& make) {
        if (!options.asks_for(member)) return;
        quantize::EqualNetwork candidate = make();
        if (candidate.changed == 0) return;
        calibrate::Ranges measured = calibrate(candidate.graph);
        if (options.automatic) {
            if (!trials) trials.emplace(workshop.error(graph, ranges));
            if (!trials->keep(name_of(member), workshop.error(candidate.graph, measured))) return;
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

RepairResult repair(const ir::Graph& graph, const calibrate::Ranges& ranges, const quantize::PrecisionRules& rules,
                    const data::SampleSource& samples, const RepairOptions& options, int threads) {
    Workshop workshop(graph, rules, samples, threads);
    if (options.none() || !works_in_8_bits(workshop.plan(graph, ranges))) return {graph, ranges, {}, {}};
    std::optional<Trials> trials;
    if (options.automatic) trials.emplace(workshop.error(graph, ranges));
    Trials* const automatic = trials ? &*trials : nullptr;
    RepairResult result = repair_constants(graph, ranges, {}, workshop, options.listed, automatic);
    if (options.asks_for(&Repairs::clipping)) {
        const search::ClippedRanges clipped =
            workshop.clip(result, trials ? trials->error() : workshop.error(result.graph, ranges));
        if (!clipped.narrowed.empty()) {
            // Other ranges, other errors to make up for: the constants are made again.
            std::optional<Trials> again;
            if (automatic != nullptr) again.emplace(workshop.error(graph, clipped.ranges));
            RepairResult other = repair_constants(graph, clipped.ranges, clipped.narrowed, workshop, options.listed,
                                                  again ? &*again : nullptr);
            if (!trials || trials->keep(name_of(&Repairs::clipping), again->error(), kClippingIsWorth)) {
                result = std::move(other);
                result.made.clipping = true;
            }
        }
    }
    if (trials) {
        result.report = trials->report(result.made);
    } else if (result.made != Repairs{}) {
        result.report["made"] = repair_names(result.made);
    }
    return result;
}

FineOutputs refine_outputs(const ir::Graph& graph, const ir::Graph& repaired, const calibrate::Ranges& ranges,
                           const quantize::PrecisionRules& rules, const data::SampleSource& samples,
                           const RepairOptions& options, int threads) {
    FineOutputs result{rules, {}};
    if (!options.asks_for(&Repairs::outputs)) return result;
    const std::vector<quantize::PrecisionRules::Rule> fine = rules_for_fine_outputs(graph);
    if (fine.empty()) return result;
    quantize::PrecisionRules finer = rules;
    finer.rules.insert(finer.rules.begin(), fine.begin(), fine.end());
    Repairs made;
    made.outputs = true;
    if (options.automatic) {
        Workshop plain(graph, rules, samples, threads), other(graph, finer, samples, threads);
        Trials trials(plain.error(repaired, ranges));
        made.outputs = trials.keep(name_of(&Repairs::outputs), other.error(repaired, ranges), kOutputsMayCost);
        result.report = trials.report(made);
    } else {
        result.report["made"] = repair_names(made);
    }
    if (made.outputs) result.rules = std::move(finer);
    return result;
}

nlohmann::ordered_json joined_reports(const nlohmann::ordered_json& first, const nlohmann::ordered_json& second) {
    if (first.is_null()) return second;
    if (second.is_null()) return first;
    nlohmann::ordered_json result = second;
    const std::string made = first["made"], then = second["made"];
    result["made"] = made == "none" ? then : then == "none" ? made : made + "," + then;
    if (first.contains("tried") && second.contains("tried")) {
        result["error_before"] = first["error_before"];
        result["tried"] = first["tried"];
        for (const auto& step : second["tried"]) result["tried"].push_back(step);
    }
    return result;
}

}  // namespace tinamix::tool
