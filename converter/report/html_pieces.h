// What the pages of tinamix are put together from. A page stands alone: no other file, no network.
#pragma once

#include <string>
#include <string_view>

namespace tinamix::report {

/// Everything up to and including the heading. `subtitle` is markup, `title` is text.
std::string page_head(std::string_view title, std::string_view subtitle);
std::string page_end();

/// A small coloured label; `style` is a class of html_style.h.
std::string tag(std::string_view style, std::string_view text);
/// A cell that shows `text` and sorts by `value`.
std::string number_cell(double value, std::string_view text);

}  // namespace tinamix::report
