// Outputs with 16 bits in a network of 8: what tells the first of many scores from the second.
#pragma once

#include <vector>

#include "ir/graph.h"
#include "quantize/plan.h"

namespace tinamix::tool {

/// Rules that give int16 to the last layers before the outputs of the network (back through data movement and Softmax),
/// so that scores closer than a step of int8 do not become equal. Layers with weights are named only where all of them
/// together have at most a fiftieth of the multiply-accumulates: then the outputs cost next to nothing.
std::vector<quantize::PrecisionRules::Rule> rules_for_fine_outputs(const ir::Graph& graph);

}  // namespace tinamix::tool
