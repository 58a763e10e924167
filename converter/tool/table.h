// Plain text tables and numbers for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tinamix::tool {

/// Columns aligned by content; numbers (as told by `right`) to the right. Text longer than `kWidestCell` is shortened
/// in the middle.
class Table {
  public:
    Table(std::vector<std::string> header, std::vector<bool> right);
    void add(std::vector<std::string> row);
    std::string text() const;

  private:
    std::vector<bool> right_;
    std::vector<std::vector<std::string>> rows_;
};

inline constexpr size_t kWidestCell = 48;

/// 1234567 -> "1,234,567".
std::string grouped(uint64_t number);
/// 25712384 -> "25.7 M".
std::string si(double number);

}  // namespace tinamix::tool
