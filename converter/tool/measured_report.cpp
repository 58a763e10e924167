#include "tool/measured_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "data/sources.h"
#include "quantize/stated.h"
#include "tinamix.h"
#include "tool/layer_report.h"
#include "tool/model_comparison.h"
#include "tool/predicted_cost.h"
#include "tool/simulation.h"

namespace tinamix::tool {

using quantize::Precision;
using quantize::PrecisionRules;

namespace {

/// A model beside those it is compared with. `compares`: false for float, which is what the others are compared with.
report::VariantScore score(const ReportSubject& subject, const std::string& name, const std::vector<uint8_t>& bytes,
                           bool compares) {
    report::VariantScore variant;
    variant.name = name;
    Simulation model(bytes.data(), bytes.size(), name, subject.request.threads);
    variant.predicted_ms = predicted_cost(bytes, subject.request.board, false)["ms"].get<double>();
    variant.file_bytes = model.info().file_bytes;
    variant.arena_bytes = model.info().arena_bytes;
    const ir::Graph& network = subject.network;
    const bool real = std::any_of(network.outputs.begin(), network.outputs.end(),
                                  [&](ir::ValueId id) { return network.value(id).type == ir::ElementType::kFloat32; });
    if (!compares || !real) return variant;
    const ModelComparison compared =
        compare_models(network, model, *subject.judged.source, subject.judged.indices, subject.request.threads);
    for (const ModelComparison::Output& output : compared.outputs) {
        report::OutputScore group{output.name, similarity_of(output.all), std::nullopt};
        group.similarity.cosine = output.mean_cosine;
        if (output.top1) group.top1_percent = 100 * *output.top1;
        variant.outputs.push_back(std::move(group));
    }
    return variant;
}

/// The whole network in one precision, by the same steps as what was converted.
std::vector<uint8_t> in_one_precision(const ReportSubject& subject, Precision precision) {
    PrecisionRules rules;
    rules.base = precision;
    const bool integers = precision != Precision::kF32;
    ConversionRequest request = subject.request;
    request.searches = false;
    return make_conversion(subject.network, subject.ranges, rules, integers ? &subject.calibration : nullptr, request)
        .packed(subject.target);
}

/// In the order of bits: float, int8, a mix, int16. One of them is what was converted.
std::vector<report::VariantScore> score_variants(const ReportSubject& subject) {
    std::vector<report::VariantScore> variants;
    const bool stated = quantize::states_quantization(subject.network);
    if (!stated && subject.name != "float") {
        variants.push_back(score(subject, "float", in_one_precision(subject, Precision::kF32), false));
    }
    const auto add_converted = [&] {
        variants.push_back(score(subject, subject.name, subject.bytes, true));
        variants.back().converted = true;
    };
    const auto add = [&](const char* name, Precision precision) {
        if (subject.name == name) return add_converted();
        if (stated || subject.ranges.tensors.empty()) return;
        for (const MixedConversion::Alternative& made : subject.made.alternatives) {
            if (made.name == name) return variants.push_back(score(subject, name, made.bytes, true));
        }
        variants.push_back(score(subject, name, in_one_precision(subject, precision), true));
    };
    add("int8", Precision::kW8A8);
    if (subject.name != "int8" && subject.name != "int16") add_converted();
    add("int16", Precision::kW16A16);
    return variants;
}

void add_repairs(std::vector<report::RepairScore>& scores, const nlohmann::ordered_json& of, const std::string& where) {
    if (!of.contains("tried")) return;
    double error = of["error_before"];
    for (const auto& step : of["tried"]) {
        report::RepairScore score;
        score.name = step["repair"].get<std::string>() + where;
        score.loss_before = error;
        score.loss_after = step["error"];
        score.kept = step["kept"];
        if (score.kept) error = score.loss_after;
        scores.push_back(std::move(score));
    }
}

}  // namespace

void ReportOptions::declare(Options& options) {
    options.path(
        "--report", folder, "FOLDER",
        "writes report.html (one page, nothing else needed), report.md and report.json: accuracy against time, "
        "similarity and values of every layer, costs, settings");
    options.integer("--report-samples", samples, 1, 100'000,
                    fmt::format("report: samples that similarities are measured on, of those of --data that are not "
                                "calibrated on where there are any (default {})",
                                samples));
}

void ReportOptions::check(const Options& options) const {
    if (!wanted() && options.given("--report-samples")) {
        throw UsageError("--report-samples", "says something to a report", "add --report FOLDER");
    }
    if (wanted() && !options.given("--data")) throw UsageError("--report", "measures on samples", "give --data");
}

JudgedSamples judged_samples(const ir::Graph& network, const DataOptions& data,
                             const data::Preprocessing& preprocessing, size_t calibrated,
                             const ReportOptions& options) {
    const auto most = static_cast<size_t>(options.samples);
    JudgedSamples judged;
    judged.source = data::open_samples(network, data.paths, preprocessing);
    const size_t count = judged.source->size();
    if (!network.states.empty()) {
        judged.indices = data::spread(std::min(count, most), 0);
        return judged;
    }
    judged.indices = data::held_out(count, calibrated, most);
    judged.held_out = !judged.indices.empty();
    if (!judged.held_out) judged.indices = data::spread(count, most);
    return judged;
}

std::string digest_text(const void* data, size_t bytes) {
    return fmt::format("xxh64 {:016x}", tmx_digest(data, bytes));
}

std::string data_digest(const data::SampleSource& source, const std::vector<size_t>& indices) {
    std::vector<uint64_t> digests;
    for (const size_t index : indices) {
        for (const ir::Tensor& tensor : source.load(index)) digests.push_back(tmx_digest(tensor.raw(), tensor.bytes()));
    }
    return digest_text(digests.data(), digests.size() * sizeof(uint64_t));
}

report::ConversionReport measured_report(const ReportSubject& subject) {
    report::ConversionReport report;
    report.board = subject.request.board.name;
    report.tool_version = tmx_version();
    report.judged_samples = subject.judged.indices.size();
    report.held_out = subject.judged.held_out;
    const nlohmann::ordered_json& searched = subject.made.searched;
    if (!searched.is_null()) {
        const bool cosine = searched.contains("target_cosine");
        report.target_loss = cosine ? 1 - searched["target_cosine"].get<double>() : searched["max_drop"].get<double>();
        if (!cosine) report.metric = searched["metric"];
    }
    report.variants = score_variants(subject);
    report.front = subject.made.mixes;
    report.layers = score_layers(subject);
    if (!subject.made.repairs.is_null()) add_repairs(report.repairs, subject.made.repairs, "");
    if (!searched.is_null() && searched.contains("repair")) {
        for (const auto& [precision, of] : searched["repair"].items()) {
            add_repairs(report.repairs, of, " (" + precision + ")");
        }
    }
    return report;
}

}  // namespace tinamix::tool
