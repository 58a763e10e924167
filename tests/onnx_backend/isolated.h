// A piece of work in a process of its own, so that a crash or a hang is a result.
#pragma once

#include <functional>
#include <string>

namespace tinamix {

struct IsolatedResult {
    bool completed = false;
    std::string text;  ///< what the work returned; otherwise how its process ended
};

/// Runs `work` in a child process and returns its text. A child that is not done after `seconds` of processor time is
/// ended.
IsolatedResult run_isolated(const std::function<std::string()>& work, unsigned seconds);

}  // namespace tinamix
