// NumPy broadcasting of two tensors that may be in different storage orders.
#pragma once

#include <vector>

#include "float/call.h"

namespace tinamix::float_exec {

/// One loop over the result; steps of the operands are in elements, 0 where they repeat.
struct BroadcastDimension {
    int64_t size, step_a, step_b;
};

struct Broadcast {
    ir::Shape shape;  ///< of the result, in storage order
    Layout layout = Layout::kOnnx;
    std::vector<BroadcastDimension> dims;  ///< outermost first, neighbours merged; never empty
};

/// Plans `input(a) op input(b)`. The result is channels-last when one operand of full rank is. Throws Error naming the
/// node when the shapes do not fit.
Broadcast broadcast(const Call& call, const ir::Tensor& a, Layout layout_a, const ir::Tensor& b, Layout layout_b);

/// Result shape of broadcasting two ONNX shapes. Throws Error naming the node when they do not fit.
ir::Shape broadcast_shape(const ir::Node& node, const ir::Shape& a, const ir::Shape& b);
inline ir::Shape broadcast_shape(const Call& call, const ir::Shape& a, const ir::Shape& b) {
    return broadcast_shape(call.node(), a, b);
}

}  // namespace tinamix::float_exec
