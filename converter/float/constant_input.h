// Weights that are known when an operator is prepared.
#pragma once

#include "ir/graph.h"

namespace tinamix::float_exec {

/// The content of input `index` where it is a constant; null where it is absent or computed.
inline const ir::Tensor* constant_input(const ir::Graph& graph, const ir::Node& node, size_t index) {
    return index < node.inputs.size() && graph.is_constant(node.inputs[index])
               ? &*graph.value(node.inputs[index]).constant
               : nullptr;
}

}  // namespace tinamix::float_exec
