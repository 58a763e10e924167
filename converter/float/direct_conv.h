// Convolutions as plain loops, in ONNX order, over one to three spatial dimensions: what XNNPACK does not have (three
// dimensions) and integer arithmetic.
#pragma once

#include <array>

#include "float/parallel.h"
#include "float/window.h"

namespace tinamix::float_exec {

/// Depth, height, width; leading ones where there are fewer.
struct ConvGeometry {
    int64_t batch, inputs, outputs, groups;
    std::array<WindowAxis, 3> axes;
    ir::Shape result;  ///< ONNX order

    int64_t input_pixels() const { return axes[0].input * axes[1].input * axes[2].input; }
    int64_t output_pixels() const { return axes[0].output * axes[1].output * axes[2].output; }
    int64_t taps() const { return axes[0].kernel * axes[1].kernel * axes[2].kernel; }
};

/// Geometry of a convolution of `input` [n, c, spatial...] with `weights` [outputs, c / group, spatial...]. Throws
/// Error naming the node when they do not fit.
ConvGeometry conv_geometry(const ir::Node& node, const ir::Shape& input, const ir::Shape& weights);

/// out[n][o][pixel] = sum over the window of x * w(o, ...); `x` and `w` in ONNX order, elements of type T, sums of type
/// Sum. Padding adds nothing.
template <typename T, typename Sum>
void direct_conv(const ConvGeometry& g, const T* x, const T* w, Sum* out, pthreadpool_t pool) {
    const int64_t group_inputs = g.inputs / g.groups, group_outputs = g.outputs / g.groups;
    const auto &deep = g.axes[0], &high = g.axes[1], &wide = g.axes[2];
    parallel_for(pool, static_cast<size_t>(g.batch * g.outputs), 1, [&](size_t begin, size_t count) {
        for (auto plane = static_cast<int64_t>(begin); plane < static_cast<int64_t>(begin + count); ++plane) {
            const int64_t n = plane / g.outputs, o = plane % g.outputs;
            const T* image = x + (n * g.inputs + o / group_outputs * group_inputs) * g.input_pixels();
            const T* kernel = w + o * group_inputs * g.taps();
            for (int64_t pixel = 0; pixel < g.output_pixels(); ++pixel) {
                const int64_t z0 = pixel / wide.output / high.output * deep.stride - deep.pad_begin;
                const int64_t y0 = pixel / wide.output % high.output * high.stride - high.pad_begin;
                const int64_t x0 = pixel % wide.output * wide.stride - wide.pad_begin;
                Sum sum = 0;
                for (int64_t tap = 0; tap < g.taps(); ++tap) {
                    const int64_t z = z0 + tap / wide.kernel / high.kernel * deep.dilation;
                    const int64_t y = y0 + tap / wide.kernel % high.kernel * high.dilation;
                    const int64_t column = x0 + tap % wide.kernel * wide.dilation;
                    if (z < 0 || z >= deep.input || y < 0 || y >= high.input || column < 0 || column >= wide.input) {
                        continue;
                    }
                    const int64_t at = (z * high.input + y) * wide.input + column;
                    for (int64_t c = 0; c < group_inputs; ++c) {
                        sum += static_cast<Sum>(image[c * g.input_pixels() + at]) *
                               static_cast<Sum>(kernel[c * g.taps() + tap]);
                    }
                }
                out[plane * g.output_pixels() + pixel] = sum;
            }
        }
    });
}

}  // namespace tinamix::float_exec
