// ConvTranspose. Over one or two spatial dimensions on XNNPACK, channels-last, with constant weights packed once; by
// plain loops over three, and where an output lies farther behind the last window than a stride.
#include <algorithm>
#include <limits>

#include "float/constant_input.h"
#include "float/layout.h"
#include "float/parallel.h"
#include "float/registry.h"
#include "float/strided_copy.h"
#include "float/transposed_window.h"
#include "float/xnnpack.h"

namespace tinamix::float_exec {

namespace {

/// Plain loops; everything in ONNX order.
ir::Tensor transposed_convolution(const TransposedGeometry& g, const ir::Tensor& x, const ir::Tensor& weights,
                                  const ir::Tensor* bias, pthreadpool_t pool) {
    const auto& [deep, high, wide] = g.axes;
    const int64_t in_pixels = deep.input * high.input * wide.input, taps = deep.kernel * high.kernel * wide.kernel;
    const int64_t out_pixels = deep.output * high.output * wide.output;
    const int64_t group_inputs = g.inputs / g.groups, group_outputs = g.outputs / g.groups;
    ir::Tensor result(ir::ElementType::kFloat32, g.result);
    parallel_for(pool, static_cast<size_t>(g.batch * g.outputs), 1, [&](size_t begin, size_t count) {
        for (auto plane = static_cast<int64_t>(begin); plane < static_cast<int64_t>(begin + count); ++plane) {
            const int64_t n = plane / g.outputs, o = plane % g.outputs;
            float* to = result.data<float>() + plane * out_pixels;
            std::fill_n(to, out_pixels, bias == nullptr ? 0.0F : bias->data<float>()[o]);
            for (int64_t c = o / group_outputs * group_inputs; c < (o / group_outputs + 1) * group_inputs; ++c) {
                const float* from = x.data<float>() + (n * g.inputs + c) * in_pixels;
                const float* kernel = weights.data<float>() + (c * group_outputs + o % group_outputs) * taps;
                for (int64_t i = 0; i < in_pixels * taps; ++i) {
                    const int64_t pixel = i / taps, tap = i % taps;
                    const int64_t z = pixel / wide.input / high.input * deep.stride - deep.pad_begin +
                                      tap / wide.kernel / high.kernel * deep.dilation;
                    const int64_t y = pixel / wide.input % high.input * high.stride - high.pad_begin +
                                      tap / wide.kernel % high.kernel * high.dilation;
                    const int64_t column =
                        pixel % wide.input * wide.stride - wide.pad_begin + tap % wide.kernel * wide.dilation;
                    if (z >= 0 && z < deep.output && y >= 0 && y < high.output && column >= 0 && column < wide.output) {
                        to[(z * high.output + y) * wide.output + column] += from[pixel] * kernel[tap];
                    }
                }
            }
        }
    });
    return result;
}

class TransposedConvolution final : public Kernel {
  public:
    TransposedConvolution(const ir::Graph& graph, const ir::Node& node) {
        const bool has_bias = node.inputs.size() > 2 && node.inputs[2] != ir::kNoValue;
        const ir::Tensor *weights = constant_input(graph, node, 1), *bias = constant_input(graph, node, 2);
        if (weights != nullptr && (!has_bias || bias != nullptr)) {
            packed_ = pack(node, transposed_geometry(node, graph.value(node.inputs[0]).shape, weights->shape()),
                           *weights, bias);
        }
    }

    Tensors run(Call& call) override {
        const ir::Tensor &x = call.input(0), &weights = call.input(1);
        const ir::Tensor* bias = call.has(2) ? &call.input(2) : nullptr;
        call.require(x.shape().size() >= 3 && call.layout(0) == Layout::kChannelsLast, "the input must be an image");
        call.require(x.type() == ir::ElementType::kFloat32, "the input must be float32");
        const TransposedGeometry g =
            transposed_geometry(call.node(), onnx_shape(x.shape(), Layout::kChannelsLast), weights.shape());
        const XnnOperator made = packed_ ? XnnOperator() : pack(call.node(), g, weights, bias);
        const xnn_operator_t op = packed_ ? packed_.get() : made.get();
        if (op == nullptr) {
            const ir::Tensor image = to_onnx_order(x, call.pool());
            return {to_channels_last(transposed_convolution(g, image, weights, bias, call.pool()), call.pool())};
        }
        ir::Tensor result =
            ir::Tensor::uninitialized(ir::ElementType::kFloat32, storage_shape(g.result, Layout::kChannelsLast));
        check_xnnpack(call.node(), "set up",
                      xnn_setup_deconvolution2d_nhwc_f32(
                          op, static_cast<size_t>(g.batch), static_cast<size_t>(g.axes[1].input),
                          static_cast<size_t>(g.axes[2].input), static_cast<uint32_t>(g.behind[1]),
                          static_cast<uint32_t>(g.behind[2]), x.data<float>(), result.data<float>(), call.pool()));
        check_xnnpack(call.node(), "run", xnn_run_operator(op, call.pool()));
        return {std::move(result)};
    }

  private:
    /// Null where XNNPACK does not have the geometry.
    static XnnOperator pack(const ir::Node& node, const TransposedGeometry& g, const ir::Tensor& weights,
                            const ir::Tensor* bias) {
        if (weights.type() != ir::ElementType::kFloat32) {
            throw Error(where(node), "the weights must be float32");
        }
        if (bias != nullptr && (bias->type() != ir::ElementType::kFloat32 || bias->shape() != ir::Shape{g.outputs})) {
            throw Error(where(node), "the bias must have one float32 per output channel");
        }
        const WindowAxis &high = g.axes[1], &wide = g.axes[2];
        if (g.result.size() > 4 || g.behind[1] >= high.stride || g.behind[2] >= wide.stride) {
            return nullptr;
        }
        // XNNPACK wants [group][output][y][x][input].
        const int64_t group_inputs = g.inputs / g.groups, group_outputs = g.outputs / g.groups;
        const ir::Tensor kernel =
            transposed(weights.reshaped({g.groups, group_inputs, group_outputs, high.kernel, wide.kernel}),
                       {0, 2, 3, 4, 1}, nullptr);
        constexpr float kInfinity = std::numeric_limits<float>::infinity();
        initialize_xnnpack();
        xnn_operator_t op = nullptr;
        auto u32 = [](int64_t value) { return static_cast<uint32_t>(value); };
        check_xnnpack(
            node, "prepare",
            xnn_create_deconvolution2d_nhwc_f32(
                u32(high.pad_begin), u32(wide.pad_end), u32(high.pad_end), u32(wide.pad_begin), u32(high.kernel),
                u32(wide.kernel), u32(high.stride), u32(wide.stride), u32(high.dilation), u32(wide.dilation),
                u32(g.groups), static_cast<size_t>(group_inputs), static_cast<size_t>(group_outputs),
                static_cast<size_t>(g.inputs), static_cast<size_t>(g.outputs), kernel.data<float>(),
                bias != nullptr ? bias->data<float>() : nullptr, -kInfinity, kInfinity, 0, &op));
        return XnnOperator(op);
    }

    XnnOperator packed_;
};

}  // namespace

TINAMIX_FLOAT_OPS(conv_transpose) {
    registry.add_prepared("ConvTranspose", LayoutUse::kChannelsLast,
                          [](const ir::Graph& graph, const ir::Node& node) -> std::unique_ptr<Kernel> {
                              return std::make_unique<TransposedConvolution>(graph, node);
                          });
}

}  // namespace tinamix::float_exec
