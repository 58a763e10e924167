// Whether the sections of a model file that are compiled for an NPU fit a board.
#pragma once

#include <cstdint>
#include <string>

#include "deploy/board_profile.h"

namespace tinamix::deploy {

/// Target id of the NPU sections of the model file, 0 if it has none. Throws Error for what is no model file.
uint32_t npu_target_of(const std::string& model);

/// Throws Error with what to do unless `target` is 0 or the board's.
void check_npu_target(const std::string& model, uint32_t target, const BoardProfile& board);

}  // namespace tinamix::deploy
