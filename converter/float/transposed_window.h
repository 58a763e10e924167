// Windows of transposed convolutions: attributes, padding, output size.
#pragma once

#include <array>

#include "float/window.h"
#include "ir/graph.h"

namespace tinamix::float_exec {

/// The window moves over the output: `output` elements of it remain after padding is cut away.
struct TransposedGeometry {
    int64_t batch, inputs, outputs, groups;
    std::array<WindowAxis, 3> axes;          ///< depth, height, width; leading ones where there are fewer
    std::array<int64_t, 3> behind{0, 0, 0};  ///< output elements after those that windows reach, cut or not
    ir::Shape result;                        ///< ONNX order
};

/// `input` [n, c, spatial...] and `weights` [c, outputs / group, spatial...] in ONNX order; `output_shape` and auto_pad
/// decide the padding as the specification says. Throws Error naming the node for what does not fit.
TransposedGeometry transposed_geometry(const ir::Node& node, const ir::Shape& input, const ir::Shape& weights);

}  // namespace tinamix::float_exec
