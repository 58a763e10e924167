#include <fmt/format.h>

#include "report/conversion_report.h"
#include "report/text.h"

namespace tinamix::report {
namespace {

std::string variants_table(const ConversionReport& report) {
    std::string text =
        "| | output | cosine | signal to noise | largest error | top-1 as float | predicted | file | arena |\n"
        "|---|---|---|---|---|---|---|---|---|\n";
    for (const VariantScore& variant : report.variants) {
        const std::string name = variant.converted ? fmt::format("**{}**", variant.name) : variant.name;
        const std::string facts =
            fmt::format("{} | {} | {} |\n", variant.predicted_ms ? ms_text(*variant.predicted_ms) : "-",
                        variant.file_bytes > 0 ? bytes_text(variant.file_bytes) : "-",
                        variant.arena_bytes > 0 ? bytes_text(variant.arena_bytes) : "-");
        if (variant.outputs.empty()) text += fmt::format("| {} | - | - | - | - | - | {}", name, facts);
        for (size_t i = 0; i < variant.outputs.size(); ++i) {
            const OutputScore& output = variant.outputs[i];
            text += fmt::format(
                "| {} | {} | {} | {} | {:.3g} | {} | {}", i == 0 ? name : "", markdown_cell(output.group),
                cosine_text(output.similarity.cosine), snr_text(output.similarity.snr_db), output.similarity.max_abs,
                output.top1_percent ? fmt::format("{:.1f} %", *output.top1_percent) : "-", i == 0 ? facts : "| | |\n");
        }
    }
    return text;
}

std::string front_table(const ConversionReport& report) {
    if (report.front.empty()) return "";
    std::string text = fmt::format(
        "\n## Accuracy against time\n\n| mix | predicted | {} | for --layers |\n|---|---|---|---|\n", report.metric);
    for (const FrontPoint& point : report.front) {
        if (!point.on_front) continue;
        text += fmt::format("| {}{} | {} | {} | {} |\n", markdown_cell(point.name), point.chosen ? " (chosen)" : "",
                            ms_text(point.predicted_ms), loss_text(point.loss, report.metric),
                            markdown_cell(point.layers_file));
    }
    return text;
}

std::string repairs_table(const ConversionReport& report) {
    if (report.repairs.empty()) return "";
    std::string text = "\n## Repairs\n\n| repair | error without | error with | |\n|---|---|---|---|\n";
    for (const RepairScore& repair : report.repairs) {
        text += fmt::format("| {} | {:.3g} | {:.3g} | {} |\n", markdown_cell(repair.name), repair.loss_before,
                            repair.loss_after, repair.kept ? "kept" : "left out: no gain");
    }
    return text;
}

std::string layers_table(const ConversionReport& report) {
    if (report.layers.empty()) return "";
    std::string text =
        "\n## Layers\n\n| layer | op | precision | cosine | signal to noise | alone: cosine | mean square error | "
        "largest error | entropy | kurtosis | "
        "predicted | MACs | |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    const auto number = [](const std::optional<double>& value) { return value ? fmt::format("{:.3g}", *value) : "-"; };
    for (const LayerScore& layer : report.layers) {
        text += fmt::format(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", markdown_cell(layer.name),
            markdown_cell(layer.op), quantize::precision_name(layer.precision),
            layer.cumulative ? cosine_text(layer.cumulative->cosine) : "-",
            layer.cumulative ? snr_text(layer.cumulative->snr_db) : "-",
            layer.alone ? cosine_text(layer.alone->cosine) : "-",
            number(layer.cumulative ? std::optional(layer.cumulative->mean_square) : std::nullopt),
            number(layer.cumulative ? std::optional(layer.cumulative->max_abs) : std::nullopt), number(layer.entropy),
            number(layer.kurtosis), layer.predicted_ms ? ms_text(*layer.predicted_ms) : "-",
            count_text(static_cast<double>(layer.macs)),
            layer.noisy()        ? "noise above 0.1"
            : layer.dissimilar() ? "cosine below 0.99"
                                 : "");
    }
    return text;
}

}  // namespace

std::string markdown(const ConversionReport& report) {
    std::string text =
        fmt::format("# {}\n\n{}, predicted for {}. Similarities to float over {} {} samples.\n\n", report.network,
                    report.output, report.board, report.judged_samples, report.held_out ? "held-out" : "calibration");
    text += variants_table(report) + front_table(report) + repairs_table(report) + layers_table(report);
    text += "\n## Settings\n\n";
    for (const auto& [name, value] : report.settings) text += fmt::format("- {}: {}\n", name, value);
    return text + fmt::format("\nMade by tinamix {}.\n", report.tool_version);
}

}  // namespace tinamix::report
