// The model as the file's tables before it becomes bytes: for the search, which lowers one network many times.
#pragma once

#include <string>

#include "ir/graph.h"
#include "pack/pack.h"
#include "pack/packed_layers.h"
#include "pack/weight_segment.h"
#include "quantize/plan.h"
#include "tinamix_generated.h"

namespace tinamix::pack {

/// Everything that pack() writes, arena offsets included, with constants in `weights`, which may hold those of other
/// models: equal constants then have equal spans. `known` (or null) goes with `weights`: filters found there are not
/// packed again. `weights_bytes` of the result is what the segment holds up to here.
tmx::format::ModelT lowered_model(const ir::Graph& graph, const quantize::Plan& plan, const Target& target,
                                  const std::string& settings, WeightSegment& weights, PackedLayers* known = nullptr);

}  // namespace tinamix::pack
