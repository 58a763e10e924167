// Options of the commands that talk to a board; see remote_options.h.
#include "tool/remote_options.h"

#include <fmt/format.h>

namespace tinamix::tool {

void RemoteOptions::declare(Options& options) {
    options.group("The board");
    options.text("--board", board, "BOARD", "a profile of `tinamix boards`, or a board.yaml of one's own");
    options.text("--address", address, "ADDRESS",
                 "user@host[:port] (ssh), a serial or host:port (adb), a folder (local); instead of the profile's");
    options.choice("--transport", transport, {"local", "ssh", "adb"}, "instead of the profile's");
    options.path("--tmx", tmx, "FILE", "a tmx program for the board to bring along, where it has none");
    options.integer("--timeout", timeout, 1, 86400, "seconds that one step on the board may take (default 60)");
    options.group("Options");
}

std::unique_ptr<deploy::RemoteBoard> RemoteOptions::connect(const Options& options, bool quiet) const {
    options.require("--board");
    deploy::BoardProfile profile = deploy::load_board(board);
    if (!transport.empty()) {
        const deploy::TransportKind kind = transport == "local" ? deploy::TransportKind::kLocal
                                           : transport == "ssh" ? deploy::TransportKind::kSsh
                                                                : deploy::TransportKind::kAdb;
        // What belongs to one way says nothing about another.
        if (kind != profile.transport.kind) profile.transport = {};
        profile.transport.kind = kind;
    }
    deploy::BoardAccess access;
    access.address = address;
    access.tmx = tmx;
    access.timeout = std::chrono::seconds(timeout);
    if (!quiet) access.progress = [](const std::string& line) { fmt::print(stderr, "tinamix: {}\n", line); };
    return std::make_unique<deploy::RemoteBoard>(std::move(profile), std::move(access));
}

}  // namespace tinamix::tool
