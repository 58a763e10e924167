// Resize and Upsample by the rules of ONNX: which source positions every output position takes, and with what weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "float/call.h"
#include "ir/graph.h"

namespace tinamix::float_exec {

/// What one output position takes from one axis: `taps` source indices and weights, from `first_tap` on.
struct AxisTable {
    size_t taps = 1;
    std::vector<int64_t> indices;
    std::vector<float> weights;
    std::vector<char> outside;  ///< per output position: takes extrapolation_value
};

/// One table per axis, in ONNX order, for the Resize or Upsample of `call` over data of shape `input` (ONNX order). Of
/// the call's inputs only scales, sizes and roi are read. Axes that do not change have one tap. Throws Error naming the
/// node.
std::vector<AxisTable> resize_axes(const Call& call, const ir::Shape& input);

/// The shape of the result, in ONNX order. Reads and throws as resize_axes().
ir::Shape resized_shape(const Call& call, const ir::Shape& input);

}  // namespace tinamix::float_exec
