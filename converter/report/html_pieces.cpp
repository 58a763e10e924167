#include "report/html_pieces.h"

#include <fmt/format.h>

#include <cmath>

#include "report/html_style.h"
#include "report/text.h"

namespace tinamix::report {

std::string page_head(std::string_view title, std::string_view subtitle) {
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
        "<title>{0} - tinamix</title><style>{1}</style></head><body>\n<h1>{0}</h1>\n<p class=\"soft\">{2}</p>\n",
        html_escaped(title), kStyle, subtitle);
}

std::string page_end() { return fmt::format("<script>{}</script></body></html>\n", kScript); }

std::string tag(std::string_view style, std::string_view text) {
    return fmt::format("<span class=\"tag {}\">{}</span>", style, html_escaped(text));
}

std::string number_cell(double value, std::string_view text) {
    if (!std::isfinite(value)) value = value > 0 ? 1e300 : -1e300;
    return fmt::format("<td data-value=\"{:.9g}\">{}</td>", value, html_escaped(text));
}

}  // namespace tinamix::report
