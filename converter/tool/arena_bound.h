// How small the arena of a model could be at best: the measure of the memory plan.
#pragma once

#include <cstdint>

#include "tool/simulation.h"

namespace tinamix::tool {

/// Largest sum of simultaneously live tensors in bytes, without rounding and scratch. A tensor lives from the op that
/// writes it (inputs: from the start) to the last op that reads it or an alias of it (outputs: to the end). Aliases
/// count with their owner; constants do not count.
uint64_t largest_live_sum(const Simulation& simulation);

}  // namespace tinamix::tool
