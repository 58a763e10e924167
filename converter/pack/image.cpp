// Images, and the strides, dilations and padding of Conv and pooling nodes over them.
#include "pack/image.h"

#include <algorithm>
#include <string>

#include "diagnostics/error.h"

namespace tinamix::pack {

namespace {

struct Dimension {
    int64_t in, out, kernel, stride, dilation, pad_begin;
};

/// Padding in front: given, or by auto_pad (SAME_UPPER puts the odd element behind, SAME_LOWER in front).
int64_t pad_in_front(const ir::Node& node, const Dimension& dimension, size_t index) {
    const std::string mode = node.text("auto_pad", "NOTSET");
    if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
        const int64_t extent = (dimension.kernel - 1) * dimension.dilation + 1;
        const int64_t total = std::max<int64_t>((dimension.out - 1) * dimension.stride + extent - dimension.in, 0);
        return mode == "SAME_UPPER" ? total / 2 : total - total / 2;
    }
    const std::vector<int64_t> pads = node.integers("pads");
    return pads.empty() || mode == "VALID" ? 0 : pads[index];
}

/// What the last window needs behind the data; windows that stop short of the end need nothing.
int64_t pad_behind(const Dimension& dimension) {
    const int64_t extent = (dimension.kernel - 1) * dimension.dilation + 1;
    const int64_t last = (dimension.out - 1) * dimension.stride + extent;
    return std::max<int64_t>(last - dimension.in - dimension.pad_begin, 0);
}

uint16_t narrow(const ir::Node& node, int64_t value) {
    if (value < 0 || value > 65535) {
        throw Error(node.name,
                    "window size, stride, dilation or padding " + std::to_string(value) + " is outside 0..65535");
    }
    return static_cast<uint16_t>(value);
}

}  // namespace

ir::Shape image_shape(const ir::Node& node, const ir::Shape& onnx_shape) {
    if (onnx_shape.size() == 3) return {onnx_shape[0], 1, onnx_shape[2], onnx_shape[1]};
    if (onnx_shape.size() == 4) return storage_shape(onnx_shape, channels_last(4));
    throw Error(node.name, node.op + " over " + std::to_string(onnx_shape.size()) +
                               " dimensions; supported are one and two spatial dimensions (3 and 4 in all)");
}

int read_image(Lowering& lowering, const ir::Node& node, size_t index) {
    const ir::Shape& shape = lowering.shape(node.inputs[index]);
    return lowering.view(lowering.read(node, index, channels_last(shape.size())), image_shape(node, shape));
}

int define_image(Lowering& lowering, const ir::Node& node, ir::ValueId value) {
    const ir::Shape& shape = lowering.shape(value);
    return lowering.define_viewed(value, channels_last(shape.size()), image_shape(node, shape));
}

tmx::format::Window2D window_options(const ir::Node& node, const ir::Shape& input, const ir::Shape& output,
                                     const std::vector<int64_t>& kernel) {
    const size_t count = kernel.size();
    const std::vector<int64_t> strides = node.integers("strides", std::vector<int64_t>(count, 1));
    const std::vector<int64_t> dilations = node.integers("dilations", std::vector<int64_t>(count, 1));
    Dimension sides[2] = {{input[1], output[1], 1, 1, 1, 0}, {input[2], output[2], 1, 1, 1, 0}};
    for (size_t i = 0; i < count; ++i) {
        Dimension& side = sides[2 - count + i];
        side.kernel = kernel[i];
        side.stride = strides[i];
        side.dilation = dilations[i];
        side.pad_begin = pad_in_front(node, side, i);
    }
    const Dimension &h = sides[0], &w = sides[1];
    return tmx::format::Window2D(narrow(node, h.kernel), narrow(node, w.kernel), narrow(node, h.stride),
                                 narrow(node, w.stride), narrow(node, h.dilation), narrow(node, w.dilation),
                                 narrow(node, h.pad_begin), narrow(node, w.pad_begin), narrow(node, pad_behind(h)),
                                 narrow(node, pad_behind(w)));
}

}  // namespace tinamix::pack
