#include "report/conversion_report.h"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "diagnostics/error.h"
#include "formats/atomic_file.h"

namespace tinamix::report {
namespace {

using Json = nlohmann::ordered_json;

/// JSON has no infinities: an exact output has no snr_db.
void set_number(Json* json, const char* key, double value) {
    if (std::isfinite(value)) (*json)[key] = value;
}

void set_number(Json* json, const char* key, const std::optional<double>& value) {
    if (value) set_number(json, key, *value);
}

Json to_json(const Similarity& similarity) {
    Json json{{"cosine", similarity.cosine}};
    set_number(&json, "snr_db", similarity.snr_db);
    json["max_abs"] = similarity.max_abs;
    json["mean_abs"] = similarity.mean_abs;
    json["mean_square"] = similarity.mean_square;
    json["euclidean"] = similarity.euclidean;
    return json;
}

Json to_json(const VariantScore& variant) {
    Json json{{"name", variant.name}, {"converted", variant.converted}, {"outputs", Json::array()}};
    for (const OutputScore& output : variant.outputs) {
        Json score{{"group", output.group}};
        score.update(to_json(output.similarity));
        set_number(&score, "top1_percent", output.top1_percent);
        json["outputs"].push_back(score);
    }
    set_number(&json, "predicted_ms", variant.predicted_ms);
    if (variant.file_bytes > 0) json["file_bytes"] = variant.file_bytes;
    if (variant.arena_bytes > 0) json["arena_bytes"] = variant.arena_bytes;
    return json;
}

Json to_json(const FrontPoint& point) {
    Json json{{"name", point.name},
              {"predicted_ms", point.predicted_ms},
              {"loss", point.loss},
              {"on_front", point.on_front},
              {"chosen", point.chosen}};
    if (!point.layers_file.empty()) json["layers_file"] = point.layers_file;
    return json;
}

Json to_json(const LayerScore& layer) {
    Json json{{"name", layer.name},
              {"op", layer.op},
              {"precision", quantize::precision_name(layer.precision)},
              {"macs", layer.macs}};
    set_number(&json, "predicted_ms", layer.predicted_ms);
    if (layer.cumulative) json["cumulative"] = to_json(*layer.cumulative);
    if (layer.alone) json["alone"] = to_json(*layer.alone);
    set_number(&json, "entropy", layer.entropy);
    set_number(&json, "kurtosis", layer.kurtosis);
    if (layer.values) {
        const ValueHistogram& values = *layer.values;
        json["values"] = {{"low", values.low},
                          {"high", values.high},
                          {"counts", values.counts},
                          {"clip_low", values.clip_low},
                          {"clip_high", values.clip_high}};
    }
    json["flags"] = Json::array();
    if (layer.noisy()) json["flags"].push_back("noise above 0.1");
    if (layer.dissimilar()) json["flags"].push_back("cosine below 0.99");
    return json;
}

}  // namespace

std::string to_json(const ConversionReport& report) {
    Json json{{"network", report.network},
              {"output", report.output},
              {"board", report.board},
              {"tinamix", report.tool_version},
              {"judged_samples", report.judged_samples},
              {"held_out", report.held_out}};
    if (std::isfinite(report.target_loss)) json["metric"] = report.metric;
    set_number(&json, "target_loss", report.target_loss);
    for (const VariantScore& variant : report.variants) json["variants"].push_back(to_json(variant));
    for (const FrontPoint& point : report.front) json["mixes"].push_back(to_json(point));
    for (const RepairScore& repair : report.repairs) {
        json["repairs"].push_back({{"name", repair.name},
                                   {"loss_before", repair.loss_before},
                                   {"loss_after", repair.loss_after},
                                   {"kept", repair.kept}});
    }
    for (const LayerScore& layer : report.layers) json["layers"].push_back(to_json(layer));
    for (const auto& [name, value] : report.settings) json["settings"][name] = value;
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";  // names need not be UTF-8
}

void write_report(const ConversionReport& report, const std::string& folder) {
    std::error_code failure;
    std::filesystem::create_directories(folder, failure);
    if (failure) throw Error(folder, "cannot be created: " + failure.message());
    const auto write = [&folder](const char* name, const std::string& text) {
        formats::write_file_atomically((std::filesystem::path(folder) / name).string(), text);
    };
    write("report.html", html_page(report));
    write("report.md", markdown(report));
    write("report.json", to_json(report));
}

}  // namespace tinamix::report
