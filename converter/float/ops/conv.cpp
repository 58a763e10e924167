// Convolution over one or two spatial dimensions, on XNNPACK. Runs channels-last; constant weights are packed once.
#include <limits>

#include "float/registry.h"
#include "float/strided_copy.h"
#include "float/window.h"
#include "float/xnnpack.h"

namespace tinamix::float_exec {

namespace {

class Convolution final : public Kernel {
  public:
    Convolution(const ir::Graph& graph, const ir::Node& node) {
        auto constant = [&](size_t i) -> const ir::Tensor* {
            return i < node.inputs.size() && graph.is_constant(node.inputs[i]) ? &*graph.value(node.inputs[i]).constant
                                                                               : nullptr;
        };
        const bool has_bias = node.inputs.size() > 2 && node.inputs[2] != ir::kNoValue;
        if (constant(1) != nullptr && (!has_bias || constant(2) != nullptr)) {
            packed_ = pack(node, graph.value(node.inputs[0]).shape, *constant(1), constant(2));
        }
    }

    Tensors run(Call& call) override {
        const ir::Tensor& x = call.input(0);
        call.require(x.shape().size() >= 3 && call.layout(0) == Layout::kChannelsLast, "the input must be an image");
        call.require(x.type() == ir::ElementType::kFloat32, "the input must be float32");
        Packed made;
        if (!packed_.op) {
            ir::Shape shape = x.shape();  // back to ONNX order
            shape.insert(shape.begin() + 1, shape.back());
            shape.pop_back();
            made = pack(call.node(), shape, call.input(1), call.has(2) ? &call.input(2) : nullptr);
        }
        const Packed& packed = packed_.op ? packed_ : made;
        ir::Shape shape{x.shape()[0]};
        for (size_t i = packed.axes.size() - packed.spatial; i < packed.axes.size(); ++i) {
            shape.push_back(packed.axes[i].output);
        }
        shape.push_back(packed.outputs);
        ir::Tensor result = ir::Tensor::uninitialized(ir::ElementType::kFloat32, shape);
        check_xnnpack(call.node(), "set up",
                      xnn_setup_convolution2d_nhwc_f32(packed.op.get(), static_cast<size_t>(x.shape()[0]),
                                                       static_cast<size_t>(packed.axes[0].input),
                                                       static_cast<size_t>(packed.axes[1].input), x.data<float>(),
                                                       result.data<float>(), call.pool()));
        check_xnnpack(call.node(), "run", xnn_run_operator(packed.op.get(), call.pool()));
        return {std::move(result)};
    }

  private:
    struct Packed {
        XnnOperator op;
        std::vector<WindowAxis> axes;  ///< always height and width; a 1-D convolution has a height of 1
        size_t spatial = 0;
        int64_t outputs = 0;
    };

    /// `input` in ONNX order.
    static Packed pack(const ir::Node& node, const ir::Shape& input, const ir::Tensor& weights,
                       const ir::Tensor* bias) {
        auto require = [&](bool condition, const char* what) {
            if (!condition) {
                throw Error(where(node), what);
            }
        };
        const ir::Shape& w = weights.shape();
        require(input.size() >= 3 && w.size() == input.size(), "input and weights must have as many dimensions");
        require(input.size() <= 4, "convolution over three or more spatial dimensions is not supported");
        require(weights.type() == ir::ElementType::kFloat32, "the weights must be float32");
        const int64_t groups = node.integer("group", 1);
        require(groups >= 1 && input[1] >= 1 && w[0] >= 1 && input[1] % groups == 0 && w[0] % groups == 0,
                "channels do not divide into `group` groups");
        require(w[1] == input[1] / groups, "the weights do not fit the channels of the input");
        require(bias == nullptr || (bias->type() == ir::ElementType::kFloat32 && bias->shape() == ir::Shape{w[0]}),
                "the bias must have one float32 per output channel");
        Packed packed;
        packed.spatial = input.size() - 2;
        packed.outputs = w[0];
        packed.axes = window_axes(node, ir::Shape(input.begin() + 2, input.end()), ir::Shape(w.begin() + 2, w.end()));
        if (packed.spatial == 1) {
            packed.axes.insert(packed.axes.begin(), WindowAxis{1, 1, 1, 0, 0, 1, 1});
        }
        const WindowAxis &high = packed.axes[0], &wide = packed.axes[1];
        // XNNPACK wants [output][y][x][input].
        const ir::Tensor image = weights.reshaped({w[0], w[1], high.kernel, wide.kernel});
        const ir::Tensor kernel = transposed(image, {0, 2, 3, 1}, nullptr);
        constexpr float kInfinity = std::numeric_limits<float>::infinity();
        initialize_xnnpack();
        xnn_operator_t op = nullptr;
        auto u32 = [](int64_t value) { return static_cast<uint32_t>(value); };
        check_xnnpack(
            node, "prepare",
            xnn_create_convolution2d_nhwc_f32(
                u32(high.pad_begin), u32(wide.pad_end), u32(high.pad_end), u32(wide.pad_begin), u32(high.kernel),
                u32(wide.kernel), u32(high.stride), u32(wide.stride), u32(high.dilation), u32(wide.dilation),
                u32(groups), static_cast<size_t>(w[1]), static_cast<size_t>(w[0] / groups),
                static_cast<size_t>(input[1]), static_cast<size_t>(w[0]), kernel.data<float>(),
                bias != nullptr ? bias->data<float>() : nullptr, -kInfinity, kInfinity, 0, &op));
        packed.op.reset(op);
        return packed;
    }

    Packed packed_;
};

}  // namespace

TINAMIX_FLOAT_OPS(conv) {
    registry.add_prepared("Conv", LayoutUse::kChannelsLast,
                          [](const ir::Graph& graph, const ir::Node& node) -> std::unique_ptr<Kernel> {
                              return std::make_unique<Convolution>(graph, node);
                          });
    registry.limit("Conv", [](const ir::Node& node) -> std::string {
        return node.integers("kernel_shape").size() <= 2 ? ""
                                                         : "convolution over three or more dimensions is not supported";
    });
}

}  // namespace tinamix::float_exec
