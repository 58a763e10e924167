// Giving one layer another constant.
#pragma once

#include <string>

#include "ir/graph.h"
#include "quantize/weight_layer.h"

namespace tinamix::quantize {

/// Gives input `index` of `node` a constant of its own: initializers may serve several layers. `what` becomes part of
/// its name.
void replace_constant(ir::Graph& graph, int node, size_t index, const std::string& what, ir::Tensor tensor);

/// The bias per output channel; zeros where there is none.
std::vector<float> bias_values(const ir::Graph& graph, const WeightLayer& layer);

}  // namespace tinamix::quantize
