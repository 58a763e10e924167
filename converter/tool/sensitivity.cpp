// tinamix sensitivity: which groups of layers cost how much accuracy in int8, on the exact simulation.
#include <fmt/format.h>

#include <algorithm>

#include "search/distribution.h"
#include "search/sensitivity.h"
#include "tool/board_options.h"
#include "tool/command.h"
#include "tool/convertible.h"
#include "tool/json_output.h"
#include "tool/measured_ranges.h"
#include "tool/search_setup.h"
#include "tool/table.h"

namespace tinamix::tool {
namespace {

using Json = nlohmann::ordered_json;
using quantize::Precision;

constexpr const char* kExamples =
    "  tinamix sensitivity net.onnx --data pictures/ --resize 256 --crop 224 \\\n"
    "      --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375\n"
    "  tinamix sensitivity net.onnx --data x.npy --search-samples 10 --json\n"
    "\n"
    "A group is a set of layers that change their precision together. `alone`: the loss of the metric when only\n"
    "this group is in w8a8 and all others in w16a16; `relieved`: when only this group leaves w8a8.";

/// Samples that entropy and kurtosis are taken from.
constexpr size_t kDistributionSamples = 8;

class SensitivityCommand final : public Command {
  public:
    explicit SensitivityCommand(CLI::App& program)
        : Command(program, "sensitivity", "Measure what each group of layers costs in accuracy", kExamples) {
        options.path("MODEL", model_, "MODEL.onnx", "the network");
        data_.declare(options, kDefaultCalibrationSamples,
                      "a folder or list file of pictures, a picture, .npy or .npz; NAME=PATH for several inputs");
        options.integer(
            "--search-samples", search_samples_, 1, 100'000,
            fmt::format("samples that are simulated, of those of --data (default {})", kDefaultSearchSamplesText));
        options.path("--layers", layers_, "LIST.yaml", "layers whose precision is given: they are left as they are");
        metric_.declare(options);
        board_.declare(options);
        calibration_.declare(options);
        repair_.declare(options);
        shapes_.declare(options);
        threads_.declare(options);
        options.flag("--json", json_, "JSON on stdout");
        options.config();
        preprocessing_.declare(options);
    }

    int run() override {
        for (const char* name : {"MODEL", "--data"}) options.require(name);
        preprocessing_.check();
        metric_.check(options);
        quantize::PrecisionRules rules;
        if (!layers_.empty()) rules.rules = quantize::read_layer_rules(layers_);
        const ir::Graph graph =
            load_convertible(model_, shapes_.import_options(), {}, rules, pack::target_from_name("generic"));
        const auto samples = data_.open(graph, preprocessing_.value, options);
        const calibrate::Ranges ranges = measure_ranges(graph, *samples, calibration_, threads_.threads);
        SearchSetup setup(graph, ranges, rules, *samples, repair_, metric_, search_samples_, board_.board(),
                          threads_.threads);
        const search::Sensitivity sensitivity =
            search::measure_sensitivity(setup.simulator(), setup.reference().samples(), search_progress());
        std::vector<size_t> few = setup.indices();
        few.resize(std::min(few.size(), kDistributionSamples));
        const std::vector<search::Distribution> distributions = search::measure_distributions(
            graph, quantize::make_plan(graph, ranges, rules), *samples, few, threads_.threads);
        report(graph, setup, sensitivity, distributions);
        return kExitOk;
    }

  private:
    static Json losses_json(const search::ReferenceOutputs& reference, const std::vector<double>& losses) {
        Json json;
        for (size_t k = 0; k < losses.size(); ++k) json[reference.groups()[k].name] = losses[k];
        return json;
    }

    /// The worst of the layers of a group.
    static search::Distribution worst(const search::Group& group,
                                      const std::vector<search::Distribution>& distributions) {
        search::Distribution result;
        for (const int node : group.nodes) {
            const search::Distribution& of = distributions[static_cast<size_t>(node)];
            result.entropy = std::max(result.entropy, of.entropy);
            result.kurtosis = std::max(result.kurtosis, of.kurtosis);
        }
        return result;
    }

    void report(const ir::Graph& graph, SearchSetup& setup, const search::Sensitivity& sensitivity,
                const std::vector<search::Distribution>& distributions) {
        const std::vector<search::Group>& groups = setup.simulator().groups();
        const search::Metric::Kind kind = setup.reference().metric().kind;
        const bool judged = kind == search::Metric::Kind::kTop || kind == search::Metric::Kind::kScorer;
        const auto shown = [judged](const search::ReferenceOutputs::Losses& losses) -> const std::vector<double>& {
            return judged ? losses.judged : losses.ranked;
        };
        Json json;
        json["model"] = graph.name;
        json["samples"] = setup.reference().samples();
        json["metric"] = metric_.name;
        json["board"] = board_.board().name;
        json["int8_ms"] = sensitivity.int8.price.cost.ms;
        json["int8"] = losses_json(setup.reference(), sensitivity.int8.losses.judged);
        json["int16"] = losses_json(setup.reference(), sensitivity.int16.losses.judged);
        Table table({"group", "layers", "share %", "alone w8a8", "w8a16", "relieved w8a16", "w16a16", "+ms w8a16",
                     "w16a16", "entropy", "kurtosis"},
                    {false, true, true, true, true, true, true, true, true, true, true});
        const auto mean = [&](const std::map<Precision, search::Measurement>& by, Precision precision) {
            const auto found = by.find(precision);
            if (found == by.end()) return std::string("-");
            double sum = 0;
            const std::vector<double>& losses = shown(found->second.losses);
            for (const double loss : losses) sum += loss;
            return fmt::format("{:.3e}", sum / static_cast<double>(losses.size()));
        };
        const auto more_ms = [&](const search::GroupSensitivity& of, Precision precision) {
            const auto found = of.relieved.find(precision);
            if (found == of.relieved.end()) return std::string("-");
            return fmt::format("{:.3f}", found->second.price.cost.ms - sensitivity.int8.price.cost.ms);
        };
        for (const size_t g : sensitivity.ranking()) {
            const search::GroupSensitivity& of = sensitivity.groups[g];
            const search::Distribution distribution = worst(groups[g], distributions);
            Json entry{{"name", groups[g].name}, {"layers", Json::array()}, {"share", sensitivity.share(g)}};
            for (const int node : groups[g].nodes) {
                entry["layers"].push_back(graph.nodes[static_cast<size_t>(node)].name);
            }
            for (const auto& [precision, measured] : of.alone) {
                entry["alone"][std::string(quantize::precision_name(precision))] =
                    losses_json(setup.reference(), shown(measured.losses));
            }
            for (const auto& [precision, measured] : of.relieved) {
                entry["relieved"][std::string(quantize::precision_name(precision))] =
                    losses_json(setup.reference(), shown(measured.losses));
                entry["more_ms"][std::string(quantize::precision_name(precision))] =
                    measured.price.cost.ms - sensitivity.int8.price.cost.ms;
            }
            entry["entropy"] = distribution.entropy;
            entry["kurtosis"] = distribution.kurtosis;
            json["groups"].push_back(entry);
            table.add({groups[g].name, std::to_string(groups[g].nodes.size()),
                       fmt::format("{:.2f}", 100 * sensitivity.share(g)), mean(of.alone, Precision::kW8A8),
                       mean(of.alone, Precision::kW8A16), mean(of.relieved, Precision::kW8A16),
                       mean(of.relieved, Precision::kW16A16), more_ms(of, Precision::kW8A16),
                       more_ms(of, Precision::kW16A16), fmt::format("{:.3f}", distribution.entropy),
                       fmt::format("{:.3g}", distribution.kurtosis)});
        }
        if (json_) {
            print_json(json);
            return;
        }
        const auto line = [&](const char* name, const search::ReferenceOutputs::Losses& losses) {
            for (size_t k = 0; k < losses.judged.size(); ++k) {
                const bool cosine = kind == search::Metric::Kind::kCosine;
                fmt::print("{:<7} {} {:.6f}  {}\n", name, cosine ? "cosine" : "loss",
                           cosine ? 1 - losses.judged[k] : losses.judged[k], setup.reference().groups()[k].name);
            }
        };
        fmt::print("{} samples, {} groups; losses are {}, ms are those predicted for {}\n", setup.reference().samples(),
                   groups.size(),
                   kind == search::Metric::Kind::kCosine ? "1 - cosine" : "those of the metric " + metric_.name,
                   board_.board().name);
        line("int8", sensitivity.int8.losses);
        line("int16", sensitivity.int16.losses);
        fmt::print("\n{}", table.text());
    }

    std::string model_, layers_;
    int search_samples_ = 0;
    bool json_ = false;
    DataOptions data_;
    BoardOptions board_;
    MetricOptions metric_;
    CalibrationOptions calibration_;
    RepairOptions repair_;
    ShapeOptions shapes_;
    ThreadOptions threads_;
    PreprocessingOptions preprocessing_;
};

}  // namespace

std::unique_ptr<Command> sensitivity_command(CLI::App& program) {
    return std::make_unique<SensitivityCommand>(program);
}

}  // namespace tinamix::tool
