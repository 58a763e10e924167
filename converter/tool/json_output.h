// JSON on stdout.
#pragma once

#include <nlohmann/json.hpp>

namespace tinamix::tool {

/// Indented by two; names that are not UTF-8 are shown with replacement characters. Numbers that are NaN or infinite
/// become null.
void print_json(const nlohmann::ordered_json& json);

}  // namespace tinamix::tool
