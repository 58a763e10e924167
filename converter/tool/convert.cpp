// tinamix convert: ONNX to a packed model file. Everything that can be wrong with the request is found before the
// long part (calibration) starts.
#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <filesystem>

#include "data/sources.h"
#include "deploy/board_profile.h"
#include "formats/atomic_file.h"
#include "pack/pack.h"
#include "quantize/plan.h"
#include "quantize/stated.h"
#include "tool/board_options.h"
#include "tool/command.h"
#include "tool/conversion.h"
#include "tool/conversion_summary.h"
#include "tool/convertible.h"
#include "tool/json_output.h"
#include "tool/measured_ranges.h"
#include "tool/measured_repair.h"
#include "tool/measured_report.h"
#include "tool/mixed_conversion.h"
#include "tool/predicted_cost.h"
#include "tool/table.h"

namespace tinamix::tool {
namespace {

using Json = nlohmann::ordered_json;
using quantize::PrecisionRules;

constexpr const char* kExamples =
    "  tinamix convert net.onnx -o net.tmx --data pictures/ --resize 256 --crop 224 \\\n"
    "      --mean 123.675,116.28,103.53 --std 58.395,57.12,57.375\n"
    "  tinamix convert net.onnx -o net16.tmx --data x.npy --precision int16\n"
    "  tinamix convert net.onnx -o mixed.tmx --data pictures/ --precision mixed --target-cosine 0.999 --board v853\n"
    "  tinamix convert net.onnx -o mixed.tmx --ranges ranges.yaml --layers layers.yaml\n"
    "  tinamix convert --config convert.yaml\n"
    "\n"
    "layers.yaml names layers (globs allowed; the last match wins) and their precision:\n"
    "  layers:\n"
    "    \"/model.24/*\": w16a16\n"
    "    \"/model.9/cv2/conv/Conv\": w8a16";

/// Rules written directly into the YAML file of --config: a mapping, or a list of {name, precision}.
std::vector<PrecisionRules::Rule> rules_of(const formats::YamlNode& node) {
    std::vector<PrecisionRules::Rule> rules;
    const auto add = [&rules](const std::string& pattern, const formats::YamlNode& precision) {
        try {
            rules.push_back({pattern, quantize::precision_from_name(precision.text()), precision.where()});
        } catch (const Error& error) {
            precision.fail(error.what());
        }
    };
    if (node.is_mapping()) {
        for (const auto& [pattern, precision] : node.entries()) add(pattern, precision);
        return rules;
    }
    for (const formats::YamlNode& item : node.items()) {
        item.expect_keys({"name", "precision"});
        add(item.at("name").text(), item.at("precision"));
    }
    return rules;
}

/// "method mse, samples 100": JSON as people write.
std::string plain_text(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_structured()) return value.dump();
    std::string text;
    for (const auto& [name, item] : value.items()) {
        text += (text.empty() ? "" : ", ") + (value.is_object() ? name + " " : "") + plain_text(item);
    }
    return text;
}

class ConvertCommand final : public Command {
  public:
    explicit ConvertCommand(CLI::App& program)
        : Command(program, "convert", "Calibrate, quantize and pack an ONNX model into a .tmx file", kExamples) {
        options.path("MODEL", model_, "MODEL.onnx", "the network");
        options.path("-o,--output", output_, "MODEL.tmx", "the packed model");
        data_.declare(options, kDefaultCalibrationSamples,
                      "calibration data: a folder or list file of pictures, a picture, .npy or .npz; NAME=PATH for "
                      "several inputs");
        options.path("--ranges", ranges_, "RANGES.yaml", "ranges from `tinamix calibrate` instead of --data");
        options.choice("--precision", precision_, {"int8", "int16", "float", "mixed"},
                       "of every layer that --layers does not name: w8a8, w16a16, f32, or for each what a search finds "
                       "best (default int8)");
        options.path("--layers", layers_, "LIST.yaml", "precision by layer name: w8a8, w8a16, w16a16, f32");
        options.accept_mapping("--layers", [this](const formats::YamlNode& node) { rules_ = rules_of(node); });
        calibration_.declare(options);
        repair_.declare(options);
        search_.declare(options);
        report_.declare(options);
        board_.declare(options);
        options.flag("--layer-costs", layer_costs_, "prints what every layer is predicted to cost");
        options.add("--target", Options::Kind::kList, "NAME[,NAME]",
                    fmt::format("what the weights are packed for: {}, or boards of `tinamix boards`; several make one "
                                "larger file that is fast on each (default generic)",
                                fmt::join(pack::target_names(), ", ")),
                    [this](const auto& values) {
                        try {
                            boards_ = deploy::boards_among(values.front());
                            target_ = pack::target_from_name(deploy::targets_of(values.front())).name;
                        } catch (const Error& error) {
                            throw UsageError("", error.what());
                        }
                    });
        options.integer("--model-version", model_version_, 0, INT_MAX,
                        "number that grows with every published version; boards refuse to go back without --force");
        shapes_.declare(options);
        states_.declare(options);
        threads_.declare(options);
        options.flag("--json", json_, "summary as JSON on stdout");
        options.config();
        preprocessing_.declare(options);
        options.exclude("--max-drop", "--target-cosine");
        options.exclude("--data", "--ranges");
        options.exclude("--ranges", "--calibration-method");
        options.exclude("--ranges", "--repair");
    }

    int run() override {
        options.require("MODEL");
        options.require("--output");
        preprocessing_.check();
        if (std::filesystem::path(output_).extension() != ".tmx") throw UsageError(output_, "must end in .tmx");

        const bool searches = precision_ == "mixed";
        search_.check(options, searches);
        report_.check(options);
        if (report_.wanted() && searches && search_.front.empty()) search_.front = report_.folder + "/front";
        PrecisionRules rules;
        rules.base = searches ? quantize::Precision::kW8A8 : quantize::precision_from_name(precision_);
        rules.rules = layers_.empty() ? rules_ : quantize::read_layer_rules(layers_);
        rules.rules.insert(rules.rules.end(), search_.pins.begin(), search_.pins.end());
        if (searches && !states_.pairs.empty()) {
            throw UsageError("--precision",
                             "mixed measures samples one by one, those of a network with states are frames",
                             "choose layers with --layers");
        }
        const pack::Target target = pack::target_from_name(target_);
        ir::Graph graph = load_convertible(model_, shapes_.import_options(), states_.pairs, rules, target);
        if (quantize::states_quantization(graph) && options.given("--precision")) {
            throw UsageError("--precision", "the model comes quantized and says the precision of its layers itself",
                             "name layers with --layers to change them");
        }
        if (searches && !options.given("--data")) {
            throw UsageError("", "a mix is found by simulating samples", "give --data");
        }
        const bool quantized = needs_ranges(graph, rules);

        calibrate::Ranges ranges;
        std::unique_ptr<data::SampleSource> samples;
        if (!quantized) {
            if (options.given("--ranges") || options.given("--data")) {
                fmt::print(stderr, "tinamix: note: every layer is float32: calibration data are not used\n");
            }
            if (report_.wanted()) samples = data_.open(graph, preprocessing_.value, options);
        } else if (options.given("--ranges")) {
            ranges = calibrate::ranges_from_yaml(ranges_);
            if (ranges.model != graph.name) {
                throw Error(ranges_, fmt::format("holds the ranges of `{}`, not of `{}`", ranges.model, graph.name));
            }
        } else if (options.given("--data")) {
            samples = data_.open(graph, preprocessing_.value, options);
            ranges = measure_ranges(graph, *samples, calibration_, threads_.threads);
        } else if (!quantize::states_quantization(graph)) {
            throw UsageError("", "int8 and int16 layers need calibration data", "give --data or --ranges");
        }
        const cost::Board& board = board_.board(target.name, boards_);
        const ConversionRequest request{
            calibration_, repair_, search_, board, searches, threads_.threads, report_.wanted() ? &target : nullptr};
        const ir::Graph network = report_.wanted() ? graph : ir::Graph();
        const calibrate::Ranges measured = ranges;
        const Conversion made =
            make_conversion(std::move(graph), std::move(ranges), rules, quantized ? samples.get() : nullptr, request);
        const std::string made_with = settings(made).dump();
        const std::vector<uint8_t> bytes = made.packed(target, made_with, static_cast<uint32_t>(model_version_));
        Json summary = checked_summary(bytes);
        warn_about_memory(bytes);
        for (const quantize::HeadJoin& join : made.plan.head_joins) {
            summary["float_joins"].push_back(
                {{"name", made.network.nodes[static_cast<size_t>(join.node)].name}, {"ranges_differ", join.disparity}});
        }
        if (!made.repairs.is_null()) summary["repair"] = made.repairs;
        if (!made.searched.is_null()) summary["search"] = made.searched;
        summary["predicted"] = predicted_cost(bytes, board, layer_costs_);
        formats::write_file_atomically(output_, bytes.data(), bytes.size());
        if (report_.wanted()) {
            const JudgedSamples judged = judged_samples(network, data_, preprocessing_.value, samples->size(), report_);
            write_report({network, measured, *samples, judged, name_of_result(rules), made, bytes, target, request},
                         Json::parse(made_with));
        }
        report(summary, made.ranges);
        return kExitOk;
    }

  private:
    /// True if any layer computes in integers; found with ranges that fit anything.
    static bool needs_ranges(const ir::Graph& graph, const PrecisionRules& rules) {
        calibrate::Ranges any;
        for (const ir::Value& value : graph.values) any.tensors[value.name] = {-1.0F, 1.0F, -1.0F, 1.0F};
        const quantize::Plan plan = quantize::make_plan(graph, any, rules);
        return std::any_of(plan.node_precision.begin(), plan.node_precision.end(),
                           [](quantize::Precision precision) { return precision != quantize::Precision::kF32; });
    }

    /// Kept in the file for reports and reproduction: nothing that differs between two equal conversions.
    Json settings(const Conversion& made) const {
        const auto name = [](const std::string& path) { return std::filesystem::path(path).filename().string(); };
        Json json;
        json["model"] = name(model_);
        json["precision"] = precision_;
        if (!made.rules.rules.empty()) {
            json["layers"] = Json::array();
            for (const PrecisionRules::Rule& rule : made.rules.rules) {
                json["layers"].push_back(
                    {{"name", rule.pattern}, {"precision", quantize::precision_name(rule.precision)}});
            }
        }
        json["target"] = target_;
        shapes_.add_to(json);
        if (!states_.pairs.empty()) json["state"] = states_.pairs;
        if (!made.ranges.tensors.empty()) {
            json["calibration"] = {{"method", calibrate::method_name(made.ranges.method)},
                                   {"samples", made.ranges.samples}};
            if (!made.repairs.is_null()) json["calibration"]["repair"] = made.repairs["made"];
            if (!made.searched.is_null()) {
                for (const char* key : {"metric", "target_cosine", "max_drop", "samples", "board"}) {
                    if (made.searched.contains(key)) json["search"][key] = made.searched[key];
                }
            }
            if (!options.given("--ranges")) json["preprocessing"] = preprocessing_.to_json();
        }
        return json;
    }

    /// What reports call the result.
    std::string name_of_result(const PrecisionRules& rules) const {
        return precision_ == "mixed" || rules.rules.empty() ? precision_ : precision_ + " with --layers";
    }

    void write_report(const ReportSubject& subject, const Json& made_with) const {
        report::ConversionReport report = measured_report(subject);
        report.network = std::filesystem::path(model_).filename();
        report.output = std::filesystem::path(output_).filename();
        const std::string onnx = formats::read_file(model_);
        const auto add = [&report](const std::string& name, const std::string& value) {
            report.settings.emplace_back(name, value);
        };
        add("network", fmt::format("{}, {} bytes, {}", report.network, grouped(onnx.size()),
                                   digest_text(onnx.data(), onnx.size())));
        add("model file", fmt::format("{}, {} bytes, {}", report.output, grouped(subject.bytes.size()),
                                      digest_text(subject.bytes.data(), subject.bytes.size())));
        if (!subject.ranges.tensors.empty()) {
            const std::vector<size_t> all = data::spread(subject.calibration.size(), 0);
            add("calibrated on", fmt::format("{} samples, {}", all.size(), data_digest(subject.calibration, all)));
        }
        add("judged on", fmt::format("{} samples, {}", subject.judged.indices.size(),
                                     data_digest(*subject.judged.source, subject.judged.indices)));
        for (const auto& [name, value] : made_with.items()) {
            if (name == "model" || name == "layers") continue;
            add(name, plain_text(value));
        }
        for (const auto& [name, value] : options.given_values()) add(name, value);
        report::write_report(report, report_.folder);
    }

    /// Opens the packed bytes with the runtime that boards use: what its verifier refuses is never written.
    Json checked_summary(const std::vector<uint8_t>& bytes) const {
        const Simulation packed(bytes.data(), bytes.size(), output_, 1);
        return conversion_summary(packed, std::filesystem::file_size(model_));
    }

    /// Weights are mapped from the file and the arena is allocated: together they must fit beside the system.
    void warn_about_memory(const std::vector<uint8_t>& bytes) const {
        const Simulation packed(bytes.data(), bytes.size(), output_, 1);
        const uint64_t needed = packed.info().weights_bytes + packed.info().arena_bytes;
        for (const deploy::BoardProfile& board : boards_) {
            const uint64_t budget = static_cast<uint64_t>(board.model_mib * (1 << 20));
            if (needed <= budget) continue;
            fmt::print(
                stderr,
                "tinamix: warning: weights ({} bytes) and arena ({} bytes) take {} bytes more than the {} MB that "
                "board {} has for a model\n",
                grouped(packed.info().weights_bytes), grouped(packed.info().arena_bytes), grouped(needed - budget),
                board.model_mib, board.name);
        }
    }

    void report(const Json& summary, const calibrate::Ranges& ranges) const {
        if (json_) {
            Json json{{"output", output_}};
            json.update(summary);
            if (!ranges.tensors.empty()) {
                json["calibration"] = {{"method", calibrate::method_name(ranges.method)}, {"samples", ranges.samples}};
            }
            print_json(json);
            return;
        }
        fmt::print("{}\n", output_);
        print_summary(summary);
        if (!ranges.tensors.empty()) {
            fmt::print("  ranges  {} samples, {}\n", ranges.samples, calibrate::method_name(ranges.method));
        }
    }

    std::string model_, output_, ranges_, layers_;
    std::string precision_ = "int8", target_ = "generic";
    int model_version_ = 0;
    bool json_ = false, layer_costs_ = false;
    std::vector<deploy::BoardProfile> boards_;  ///< named by --target
    std::vector<PrecisionRules::Rule> rules_;
    DataOptions data_;
    CalibrationOptions calibration_;
    RepairOptions repair_;
    SearchOptions search_;
    ReportOptions report_;
    BoardOptions board_;
    ShapeOptions shapes_;
    StateOptions states_;
    ThreadOptions threads_;
    PreprocessingOptions preprocessing_;
};

}  // namespace

std::unique_ptr<Command> convert_command(CLI::App& program) { return std::make_unique<ConvertCommand>(program); }

}  // namespace tinamix::tool
