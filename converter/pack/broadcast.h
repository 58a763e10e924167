// Operands of different shapes over one output: layouts and views that line their dimensions up.
#pragma once

#include "pack/lowering.h"

namespace tinamix::pack {

/// The layout of the first computed operand that has the output's shape; else the ONNX order.
Layout broadcast_output_layout(const Lowering& lowering, const ir::Node& node);

/// Tensor index of input `index` of `node`, stored in the order of an output stored as `output_layout`, with a 1 for
/// each dimension it lacks.
int read_operand(Lowering& lowering, const ir::Node& node, size_t index, const Layout& output_layout);

}  // namespace tinamix::pack
