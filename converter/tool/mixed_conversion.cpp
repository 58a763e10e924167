#include "tool/mixed_conversion.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "formats/atomic_file.h"
#include "formats/strict_yaml.h"
#include "search/mixed_precision.h"
#include "tool/search_setup.h"

namespace tinamix::tool {

using Json = nlohmann::ordered_json;
using quantize::Precision;
using quantize::PrecisionRules;

namespace {

constexpr double kDefaultTargetCosine = 0.999;
/// Samples that single layers are compared on.
constexpr size_t kLayerSamples = 4;

std::string text(Precision precision) { return std::string(quantize::precision_name(precision)); }

/// Shares of all MACs.
Json mac_shares(const std::map<Precision, int64_t>& macs) {
    double all = 0;
    for (const auto& [precision, of] : macs) all += static_cast<double>(of);
    Json json = Json::object();
    for (const auto& [precision, of] : macs) json[text(precision)] = static_cast<double>(of) / all;
    return json;
}

bool is_cosine(const search::ReferenceOutputs& reference) {
    return reference.metric().kind == search::Metric::Kind::kCosine;
}

/// Cosines of the output groups, or how much they lose of another metric.
Json judgement(const search::ReferenceOutputs& reference, const std::vector<double>& losses) {
    Json json;
    for (size_t k = 0; k < losses.size(); ++k) {
        json[reference.groups()[k].name] = is_cosine(reference) ? 1 - losses[k] : losses[k];
    }
    return json;
}

Json mix_json(const search::ReferenceOutputs& reference, const search::MeasuredMix& mix) {
    const search::Measurement& measured = mix.measured;
    return {{is_cosine(reference) ? "cosine" : "drop", judgement(reference, measured.losses.judged)},
            {"ms", measured.price.cost.ms},
            {"instructions", measured.price.cost.instructions},
            {"macs", mac_shares(measured.price.macs)},
            {"weight_bytes", measured.price.weight_bytes},
            {"arena_bytes", measured.price.arena_bytes}};
}

Json losses_json(const search::ReferenceOutputs& reference, const std::vector<double>& losses) {
    Json json;
    for (size_t k = 0; k < losses.size(); ++k) json[reference.groups()[k].name] = losses[k];
    return json;
}

Json group_json(const ir::Graph& graph, const search::ReferenceOutputs& reference, const search::Sensitivity& of,
                size_t index, const search::Group& group) {
    Json json{{"name", group.name}, {"layers", Json::array()}, {"share", of.share(index)}};
    for (const int node : group.nodes) json["layers"].push_back(graph.nodes[static_cast<size_t>(node)].name);
    for (const auto& [precision, measured] : of.groups[index].alone) {
        json["alone"][text(precision)] = losses_json(reference, measured.losses.ranked);
    }
    for (const auto& [precision, measured] : of.groups[index].relieved) {
        json["relieved"][text(precision)] = losses_json(reference, measured.losses.ranked);
        json["more_ms"][text(precision)] = measured.price.cost.ms - of.int8.price.cost.ms;
    }
    return json;
}

Json layer_json(const search::LayerSimilarity& layer, const cost::Board& board) {
    const cost::Cost cost = board.predict(layer.work);
    const auto ratio = [](const search::Agreement& sums) { return sums.yy > 0 ? sums.error / sums.yy : 0; };
    return {{"name", layer.layer},
            {"tensor", layer.tensor},
            {"kind", layer.work.kind},
            {"precision", text(layer.work.precision)},
            {"macs", layer.work.macs},
            {"ms", cost.ms},
            {"cosine_alone", 1 - search::cosine_loss(layer.alone)},
            {"cosine", 1 - search::cosine_loss(layer.cumulative)},
            {"noise_alone", ratio(layer.alone)},
            {"noise", ratio(layer.cumulative)}};
}

/// The layers above w8a8, as --layers reads them.
std::string layer_list(const PrecisionRules& rules, const std::string& about) {
    std::string yaml = "# " + about + "\nlayers:";
    if (rules.rules.empty()) return yaml + " {}\n";
    yaml += "\n";
    for (const PrecisionRules::Rule& rule : rules.rules) {
        yaml += fmt::format("  {}: {}\n", formats::yaml_quoted(rule.pattern), quantize::precision_name(rule.precision));
    }
    return yaml;
}

/// Of the worst output group.
double most_loss(const search::MeasuredMix& mix) {
    return *std::max_element(mix.measured.losses.judged.begin(), mix.measured.losses.judged.end());
}

std::string loss_text(const search::ReferenceOutputs& reference, const search::MeasuredMix& mix) {
    return is_cosine(reference) ? fmt::format("least cosine {:.6f}", 1 - most_loss(mix))
                                : fmt::format("drop {:.6g}", most_loss(mix));
}

/// The list of the front's point `index`, in the folder of --front.
std::string list_name(size_t index) { return fmt::format("{:02}.yaml", index + 1); }

void write_front(const std::string& folder, const ir::Graph& graph, SearchSetup& setup,
                 const search::SearchResult& result, const data::SampleSource& samples, Json json,
                 const cost::Board& board) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) throw Error(folder, "cannot be made: " + error.message());
    const std::vector<search::Group>& groups = setup.simulator().groups();
    for (size_t g = 0; g < groups.size(); ++g) {
        json["groups"].push_back(group_json(graph, setup.reference(), result.sensitivity, g, groups[g]));
    }
    std::vector<size_t> few = setup.indices();
    few.resize(std::min(few.size(), kLayerSamples));
    for (const search::LayerSimilarity& layer : setup.simulator().layers_of(result.chosen.mix, samples, few)) {
        json["layers"].push_back(layer_json(layer, board));
    }
    for (size_t i = 0; i < result.front.size(); ++i) {
        const search::MeasuredMix& mix = result.front[i];
        const std::string file = list_name(i);
        const std::string about =
            fmt::format("{}: {}, {:.3f} ms predicted on {}", graph.name, loss_text(setup.reference(), mix),
                        mix.measured.price.cost.ms, board.name);
        formats::write_file_atomically((std::filesystem::path(folder) / file).string(),
                                       layer_list(setup.simulator().rules_of(mix.mix), about));
        Json point = mix_json(setup.reference(), mix);
        point["layers"] = file;
        point["chosen"] = mix.mix == result.chosen.mix;
        for (size_t g = 0; g < groups.size(); ++g) {
            if (mix.mix[g] != Precision::kW8A8) point["groups"][groups[g].name] = text(mix.mix[g]);
        }
        json["front"].push_back(point);
    }
    formats::write_file_atomically((std::filesystem::path(folder) / "search.json").string(), json.dump(1) + "\n");
}

/// `front`: the folder of the lists, or empty.
std::vector<report::FrontPoint> all_mixes(const search::SearchResult& result, const std::string& front) {
    std::vector<search::MeasuredMix> mixes = result.measured;
    std::stable_sort(mixes.begin(), mixes.end(), [](const search::MeasuredMix& a, const search::MeasuredMix& b) {
        return a.measured.price.cost.ms < b.measured.price.cost.ms;
    });
    std::vector<report::FrontPoint> points;
    for (const search::MeasuredMix& mix : mixes) {
        report::FrontPoint point;
        point.predicted_ms = mix.measured.price.cost.ms;
        point.loss = most_loss(mix);
        point.chosen = mix.mix == result.chosen.mix;
        const auto found = std::find_if(result.front.begin(), result.front.end(),
                                        [&](const search::MeasuredMix& other) { return other.mix == mix.mix; });
        point.on_front = found != result.front.end();
        const auto place = static_cast<size_t>(found - result.front.begin());
        if (point.on_front && !front.empty()) {
            point.layers_file = (std::filesystem::path(front).filename() / list_name(place)).string();
        }
        point.name = mix.mix == result.int8.mix    ? "int8"
                     : mix.mix == result.int16.mix ? "int16"
                     : point.chosen                ? "mixed"
                     : point.on_front              ? fmt::format("mix {}", place + 1)
                                                   : fmt::format("tried {}", points.size() + 1);
        points.push_back(std::move(point));
    }
    return points;
}

std::optional<uint64_t> whole(const std::optional<double>& number) {
    if (!number) return std::nullopt;
    return static_cast<uint64_t>(*number);
}

}  // namespace

void SearchOptions::declare(Options& options) {
    constexpr double kMost = 1e15;
    metric.declare(options);
    options.number("--max-drop", most_drop, 1e-9, 1e9,
                   "mixed: largest loss of the metric against float, of every output group (default 0.01; cosine: what "
                   "--target-cosine leaves)");
    options.number("--target-cosine", target_cosine, 0.5, 0.9999999,
                   fmt::format("mixed: least mean cosine of every output group (default {})", kDefaultTargetCosine));
    options.number("--max-latency", most_ms, 0, kMost, "mixed: milliseconds that may be predicted");
    options.number("--max-bytes", most_bytes, 0, kMost, "mixed: bytes that weights may take");
    options.number("--max-arena", most_arena, 0, kMost, "mixed: bytes that the arena may take");
    options.add("--keep", Options::Kind::kPairs, "NAME=PRECISION", "mixed: a layer (globs) whose precision is given",
                [this](const std::vector<std::string>& values) {
                    for (const std::string& value : values) {
                        const size_t sign = value.rfind('=');
                        if (sign == std::string::npos) throw UsageError("", "`" + value + "` is not NAME=PRECISION");
                        pins.push_back(
                            {value.substr(0, sign), quantize::precision_from_name(value.substr(sign + 1)), "--keep"});
                    }
                });
    options.add("--only-int8", Options::Kind::kList, "NAME", "mixed: a layer (globs) that stays in w8a8; repeatable",
                [this](const std::vector<std::string>& values) {
                    for (const std::string& value : values) pins.push_back({value, Precision::kW8A8, "--only-int8"});
                });
    options.integer("--search-samples", samples, 1, 100'000,
                    fmt::format("mixed: samples that mixes are simulated on, of those of --data (default {})",
                                kDefaultSearchSamplesText));
    options.path("--front", front, "FOLDER",
                 "mixed: writes every best trade of accuracy against milliseconds as a list for --layers, and "
                 "search.json");
    options.path("--resume", resume, "FILE",
                 "mixed: keeps every measurement in FILE, and takes over those that an interrupted search left there");
}

void SearchOptions::check(const Options& options, bool searches) const {
    if (searches) {
        metric.check(options);
        if (target_cosine && metric.name != "cosine") {
            throw UsageError("--target-cosine", "is for --metric cosine", "say --max-drop");
        }
        return;
    }
    for (const char* name :
         {"--target-cosine", "--max-latency", "--max-bytes", "--max-arena", "--keep", "--only-int8", "--search-samples",
          "--front", "--resume", "--metric", "--metric-command", "--top-k", "--compare-tensors", "--max-drop"}) {
        if (options.given(name)) throw UsageError(name, "says something to a search", "add --precision mixed");
    }
}

double SearchOptions::target() const {
    constexpr double kDefaultDrop = 0.01;
    if (most_drop || metric.name != "cosine") return 1 - most_drop.value_or(kDefaultDrop);
    return target_cosine.value_or(kDefaultTargetCosine);
}

MixedConversion convert_mixed(const ir::Graph& graph, const calibrate::Ranges& ranges, const PrecisionRules& rules,
                              const data::SampleSource& samples, const RepairOptions& repair,
                              const SearchOptions& search, const cost::Board& board, int threads,
                              const pack::Target* report_for) {
    SearchSetup setup(graph, ranges, rules, samples, repair, search.metric, search.samples, board, threads);
    if (!search.resume.empty()) setup.simulator().resume(search.resume);
    search::SearchGoal goal;
    goal.target_cosine = search.target();
    goal.most_ms = search.most_ms;
    goal.most_weight_bytes = whole(search.most_bytes);
    goal.most_arena_bytes = whole(search.most_arena);
    const search::SearchResult result = search::search_mix(setup.simulator(), goal, search_progress());

    Json report;
    report["board"] = board.name;
    if (is_cosine(setup.reference())) {
        report["target_cosine"] = goal.target_cosine;
    } else {
        report["metric"] = search.metric.name;
        report["max_drop"] = 1 - search.target();
    }
    report["reached"] = result.reached;
    report["within_limits"] = result.within_limits;
    report["samples"] = setup.reference().samples();
    report["groups"] = setup.simulator().groups().size();
    report["simulated"] = result.simulated;
    report["int8"] = mix_json(setup.reference(), result.int8);
    report["mixed"] = mix_json(setup.reference(), result.chosen);
    report["int16"] = mix_json(setup.reference(), result.int16);
    if (!setup.repairs().is_null()) report["repair"] = setup.repairs();
    if (!search.front.empty()) {
        Json everything{{"model", graph.name}, {"search", report}};
        write_front(search.front, graph, setup, result, samples, std::move(everything), board);
    }
    MixedConversion conversion;
    conversion.report = std::move(report);
    if (report_for != nullptr) {
        conversion.mixes = all_mixes(result, search.front);
        for (const auto& [name, mix] : {std::pair{"int8", &result.int8.mix}, std::pair{"int16", &result.int16.mix}}) {
            if (*mix == result.chosen.mix) continue;
            const quantize::Plan plan = setup.simulator().plan_of(*mix);
            conversion.alternatives.push_back(
                {name, pack::pack(setup.simulator().graph_of(plan), plan, *report_for, "")});
        }
    }
    const quantize::Plan plan = setup.simulator().plan_of(result.chosen.mix);
    conversion.graph = setup.simulator().graph_of(plan);
    conversion.ranges = setup.ranges();
    conversion.rules = setup.simulator().rules_of(result.chosen.mix);
    return conversion;
}

}  // namespace tinamix::tool
