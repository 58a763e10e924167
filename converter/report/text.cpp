#include "report/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tinamix::report {

std::string html_escaped(std::string_view text) {
    std::string result;
    for (char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            case '\'':
                result += "&#39;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

std::string markdown_cell(std::string_view text) {
    std::string result;
    for (char c : text) {
        if (c == '|') result += '\\';
        result += c == '\n' || c == '\r' ? ' ' : c;
    }
    return result;
}

std::string cosine_text(double cosine) {
    if (std::isnan(cosine)) return "NaN";
    const double loss = 1.0 - cosine;
    if (loss == 0.0) return "1";
    const int zeros = static_cast<int>(std::floor(-std::log10(std::fabs(loss))));  // 0.9987: 2
    return fmt::format("{:.{}f}", cosine, std::clamp(zeros + 2, 4, 9));
}

std::string loss_text(double loss, std::string_view metric) {
    return metric == "cosine" ? cosine_text(1.0 - loss) : fmt::format("{:.3g}", loss);
}

std::string snr_text(double db) {
    if (std::isnan(db)) return "NaN";
    if (std::isinf(db)) return db > 0 ? "exact" : "no signal";
    return fmt::format("{:.1f} dB", db);
}

std::string bytes_text(uint64_t bytes) {
    if (bytes < 1024) return fmt::format("{} B", bytes);
    const double kilobytes = static_cast<double>(bytes) / 1024;
    return kilobytes < 1024 ? fmt::format("{:.1f} KB", kilobytes) : fmt::format("{:.2f} MB", kilobytes / 1024);
}

std::string ms_text(double ms) {
    if (!(ms > 0)) return "0 ms";
    const int digits = std::clamp(2 - static_cast<int>(std::floor(std::log10(ms))), 0, 6);
    return fmt::format("{:.{}f} ms", ms, digits);
}

std::string count_text(double count) {
    if (count < 1e3) return fmt::format("{:.0f}", count);
    if (count < 1e6) return fmt::format("{:.1f} k", count / 1e3);
    if (count < 1e9) return fmt::format("{:.1f} M", count / 1e6);
    return fmt::format("{:.2f} G", count / 1e9);
}

}  // namespace tinamix::report
