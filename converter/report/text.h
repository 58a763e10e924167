// Numbers and markup as reports show them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tinamix::report {

/// `text` with & < > " ' escaped.
std::string html_escaped(std::string_view text);
/// `text` with | escaped and line breaks gone, for a cell of a Markdown table.
std::string markdown_cell(std::string_view text);

/// As many digits as tell a cosine from 1: "0.9987", "0.999964"; "1" for exactly 1.
std::string cosine_text(double cosine);
/// "34.2 dB", "exact" for +infinity.
/// A loss as what it leaves of a cosine; of another metric as it is.
std::string loss_text(double loss, std::string_view metric);
std::string snr_text(double db);
std::string bytes_text(uint64_t bytes);  ///< "812 B", "3.6 KB", "13.4 MB" (steps of 1024)
std::string ms_text(double ms);          ///< three significant digits
std::string count_text(double count);    ///< "300.2 M"

}  // namespace tinamix::report
