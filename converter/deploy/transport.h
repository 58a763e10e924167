// Ways to a board: its shell and its files, over ssh, adb, or on this machine.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "deploy/board_profile.h"
#include "deploy/process.h"

namespace tinamix::deploy {

class Transport {
  public:
    virtual ~Transport() = default;

    /// "ssh root@192.168.1.7": for messages.
    virtual std::string describe() const = 0;
    /// Runs a line of shell on the board. Throws Error when the board cannot be reached or does not answer in time;
    /// what the command itself says is the result.
    virtual ProcessResult run(const std::string& command, std::chrono::seconds limit) = 0;
    /// What commands call the board's absolute path `path`.
    virtual std::string path(const std::string& path) const { return path; }
    /// Copies a file to `remote` (an absolute path whose folder exists). Throws Error.
    virtual void push(const std::string& file, const std::string& remote, std::chrono::seconds limit) = 0;
};

/// `address`, if not empty, replaces the one of the profile. Local boards: a folder in which the board's absolute paths
/// lie (an image being built), or "/".
std::unique_ptr<Transport> open_transport(const BoardProfile::Transport& transport, const std::string& address);

}  // namespace tinamix::deploy
