// --board and how to get there, for the commands that talk to a board.
#pragma once

#include <memory>
#include <string>

#include "deploy/remote_board.h"
#include "tool/options.h"

namespace tinamix::tool {

struct RemoteOptions {
    std::string board, address, transport, tmx;
    int timeout = 60;

    void declare(Options& options);
    /// Throws UsageError without --board. `quiet`: nothing about progress on stderr.
    std::unique_ptr<deploy::RemoteBoard> connect(const Options& options, bool quiet) const;
};

}  // namespace tinamix::tool
