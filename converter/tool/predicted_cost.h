// What a packed model is predicted to cost on a board.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "cost/board.h"

namespace tinamix::tool {

/// Milliseconds and instructions of the file in `bytes`, which the runtime has accepted, on one thread: of the whole
/// and, with `layers`, of every op.
nlohmann::ordered_json predicted_cost(const std::vector<uint8_t>& bytes, const cost::Board& board, bool layers);
/// The same for people.
void print_predicted_cost(const nlohmann::ordered_json& predicted);

}  // namespace tinamix::tool
