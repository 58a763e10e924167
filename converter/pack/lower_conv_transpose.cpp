// ConvTranspose as a convolution (docs/arithmetic.md, 4): with stride s every output position belongs to one of s
// phases, and the positions of one phase see every s-th tap of the filter at stride 1. So all phases together are one
// convolution with s filters per output channel and axis, whose results are then interleaved by a transpose, and cut
// where padding takes part of the first or last group of s.
#include <algorithm>

#include "diagnostics/error.h"
#include "float/transposed_window.h"
#include "pack/convolution.h"
#include "pack/image.h"

namespace tinamix::pack {

namespace fb = tmx::format;

namespace {

/// One spatial axis. Output position o is o + pad = group * stride + phase, and sums input position group - n over the
/// taps k with k * dilation = n * stride + phase.
struct TransposedAxis {
    int64_t in = 1, out = 1, kernel = 1, stride = 1, dilation = 1, pad = 0;

    /// Largest n of any tap.
    int64_t reach() const { return (kernel - 1) * dilation / stride; }
    /// Groups that the convolution computes: the first, and how many.
    int64_t first_group() const { return std::min(pad / stride, reach()); }
    /// (all that the input has windows for, even where padding cuts more than one group behind).
    int64_t groups() const {
        return std::max((out - 1 + pad) / stride - first_group() + 1, in + window_pad() - window_extent() + 1);
    }
    /// Window of the convolution. Without a stride the filter keeps its dilation.
    int64_t window_dilation() const { return stride == 1 ? dilation : 1; }
    int64_t window_taps() const { return stride == 1 ? kernel : reach() + 1; }
    int64_t window_extent() const { return (window_taps() - 1) * window_dilation() + 1; }
    int64_t window_pad() const { return reach() - first_group(); }
    int64_t window_pad_behind() const {
        return std::max<int64_t>(groups() - 1 + window_extent() - in - window_pad(), 0);
    }
    /// Tap of the filter that window tap `t` is in `phase`, or -1.
    int64_t tap(int64_t phase, int64_t t) const {
        const int64_t distance = (reach() - t * window_dilation()) * stride + phase;
        return distance % dilation == 0 && distance / dilation < kernel ? distance / dilation : -1;
    }
    /// Interleaved positions in front of the output.
    int64_t cut() const { return pad - first_group() * stride; }
};

struct Geometry {
    TransposedAxis h, w;
};

/// `input` and `weights` in ONNX order.
Geometry geometry(const ir::Node& node, const ir::Shape& input, const ir::Shape& weights) {
    const float_exec::TransposedGeometry whole = float_exec::transposed_geometry(node, input, weights);
    const auto axis = [&](const float_exec::WindowAxis& from) {
        if (from.pad_begin < 0) throw Error(node.name, "negative pads of ConvTranspose have no board implementation");
        return TransposedAxis{from.input, from.output, from.kernel, from.stride, from.dilation, from.pad_begin};
    };
    return {axis(whole.axes[1]), axis(whole.axes[2])};
}

/// The filters of all phases: output channels [group][phase of rows][phase of columns][output of the group].
Filters phase_filters(const Lowering& lowering, const ir::Node& node, const Geometry& geometry) {
    const ir::Tensor& tensor = lowering.constant_input(node, 1);
    const std::vector<float> weights = tensor.to_floats();
    std::vector<float> bias;
    if (node.inputs.size() > 2 && node.inputs[2] != ir::kNoValue) bias = lowering.constant_input(node, 2).to_floats();
    const auto& [h, w] = geometry;
    Filters filters;
    filters.groups = node.integer("group", 1);
    filters.group_inputs = tensor.shape()[0] / filters.groups;
    filters.taps = h.window_taps() * w.window_taps();
    const int64_t outputs = tensor.shape()[1], phases = h.stride * w.stride;
    filters.out_channels = filters.groups * phases * outputs;
    filters.weights.reserve(static_cast<size_t>(filters.out_channels * filters.taps * filters.group_inputs));
    for (int64_t channel = 0; channel < filters.out_channels; ++channel) {
        const int64_t group = channel / outputs / phases, phase = channel / outputs % phases, o = channel % outputs;
        if (!bias.empty()) filters.bias.push_back(bias[static_cast<size_t>(group * outputs + o)]);
        for (int64_t tap = 0; tap < filters.taps; ++tap) {
            const int64_t y = h.tap(phase / w.stride, tap / w.window_taps());
            const int64_t x = w.tap(phase % w.stride, tap % w.window_taps());
            for (int64_t c = 0; c < filters.group_inputs; ++c) {
                const int64_t index =
                    (((group * filters.group_inputs + c) * outputs + o) * h.kernel + y) * w.kernel + x;
                filters.weights.push_back(y < 0 || x < 0 ? 0.0F : weights[static_cast<size_t>(index)]);
            }
        }
    }
    return filters;
}

fb::Window2D window_of(const ir::Node& node, const Geometry& geometry) {
    const auto narrow = [&](int64_t value) {
        if (value > 65535) throw Error(node.name, "window or padding " + std::to_string(value) + " is above 65535");
        return static_cast<uint16_t>(value);
    };
    const auto& [h, w] = geometry;
    return fb::Window2D(narrow(h.window_taps()), narrow(w.window_taps()), 1, 1, narrow(h.window_dilation()),
                        narrow(w.window_dilation()), narrow(h.window_pad()), narrow(w.window_pad()),
                        narrow(h.window_pad_behind()), narrow(w.window_pad_behind()));
}

}  // namespace

void lower_conv_transpose(Lowering& lowering, const ir::Node& node) {
    const ir::Shape input = image_shape(node, lowering.shape(node.inputs[0]));
    const ir::Shape output = image_shape(node, lowering.shape(node.outputs[0]));
    const Geometry axes = geometry(node, lowering.shape(node.inputs[0]), lowering.constant_input(node, 1).shape());
    const auto& [h, w] = axes;
    Filters filters = phase_filters(lowering, node, axes);
    const int64_t groups = filters.groups, group_outputs = output[3] / groups;
    const int source = read_image(lowering, node, 0);
    const FusedOutput fused = lowering.fuse_activation(node);
    const std::string& name = lowering.graph().value(fused.value).name;

    // Up to three ops; the last one that is needed writes the output.
    const bool interleaves = h.stride * w.stride > 1;
    const ir::Shape phases{input[0], h.groups(), w.groups(), filters.out_channels};
    const ir::Shape whole{input[0], h.groups() * h.stride, w.groups() * w.stride, output[3]};
    const bool cuts = whole != output;
    const auto target = [&](bool last, const char* what, const ir::Shape& shape) {
        if (!last) return lowering.derive(name + what, lowering.form(fused.value), shape);
        return lowering.view(define_image(lowering, node, fused.value), shape);
    };
    int result = target(!interleaves && !cuts, "#phases", phases);
    emit_convolution(lowering, node, fused, {source, input, phases, window_of(node, axes), std::move(filters), result});
    if (interleaves) {
        const ir::Shape apart{input[0] * h.groups(), w.groups(), groups, h.stride, w.stride, group_outputs};
        const int from = lowering.view(result, apart);
        fb::TransposeT options;
        options.axes = {0, 3, 1, 4, 2, 5};
        result = target(!cuts, "#interleaved", {apart[0], apart[3], apart[1], apart[4], apart[2], apart[5]});
        lowering.emit(fused.layer + "#interleave", "Transpose", lowering.precision(node), std::move(options), {from},
                      {result});
    }
    if (cuts) {
        const int from = lowering.view(result, whole);
        fb::SliceT options;
        options.begin = {0, static_cast<int32_t>(h.cut()), static_cast<int32_t>(w.cut()), 0};
        lowering.emit(fused.layer + "#cut", "Slice", lowering.precision(node), std::move(options), {from},
                      {target(true, "", output)});
    }
}

}  // namespace tinamix::pack
