// Convolution. Over one or two spatial dimensions on XNNPACK, channels-last, with constant weights packed once; over
// three by plain loops.
#include <limits>

#include "float/constant_input.h"
#include "float/direct_conv.h"
#include "float/layout.h"
#include "float/registry.h"
#include "float/strided_copy.h"
#include "float/xnnpack.h"

namespace tinamix::float_exec {

namespace {

void check_types(const ir::Node& node, const ir::Tensor& weights, const ir::Tensor* bias) {
    if (weights.type() != ir::ElementType::kFloat32) {
        throw Error(where(node), "the weights must be float32");
    }
    if (bias != nullptr &&
        (bias->type() != ir::ElementType::kFloat32 || bias->shape() != ir::Shape{weights.shape().at(0)})) {
        throw Error(where(node), "the bias must have one float32 per output channel");
    }
}

struct Packed {
    XnnOperator op;
    ConvGeometry geometry;
};

/// `input` in ONNX order, of one or two spatial dimensions.
Packed pack(const ir::Node& node, const ir::Shape& input, const ir::Tensor& weights, const ir::Tensor* bias) {
    check_types(node, weights, bias);
    Packed packed{nullptr, conv_geometry(node, input, weights.shape())};
    const ConvGeometry& g = packed.geometry;
    const WindowAxis &high = g.axes[1], &wide = g.axes[2];
    // XNNPACK wants [output][y][x][input].
    const ir::Tensor image = weights.reshaped({g.outputs, g.inputs / g.groups, high.kernel, wide.kernel});
    const ir::Tensor kernel = transposed(image, {0, 2, 3, 1}, nullptr);
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    initialize_xnnpack();
    xnn_operator_t op = nullptr;
    auto u32 = [](int64_t value) { return static_cast<uint32_t>(value); };
    check_xnnpack(
        node, "prepare",
        xnn_create_convolution2d_nhwc_f32(
            u32(high.pad_begin), u32(wide.pad_end), u32(high.pad_end), u32(wide.pad_begin), u32(high.kernel),
            u32(wide.kernel), u32(high.stride), u32(wide.stride), u32(high.dilation), u32(wide.dilation), u32(g.groups),
            static_cast<size_t>(g.inputs / g.groups), static_cast<size_t>(g.outputs / g.groups),
            static_cast<size_t>(g.inputs), static_cast<size_t>(g.outputs), kernel.data<float>(),
            bias != nullptr ? bias->data<float>() : nullptr, -kInfinity, kInfinity, 0, &op));
    packed.op.reset(op);
    return packed;
}

/// Three spatial dimensions.
ir::Tensor convolve_volume(const Call& call, const ir::Shape& shape) {
    const ir::Tensor& weights = call.input(1);
    const ir::Tensor* bias = call.has(2) ? &call.input(2) : nullptr;
    check_types(call.node(), weights, bias);
    const ConvGeometry g = conv_geometry(call.node(), shape, weights.shape());
    const ir::Tensor x = to_onnx_order(call.input(0), call.pool());
    ir::Tensor result = ir::Tensor::uninitialized(ir::ElementType::kFloat32, g.result);
    direct_conv(g, x.data<float>(), weights.data<float>(), result.data<float>(), call.pool());
    for (int64_t i = 0; bias != nullptr && i < result.elements(); ++i) {
        result.data<float>()[i] += bias->data<float>()[i / g.output_pixels() % g.outputs];
    }
    return to_channels_last(result, call.pool());
}

class Convolution final : public Kernel {
  public:
    Convolution(const ir::Graph& graph, const ir::Node& node) {
        const ir::Shape& shape = graph.value(node.inputs[0]).shape;
        const bool has_bias = node.inputs.size() > 2 && node.inputs[2] != ir::kNoValue;
        const ir::Tensor *weights = constant_input(graph, node, 1), *bias = constant_input(graph, node, 2);
        if (weights != nullptr && (!has_bias || bias != nullptr) && shape.size() <= kImage) {
            packed_ = pack(node, shape, *weights, bias);
        }
    }

    Tensors run(Call& call) override {
        const ir::Tensor& x = call.input(0);
        call.require(x.shape().size() >= 3 && call.layout(0) == Layout::kChannelsLast, "the input must be an image");
        call.require(x.type() == ir::ElementType::kFloat32, "the input must be float32");
        const ir::Shape shape = onnx_shape(x.shape(), Layout::kChannelsLast);
        if (shape.size() > kImage) {
            return {convolve_volume(call, shape)};
        }
        Packed made;
        if (!packed_.op) {
            made = pack(call.node(), shape, call.input(1), call.has(2) ? &call.input(2) : nullptr);
        }
        const Packed& packed = packed_.op ? packed_ : made;
        const ConvGeometry& g = packed.geometry;
        ir::Tensor result =
            ir::Tensor::uninitialized(ir::ElementType::kFloat32, storage_shape(g.result, Layout::kChannelsLast));
        check_xnnpack(call.node(), "set up",
                      xnn_setup_convolution2d_nhwc_f32(
                          packed.op.get(), static_cast<size_t>(g.batch), static_cast<size_t>(g.axes[1].input),
                          static_cast<size_t>(g.axes[2].input), x.data<float>(), result.data<float>(), call.pool()));
        check_xnnpack(call.node(), "run", xnn_run_operator(packed.op.get(), call.pool()));
        return {std::move(result)};
    }

  private:
    static constexpr size_t kImage = 4;  ///< batch, channels, two spatial dimensions

    Packed packed_;
};

}  // namespace

TINAMIX_FLOAT_OPS(conv) {
    registry.add_prepared("Conv", LayoutUse::kChannelsLast,
                          [](const ir::Graph& graph, const ir::Node& node) -> std::unique_ptr<Kernel> {
                              return std::make_unique<Convolution>(graph, node);
                          });
}

}  // namespace tinamix::float_exec
