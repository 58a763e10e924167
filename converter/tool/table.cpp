// Plain text tables.
#include "tool/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tinamix::tool {
namespace {

std::string shortened(const std::string& cell) {
    if (cell.size() <= kWidestCell) return cell;
    const size_t tail = kWidestCell * 2 / 3;
    return cell.substr(0, kWidestCell - tail - 2) + ".." + cell.substr(cell.size() - tail);
}

}  // namespace

Table::Table(std::vector<std::string> header, std::vector<bool> right) : right_(std::move(right)) {
    rows_.push_back(std::move(header));
}

void Table::add(std::vector<std::string> row) {
    for (std::string& cell : row) cell = shortened(cell);
    rows_.push_back(std::move(row));
}

std::string Table::text() const {
    std::vector<size_t> widths(right_.size(), 0);
    for (const auto& row : rows_) {
        for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string text;
    for (const auto& row : rows_) {
        std::string line;
        for (size_t i = 0; i < row.size(); ++i) {
            const std::string padding(widths[i] - row[i].size(), ' ');
            line += std::string(i == 0 ? "" : "  ") + (right_[i] ? padding + row[i] : row[i] + padding);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string grouped(uint64_t number) {
    std::string text = std::to_string(number);
    for (size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, ",");
    }
    return text;
}

std::string si(double number) {
    static constexpr std::array<const char*, 5> kUnits{"", " k", " M", " G", " T"};
    size_t unit = 0;
    while (number >= 999.5 && unit + 1 < kUnits.size()) {
        number /= 1000;
        ++unit;
    }
    return fmt::format("{:.{}f}{}", number, unit == 0 || number >= 99.95 ? 0 : 1, kUnits[unit]);
}

}  // namespace tinamix::tool
