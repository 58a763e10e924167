// What `convert` tells about its result.
#pragma once

#include <nlohmann/json.hpp>

#include "tool/simulation.h"

namespace tinamix::tool {

/// Layers and MACs by precision, sizes and arena of a packed model.
nlohmann::ordered_json conversion_summary(const Simulation& packed, uint64_t onnx_bytes);
/// The same for people, with the list `float_joins` of {name, ranges_differ}, `repair`, `search` (mixed_conversion.h)
/// and `predicted` (predicted_cost.h) where they are there.
void print_summary(const nlohmann::ordered_json& summary);

}  // namespace tinamix::tool
