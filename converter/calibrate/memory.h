// How much memory one inference of the float executor takes.
#pragma once

#include <cstddef>

#include "ir/graph.h"

namespace tinamix::calibrate {

/// An upper estimate: constants as the executor packs them, the most values alive at once, each held once more while a
/// layer makes it, and the sample.
size_t inference_bytes(const ir::Graph& graph);

}  // namespace tinamix::calibrate
