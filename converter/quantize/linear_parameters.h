// Scale and zero point of QuantizeLinear and DequantizeLinear, in the form of this program: signed codes.
#pragma once

#include "ir/graph.h"

namespace tinamix::quantize {

/// What `node`, a QuantizeLinear or DequantizeLinear, states about the tensor of codes it makes or reads. Unsigned
/// codes count from the middle of their range, so a zero point of 128 becomes 0. Throws Error naming the node for
/// parameters that are computed at run time, that do not fit each other or the tensor, for scales that are not positive
/// normal numbers, and for element types without integer kernels.
ir::StatedQuantization linear_parameters(const ir::Graph& graph, const ir::Node& node);

/// Constant codes of any integer type with their unsigned ones shifted, as int8, int16 or int32.
ir::Tensor signed_codes(const ir::Tensor& codes);

/// The real values of signed codes: (code - zero point) * scale, in float32 as DequantizeLinear has it.
ir::Tensor dequantized(const ir::Tensor& codes, const ir::StatedQuantization& stated);

}  // namespace tinamix::quantize
