// Options that say whose cost is predicted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cost/board.h"
#include "deploy/board_profile.h"
#include "tool/options.h"

namespace tinamix::tool {

/// --board and --cost-table.
class BoardOptions {
  public:
    void declare(Options& options);
    /// The board of the table that was given, of the name that was given, of the first of `boards` whose profile names
    /// a table, or of the first name in `target` that has one; otherwise t527. Throws Error for a table that cannot be
    /// read.
    const cost::Board& board(const std::string& target = "", const std::vector<deploy::BoardProfile>& boards = {});

  private:
    std::string name_, table_;
    std::optional<cost::Board> board_;
};

}  // namespace tinamix::tool
