// Starts the tmx program as a user does.
#pragma once

#include <string>

#include "tmx_temporary_folder.h"

namespace tmx::tool {

struct ProgramResult {
    int status;  ///< exit status, or -1 when it did not end by itself
    std::string out, err;
};

/// Runs `tmx ARGUMENTS` in a shell, in `folder`, so that files there can be named plainly. `before`: shell commands
/// that set limits for it.
ProgramResult run_tmx(const TemporaryFolder& folder, const std::string& arguments, const std::string& before = "true");

}  // namespace tmx::tool
