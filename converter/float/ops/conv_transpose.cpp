// ConvTranspose. Over one or two spatial dimensions on XNNPACK, channels-last, with constant weights packed once; by
// plain loops over three, and where an output lies farther behind the last window than a stride.
#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "float/constant_input.h"
#include "float/layout.h"
#include "float/parallel.h"
#include "float/registry.h"
#include "float/strided_copy.h"
#include "float/window.h"
#include "float/xnnpack.h"

namespace tinamix::float_exec {

namespace {

/// The window moves over the output: `output` elements of it remain after padding is cut away.
struct Geometry {
    int64_t batch, inputs, outputs, groups;
    std::array<WindowAxis, 3> axes;          ///< depth, height, width; leading ones where there are fewer
    std::array<int64_t, 3> behind{0, 0, 0};  ///< output elements after those that windows reach, cut or not
    ir::Shape result;                        ///< ONNX order
};

/// Padding of one axis, and its output, by the rules of the specification.
void place(const ir::Node& node, WindowAxis& axis, int64_t& behind, int64_t added, int64_t wanted) {
    const std::string auto_pad = node.text("auto_pad", "NOTSET");
    const bool same = auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER";
    const int64_t full = axis.stride * (axis.input - 1) + added + axis.extent();
    behind = added;
    if (wanted == 0 && same) {
        wanted = axis.input * axis.stride;
    }
    if (wanted == 0) {
        axis.output = full - axis.pad_begin - axis.pad_end;
    } else {
        const int64_t total = std::max<int64_t>(0, full - wanted);
        behind += std::max<int64_t>(0, wanted - full);
        axis.pad_begin = auto_pad == "SAME_UPPER" ? total / 2 : total - total / 2;
        axis.pad_end = total - axis.pad_begin;
        axis.output = wanted;
    }
    if (axis.output < 1) {
        throw Error(where(node), "the padding leaves nothing of the output");
    }
}

std::vector<int64_t> list(const ir::Node& node, const char* name, size_t count, int64_t otherwise, int64_t least) {
    std::vector<int64_t> values = node.integers(name);
    if (values.empty()) {
        values.assign(count, otherwise);
    }
    const bool fits = values.size() == count && std::all_of(values.begin(), values.end(), [&](int64_t value) {
                          return value >= least && value < (1 << 24);
                      });
    if (!fits) {
        throw Error(where(node), std::string("`") + name + "` does not fit the input");
    }
    return values;
}

/// `input` and `weights` [inputs, outputs / group, spatial...] in ONNX order.
Geometry geometry(const ir::Node& node, const ir::Shape& input, const ir::Shape& weights) {
    auto require = [&](bool condition, const char* what) {
        if (!condition) {
            throw Error(where(node), what);
        }
    };
    require(input.size() >= 3 && input.size() <= 5, "the input must have one to three spatial dimensions");
    require(weights.size() == input.size(), "input and weights must have as many dimensions");
    const int64_t groups = node.integer("group", 1);
    require(groups >= 1 && weights[0] == input[1] && weights[1] >= 1 && input[1] >= 1 && input[1] % groups == 0,
            "the weights do not fit the channels of the input");
    const size_t count = input.size() - 2;
    const auto strides = list(node, "strides", count, 1, 1), dilations = list(node, "dilations", count, 1, 1);
    const auto pads = list(node, "pads", 2 * count, 0, 0), added = list(node, "output_padding", count, 0, 0);
    const std::vector<int64_t> wanted = list(node, "output_shape", count, 0, 0);
    Geometry g{input[0], input[1], weights[1] * groups, groups, {}, {}, {input[0], weights[1] * groups}};
    g.axes.fill(WindowAxis{1, 1, 1, 0, 0, 1, 1});
    for (size_t i = 0; i < count; ++i) {
        const size_t at = g.axes.size() - count + i;
        require(weights[i + 2] >= 1 && input[i + 2] >= 1, "the input or the weights are empty");
        g.axes[at] = {weights[i + 2], strides[i], dilations[i], pads[i], pads[count + i], input[i + 2], 0};
        place(node, g.axes[at], g.behind[at], added[i], wanted[i]);
        g.result.push_back(g.axes[at].output);
    }
    return g;
}

/// Plain loops; everything in ONNX order.
ir::Tensor transposed_convolution(const Geometry& g, const ir::Tensor& x, const ir::Tensor& weights,
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
            packed_ = pack(node, geometry(node, graph.value(node.inputs[0]).shape, weights->shape()), *weights, bias);
        }
    }

    Tensors run(Call& call) override {
        const ir::Tensor &x = call.input(0), &weights = call.input(1);
        const ir::Tensor* bias = call.has(2) ? &call.input(2) : nullptr;
        call.require(x.shape().size() >= 3 && call.layout(0) == Layout::kChannelsLast, "the input must be an image");
        call.require(x.type() == ir::ElementType::kFloat32, "the input must be float32");
        const Geometry g = geometry(call.node(), onnx_shape(x.shape(), Layout::kChannelsLast), weights.shape());
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
    static XnnOperator pack(const ir::Node& node, const Geometry& g, const ir::Tensor& weights,
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
