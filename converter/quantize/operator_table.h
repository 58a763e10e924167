// The table of operators as people and programs read it: docs/operators.md and `tinamix operators`.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tinamix::quantize {

/// docs/operators.md, complete.
std::string operators_markdown();
/// {"operators": [{"op", "domain", "precisions": {"w8a8": "yes" | "f32" | "no", ...}, "targets", "note"}, ...],
///  "rewritten": [{"op", "becomes"}, ...]}
nlohmann::ordered_json operators_json();

}  // namespace tinamix::quantize
