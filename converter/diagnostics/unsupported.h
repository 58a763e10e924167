// What stands in the way of a conversion, collected so that nobody has to find it one error at a time.
#pragma once

#include <string>
#include <vector>

#include "diagnostics/error.h"

namespace tinamix {

/// A node that some stage cannot take, and why.
struct Unsupported {
    std::string op, name, reason;
};

/// One error of `path` that lists all of `nodes`, a line each: "<op> `<name>`: <reason>".
Error unsupported_error(const std::string& path, const std::vector<Unsupported>& nodes);

}  // namespace tinamix
