// What quantizing and packing the filters of a layer came to, kept for when the same network is lowered again: a search
// lowers it hundreds of times, and most layers are the same every time.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tinamix_generated.h"

namespace tinamix::pack {

struct PackedFilters {
    /// One for each packing of the target.
    std::vector<tmx::format::PackedWeightsT> weights;
    tmx::format::OutputStageT output;
    tmx::format::Accumulator accumulator = tmx::format::Accumulator::Int32;
    bool short_runs = false;
};

/// By everything that they depend on, for one network, one target and one weight segment.
using PackedLayers = std::map<std::string, PackedFilters>;

}  // namespace tinamix::pack
