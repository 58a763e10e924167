#include "tool/board_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace tinamix::tool {

namespace {

constexpr const char* kDefaultBoard = "t527";

std::string board_of_target(const std::string& target, const std::vector<deploy::BoardProfile>& boards) {
    for (const deploy::BoardProfile& board : boards) {
        if (!board.costs.empty()) return board.costs;
    }
    const std::vector<std::string> known = cost::board_names();
    for (size_t begin = 0; begin < target.size();) {
        const size_t end = std::min(target.find(',', begin), target.size());
        const std::string name = target.substr(begin, end - begin);
        if (std::find(known.begin(), known.end(), name) != known.end()) return name;
        begin = end + 1;
    }
    return kDefaultBoard;
}

}  // namespace

void BoardOptions::declare(Options& options) {
    options.choice("--board", name_, cost::board_names(),
                   fmt::format("whose milliseconds are predicted (default: the target, or {})", kDefaultBoard));
    options.path("--cost-table", table_, "TABLE.yaml", "a cost table of your own board instead");
    options.exclude("--board", "--cost-table");
}

const cost::Board& BoardOptions::board(const std::string& target, const std::vector<deploy::BoardProfile>& boards) {
    if (!board_) {
        board_ = !table_.empty() ? cost::read_board(table_)
                                 : cost::board_from_name(name_.empty() ? board_of_target(target, boards) : name_);
    }
    return *board_;
}

}  // namespace tinamix::tool
