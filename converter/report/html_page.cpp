#include <fmt/format.h>

#include "report/chart.h"
#include "report/conversion_report.h"
#include "report/html_pieces.h"
#include "report/text.h"

namespace tinamix::report {
namespace {

std::string optional_ms(const std::optional<double>& ms) {
    return ms ? number_cell(*ms, ms_text(*ms)) : std::string("<td>-</td>");
}

std::string head(const ConversionReport& report) {
    return page_head(report.network, fmt::format("{}, predicted for {}. Similarities to float over {} {} samples.",
                                                 html_escaped(report.output), html_escaped(report.board),
                                                 report.judged_samples, report.held_out ? "held-out" : "calibration"));
}

std::string variants_table(const ConversionReport& report) {
    std::string rows;
    for (const VariantScore& variant : report.variants) {
        bool first = true;
        const auto row = [&](const OutputScore* output) {
            rows += fmt::format("<tr{}><td>{}</td>", variant.converted ? " class=\"converted\"" : "",
                                first ? html_escaped(variant.name) : "");
            if (output != nullptr) {
                rows += fmt::format("<td class=\"text name\">{}</td><td>{}</td><td>{}</td><td>{:.3g}</td><td>{}</td>",
                                    html_escaped(output->group), cosine_text(output->similarity.cosine),
                                    snr_text(output->similarity.snr_db), output->similarity.max_abs,
                                    output->top1_percent ? fmt::format("{:.1f} %", *output->top1_percent) : "-");
            } else {
                rows += "<td class=\"text soft\" colspan=\"5\">what the others are compared with</td>";
            }
            if (first) {
                rows += optional_ms(variant.predicted_ms);
                rows += fmt::format("<td>{}</td><td>{}</td></tr>\n",
                                    variant.file_bytes > 0 ? bytes_text(variant.file_bytes) : "-",
                                    variant.arena_bytes > 0 ? bytes_text(variant.arena_bytes) : "-");
            } else {
                rows += "<td></td><td></td><td></td></tr>\n";
            }
            first = false;
        };
        if (variant.outputs.empty()) row(nullptr);
        for (const OutputScore& output : variant.outputs) row(&output);
    }
    return fmt::format(
        "<section id=\"summary\"><h2>Summary</h2><div class=\"scroll lead\"><table><thead><tr><th></th><th "
        "class=\"text\">output</th><th>cosine</th>"
        "<th>signal to noise</th><th>largest error</th><th>top-1 as float</th><th>predicted</th><th>file</th>"
        "<th>arena</th></tr></thead><tbody>\n{}</tbody></table></div></section>\n",
        rows);
}

/// The converted model in large letters, and what to look at in it.
std::string tiles(const ConversionReport& report) {
    std::string result;
    const auto tile = [&result](const std::string& number, const std::string& what) {
        result += fmt::format("<div><b>{}</b><span>{}</span></div>", html_escaped(number), html_escaped(what));
    };
    for (const VariantScore& variant : report.variants) {
        if (!variant.converted) continue;
        tile(variant.name, "precision");
        for (const OutputScore& output : variant.outputs) {
            tile(cosine_text(output.similarity.cosine), "cosine of " + output.group);
        }
        if (variant.outputs.size() == 1 && variant.outputs[0].top1_percent) {
            tile(fmt::format("{:.1f} %", *variant.outputs[0].top1_percent), "top-1 as float");
        }
        if (variant.predicted_ms) tile(ms_text(*variant.predicted_ms), "predicted on " + report.board);
        tile(bytes_text(variant.file_bytes), "file");
        tile(bytes_text(variant.arena_bytes), "arena");
    }
    std::string flagged;
    size_t count = 0;
    constexpr size_t kMostNamed = 6;
    for (const LayerScore& layer : report.layers) {
        if (!layer.noisy() && !layer.dissimilar()) continue;
        if (++count <= kMostNamed) flagged += (count > 1 ? ", " : ": ") + layer.name;
    }
    if (count > kMostNamed) flagged += ", ...";
    const std::string note =
        count == 0 ? ""
                   : fmt::format("<p>{} {} of {} layers are far from float{}</p>\n", tag("lost", "look here"), count,
                                 report.layers.size(), html_escaped(flagged));
    return fmt::format("<div class=\"tiles\">{}</div>\n{}", result, note);
}

std::string front_section(const ConversionReport& report) {
    const std::string chart = front_chart(report);
    if (chart.empty()) return "";
    std::string rows;
    for (const FrontPoint& point : report.front) {
        if (!point.on_front) continue;
        rows += fmt::format(
            "<tr{}><td>{}</td>{}{}<td class=\"text\">{}</td></tr>\n", point.chosen ? " class=\"converted\"" : "",
            html_escaped(point.name), number_cell(point.predicted_ms, ms_text(point.predicted_ms)),
            number_cell(-point.loss, loss_text(point.loss, report.metric)), html_escaped(point.layers_file));
    }
    return fmt::format(
        "<section id=\"front\"><h2>Accuracy against time</h2><p class=\"soft\">Every dot is a mix of precisions that "
        "was simulated; nothing "
        "simulated is both faster and closer to float than those on the line.</p><div class=\"scroll\">{}</div>"
        "<details><summary>The mixes on the line</summary><div class=\"scroll\"><table><thead><tr><th>mix</th>"
        "<th data-sort>predicted</th><th data-sort>{}</th><th class=\"text\">for --layers</th></tr></thead><tbody>"
        "{}</tbody></table></div></details></section>\n",
        chart, html_escaped(report.metric), rows);
}

std::string repairs_section(const ConversionReport& report) {
    if (report.repairs.empty()) return "";
    std::string rows;
    for (const RepairScore& repair : report.repairs) {
        rows += fmt::format("<tr><td>{}</td><td>{:.3g}</td><td>{:.3g}</td><td class=\"text\">{}</td></tr>\n",
                            html_escaped(repair.name), repair.loss_before, repair.loss_after,
                            repair.kept ? "kept" : "left out: no gain");
    }
    return fmt::format(
        "<section id=\"repairs\"><h2>Repairs</h2><p class=\"soft\">What was done about the error of 8-bit layers "
        "before bits were spent, and "
        "the "
        "error of the outputs with and without it.</p><div class=\"scroll\"><table><thead><tr><th>repair</th>"
        "<th>error without</th><th>error with</th><th "
        "class=\"text\"></th></tr></thead><tbody>{}</tbody></table></div></section>\n",
        rows);
}

std::string legend() {
    std::string result;
    for (auto precision : {quantize::Precision::kW8A8, quantize::Precision::kW8A16, quantize::Precision::kW16A16,
                           quantize::Precision::kF32}) {
        result += tag(precision_class(precision), quantize::precision_name(precision)) + " ";
    }
    return result;
}

std::string flags(const LayerScore& layer) {
    std::string result;
    if (layer.noisy()) result += tag("lost", "noise above 0.1");
    if (layer.dissimilar()) result += (result.empty() ? "" : " ") + tag("lost", "cosine below 0.99");
    return result;
}

std::string similarity_cells(const std::optional<Similarity>& similarity) {
    if (!similarity) return "<td>-</td><td>-</td>";
    return number_cell(similarity->cosine, cosine_text(similarity->cosine)) +
           number_cell(similarity->snr_db, snr_text(similarity->snr_db));
}

std::string number_or_dash(const std::optional<double>& value) {
    return value ? number_cell(*value, fmt::format("{:.3g}", *value)) : std::string("<td>-</td>");
}

std::string layers_section(const ConversionReport& report) {
    if (report.layers.empty()) return "";
    std::string rows;
    for (const LayerScore& layer : report.layers) {
        const std::string name = html_escaped(layer.name);
        rows += fmt::format(
            "<tr><td class=\"name\" title=\"{0}\">{0}</td><td class=\"text\">{1}</td><td class=\"text\">{2}</td>", name,
            html_escaped(layer.op), tag(precision_class(layer.precision), quantize::precision_name(layer.precision)));
        rows += similarity_cells(layer.cumulative) + similarity_cells(layer.alone);
        const auto of_cumulative = [&](double Similarity::*number) {
            return number_or_dash(layer.cumulative ? std::optional((*layer.cumulative).*number) : std::nullopt);
        };
        rows += of_cumulative(&Similarity::mean_square) + of_cumulative(&Similarity::max_abs);
        rows += number_or_dash(layer.entropy) + number_or_dash(layer.kurtosis) + optional_ms(layer.predicted_ms);
        rows += number_cell(static_cast<double>(layer.macs), count_text(static_cast<double>(layer.macs)));
        rows += fmt::format("<td class=\"text\">{}</td></tr>\n", flags(layer));
    }
    return fmt::format(
        "<section id=\"layers\"><h2>Layers</h2><p>{}</p><p class=\"soft\">Bars: signal to noise of each layer's output "
        "in the converted "
        "model, "
        "where errors of the layers before it are included. Marks: of the layer alone, given float's inputs.</p>"
        "<div class=\"scroll\">{}</div>\n<div class=\"scroll lead\"><table><thead><tr><th data-sort>layer</th>"
        "<th class=\"text\" data-sort>op</th><th class=\"text\" data-sort>precision</th><th data-sort>cosine</th>"
        "<th data-sort>signal to noise</th><th data-sort>alone: cosine</th><th data-sort>alone: signal to noise</th>"
        "<th data-sort>mean square error</th><th data-sort>largest error</th><th data-sort>entropy</th><th "
        "data-sort>kurtosis</th><th "
        "data-sort>predicted</th>"
        "<th data-sort>MACs</th><th class=\"text\">look "
        "here</th></tr></thead><tbody>\n{}</tbody></table></div></section>\n",
        legend(), layer_chart(report), rows);
}

std::string histograms_section(const ConversionReport& report) {
    std::string figures;
    for (const LayerScore& layer : report.layers) {
        if (!layer.values) continue;
        const std::string name = html_escaped(layer.name);
        figures += fmt::format("<figure>{}<figcaption title=\"{}\">{}</figcaption></figure>\n",
                               histogram_chart(*layer.values, layer.precision), name, name);
    }
    if (figures.empty()) return "";
    return fmt::format(
        "<section id=\"values\"><h2>Values</h2><p class=\"soft\">What each layer puts out on the calibration samples "
        "(counts on a logarithmic "
        "scale). Beyond the dashed lines {} values have no code and are clipped.</p><div "
        "class=\"many\">{}</div></section>\n",
        tag("lost", "red"), figures);
}

std::string settings_section(const ConversionReport& report) {
    std::string rows;
    for (const auto& [name, value] : report.settings) {
        rows +=
            fmt::format("<tr><td>{}</td><td class=\"text\">{}</td></tr>\n", html_escaped(name), html_escaped(value));
    }
    return fmt::format(
        "<section id=\"settings\"><h2>Settings</h2><div class=\"scroll "
        "settings\"><table><tbody>\n{}</tbody></table></div>\n"
        "<p class=\"soft\">Made by tinamix {}.</p></section>\n",
        rows, html_escaped(report.tool_version));
}

}  // namespace

std::string html_page(const ConversionReport& report) {
    return head(report) + tiles(report) + variants_table(report) + front_section(report) + repairs_section(report) +
           layers_section(report) + histograms_section(report) + settings_section(report) + page_end();
}

}  // namespace tinamix::report
