// The result of a check and its page; see check_report.h.
#include "deploy/check_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/chart.h"
#include "report/html_pieces.h"
#include "report/text.h"

namespace tinamix::deploy {
namespace {

using report::html_escaped;
using report::number_cell;
using report::tag;

/// Three times two columns: simulation and board.
std::string heads_to_float(bool sortable) {
    std::string heads;
    for (const char* what : {"cosine", "SNR", "error"}) {
        for (const char* side : {"sim.", "board"}) {
            heads += fmt::format("<th{}>{}, {}</th>", sortable ? " data-sort" : "", what, side);
        }
    }
    return heads;
}

std::string cells_to_float(const Pair& pair) {
    std::string cells;
    for (const Closeness* side : {&pair.simulation, &pair.board}) {
        cells += number_cell(side->cosine, report::cosine_text(side->cosine));
    }
    for (const Closeness* side : {&pair.simulation, &pair.board}) {
        cells += number_cell(side->snr_db, report::snr_text(side->snr_db));
    }
    for (const Closeness* side : {&pair.simulation, &pair.board}) {
        cells += number_cell(side->max_abs, fmt::format("{:.4g}", side->max_abs));
    }
    return cells;
}

std::string verdict(const CheckReport& report) {
    std::string text;
    if (const CheckReport::Tensor* first = report.first_differing()) {
        text = fmt::format(
            "<p>{} {} of {} tensors are not what the simulation computed. The first one is <b>{}</b>, in layer "
            "<b>{}</b>.</p>\n",
            tag("lost", "differs"), report.differing(), report.tensors.size(), html_escaped(first->name),
            html_escaped(first->layer));
    } else {
        text = fmt::format("<p>{} All {} tensors are, bit for bit, what the simulation computed.</p>\n",
                           tag("w8a16", "exact"), report.tensors.size());
    }
    for (const std::string& miss : report.missed_limits()) {
        text += fmt::format("<p>{} {}</p>\n", tag("lost", "below the limit"), html_escaped(miss));
    }
    if (report.unchecked > 0) {
        text += fmt::format("<p>{} tensors have no digest in the golden file.</p>\n", report.unchecked);
    }
    return text;
}

std::string outputs_section(const CheckReport& report) {
    std::string rows;
    for (const CheckReport::Output& output : report.outputs) {
        rows += fmt::format("<tr><td class=\"name\">{}</td>{}</tr>\n", html_escaped(output.name),
                            cells_to_float(output.to_float));
    }
    return fmt::format(
        "<h2>Outputs against the float network</h2><p class=\"soft\">In the simulation (sim.) and on the board: "
        "cosine, "
        "signal to noise, largest error of a value.</p><div class=\"scroll\"><table><thead><tr><th>output</th>{}</tr>"
        "</thead><tbody>\n{}</tbody></table></div>\n",
        heads_to_float(false), rows);
}

std::string layers_chart(const CheckReport& report) {
    std::vector<report::DecibelBar> bars;
    for (const CheckReport::Tensor& tensor : report.tensors) {
        if (!tensor.to_float) continue;
        const Pair& pair = *tensor.to_float;
        bars.push_back({tensor.layer,
                        fmt::format("{}: board {}, simulation {}", tensor.name, report::snr_text(pair.board.snr_db),
                                    report::snr_text(pair.simulation.snr_db)),
                        tensor.exact ? "w8a8" : "lost", pair.board.snr_db, pair.simulation.snr_db,
                        tensor.exact ? "" : "differs"});
    }
    const std::string chart = report::decibel_chart(bars, "Signal to noise of every layer's output on the board");
    return chart.empty() ? "" : fmt::format("<div class=\"scroll\">{}</div>\n", chart);
}

std::string tensors_section(const CheckReport& report) {
    const bool to_float = report.has_float_layers();
    std::string rows;
    for (const CheckReport::Tensor& tensor : report.tensors) {
        rows += fmt::format("<tr><td class=\"name\">{}</td><td class=\"text name\">{}</td><td>{}</td>",
                            html_escaped(tensor.name), html_escaped(tensor.layer),
                            tensor.exact ? "exact" : tag("lost", "differs"));
        if (tensor.to_float) {
            rows += cells_to_float(*tensor.to_float);
        } else if (to_float) {
            for (int i = 0; i < 6; ++i) rows += "<td>-</td>";
        }
        rows += "</tr>\n";
    }
    return fmt::format(
        "<h2>Layers, in execution order</h2>{}{}<div class=\"scroll\"><table><thead><tr><th data-sort>tensor</th>"
        "<th data-sort class=\"text\">layer</th><th data-sort>against the simulation</th>{}</tr></thead><tbody>\n{}"
        "</tbody></table></div>\n",
        to_float ? "<p class=\"soft\">Bars: signal to noise on the board, against the float network. Marks: in the "
                   "simulation.</p>"
                 : "<p class=\"soft\">Against the float network layer by layer: `tinamix golden --float-layers`.</p>",
        layers_chart(report), to_float ? heads_to_float(true) : "", rows);
}

}  // namespace

size_t CheckReport::differing() const {
    return static_cast<size_t>(std::count_if(tensors.begin(), tensors.end(), [](const Tensor& t) { return !t.exact; }));
}

const CheckReport::Tensor* CheckReport::first_differing() const {
    const auto first = std::find_if(tensors.begin(), tensors.end(), [](const Tensor& t) { return !t.exact; });
    return first == tensors.end() ? nullptr : &*first;
}

bool CheckReport::has_float_layers() const {
    return std::any_of(tensors.begin(), tensors.end(), [](const Tensor& t) { return t.to_float.has_value(); });
}

std::vector<std::string> CheckReport::missed_limits() const {
    std::vector<std::string> missed;
    for (const Output& output : outputs) {
        const Closeness& board = output.to_float.board;
        // Written so that what is no number misses every limit.
        if (limits.min_cosine && !(board.cosine >= *limits.min_cosine)) {
            missed.push_back(
                fmt::format("output `{}`: cosine {:.6f}, {} is wanted", output.name, board.cosine, *limits.min_cosine));
        }
        if (limits.min_snr_db && !(board.snr_db >= *limits.min_snr_db)) {
            missed.push_back(fmt::format("output `{}`: signal to noise {:.1f} dB, {} is wanted", output.name,
                                         board.snr_db, *limits.min_snr_db));
        }
        if (limits.max_abs && !(board.max_abs <= *limits.max_abs)) {
            missed.push_back(fmt::format("output `{}`: largest error {:.6g}, at most {} is wanted", output.name,
                                         board.max_abs, *limits.max_abs));
        }
    }
    return missed;
}

std::string check_page(const CheckReport& report) {
    const std::string frame = report.frames > 1 ? fmt::format("; frame {} of {}", report.frame + 1, report.frames) : "";
    return report::page_head(report.model + " on " + report.board,
                             fmt::format("checked against {}{}; tmx {}, kernels {}", html_escaped(report.golden), frame,
                                         html_escaped(report.tmx_version), html_escaped(report.kernels))) +
           verdict(report) + outputs_section(report) + tensors_section(report) + report::page_end();
}

}  // namespace tinamix::deploy
