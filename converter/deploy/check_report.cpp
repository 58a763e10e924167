// The page of a check; see check_report.h.
#include "deploy/check_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/html_style.h"
#include "report/text.h"

namespace tinamix::deploy {

using report::html_escaped;

size_t CheckReport::differing() const {
    return static_cast<size_t>(std::count_if(tensors.begin(), tensors.end(), [](const Tensor& t) { return !t.exact; }));
}

const CheckReport::Tensor* CheckReport::first_differing() const {
    const auto first = std::find_if(tensors.begin(), tensors.end(), [](const Tensor& t) { return !t.exact; });
    return first == tensors.end() ? nullptr : &*first;
}

double CheckReport::least_cosine() const {
    double least = 1;
    for (const Output& output : outputs) least = std::min(least, output.board_cosine);
    return least;
}

std::string check_page(const CheckReport& report) {
    std::string page = fmt::format(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>{0} on {1}</title><style>{2}</style></head><body>\n<h1>{0} on {1}</h1>\n"
        "<p class=\"soft\">checked against {3}; tmx {4}, kernels {5}</p>\n",
        html_escaped(report.model), html_escaped(report.board), report::kStyle, html_escaped(report.golden),
        html_escaped(report.tmx_version), html_escaped(report.kernels));
    if (const CheckReport::Tensor* first = report.first_differing()) {
        page += fmt::format(
            "<p><span class=\"tag lost\">differs</span> {} of {} tensors are not what the simulation computed. The "
            "first one is "
            "<b>{}</b>, in layer <b>{}</b>.</p>\n",
            report.differing(), report.tensors.size(), html_escaped(first->name), html_escaped(first->layer));
    } else {
        page += fmt::format(
            "<p><span class=\"tag w8a16\">exact</span> All {} tensors are, bit for bit, what the simulation "
            "computed.</p>\n",
            report.tensors.size());
    }
    if (report.unchecked > 0)
        page += fmt::format("<p>{} tensors have no digest in the golden file.</p>\n", report.unchecked);
    page +=
        "<h2>Outputs against the float network</h2><div class=\"scroll\"><table><thead><tr><th>output</th>"
        "<th>cosine, simulation</th><th>cosine, board</th><th>SNR, simulation</th><th>largest error, simulation</th>"
        "<th>largest error, board</th></tr></thead><tbody>\n";
    for (const CheckReport::Output& output : report.outputs) {
        page += fmt::format(
            "<tr><td class=\"name\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{:.6g}</td><td>{:.6g}</td></tr>\n",
            html_escaped(output.name), report::cosine_text(output.simulation.cosine),
            report::cosine_text(output.board_cosine), report::snr_text(output.simulation.snr_db),
            output.simulation.max_abs, output.board_max_abs);
    }
    page +=
        "</tbody></table></div>\n<h2>Tensors, in execution order</h2><div class=\"scroll\"><table><thead><tr>"
        "<th data-sort>tensor</th><th data-sort class=\"text\">layer</th><th "
        "data-sort>board</th></tr></thead><tbody>\n";
    for (const CheckReport::Tensor& tensor : report.tensors) {
        page += fmt::format("<tr><td class=\"name\">{}</td><td class=\"text name\">{}</td><td>{}</td></tr>\n",
                            html_escaped(tensor.name), html_escaped(tensor.layer),
                            tensor.exact ? "exact" : "<span class=\"tag lost\">differs</span>");
    }
    page += fmt::format("</tbody></table></div>\n<script>{}</script></body></html>\n", report::kScript);
    return page;
}

}  // namespace tinamix::deploy
