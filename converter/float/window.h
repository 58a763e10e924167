// Sliding windows of convolutions and pools: attributes, automatic padding, output size.
#pragma once

#include <vector>

#include "ir/graph.h"

namespace tinamix::float_exec {

/// One spatial dimension.
struct WindowAxis {
    int64_t kernel, stride, dilation, pad_begin, pad_end;
    int64_t input, output;
    /// Distance from the first to the last tap, plus one.
    int64_t extent() const { return (kernel - 1) * dilation + 1; }
};

/// Reads kernel_shape (or takes `kernel` from the weights), strides, dilations, pads, auto_pad and ceil_mode for an
/// input of spatial shape `input`. Throws Error naming the node for anything out of range or an empty output.
std::vector<WindowAxis> window_axes(const ir::Node& node, const ir::Shape& input, const ir::Shape& kernel);

}  // namespace tinamix::float_exec
