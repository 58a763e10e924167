// Other programs (ssh, adb), started without a shell, with a time limit.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace tinamix::deploy {

struct ProcessResult {
    int status = -1;  ///< exit status; 128 + signal when killed
    bool timed_out = false;
    std::string out, err;
};

/// Runs `command` (program, arguments; searched in PATH) with /dev/null or `input_file` as its input. After `limit` it
/// and its children are killed. Throws Error when it cannot be started, with what to install as the hint.
ProcessResult run_process(const std::vector<std::string>& command, std::chrono::seconds limit,
                          const std::string& input_file = "");

/// `text` as one word of a shell command.
std::string shell_quoted(const std::string& text);

}  // namespace tinamix::deploy
