// Strides, dilations and padding of Conv and pooling nodes as a window of the model file.
#include <algorithm>
#include <string>

#include "diagnostics/error.h"
#include "pack/lowering.h"

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

tmx::format::Window2D window_options(const ir::Node& node, const WindowSize& size, int64_t kernel_h, int64_t kernel_w) {
    const std::vector<int64_t> strides = node.integers("strides", {1, 1});
    const std::vector<int64_t> dilations = node.integers("dilations", {1, 1});
    Dimension h{size.in_h, size.out_h, kernel_h, strides[0], dilations[0], 0};
    Dimension w{size.in_w, size.out_w, kernel_w, strides[1], dilations[1], 0};
    h.pad_begin = pad_in_front(node, h, 0);
    w.pad_begin = pad_in_front(node, w, 1);
    return tmx::format::Window2D(narrow(node, kernel_h), narrow(node, kernel_w), narrow(node, h.stride),
                                 narrow(node, w.stride), narrow(node, h.dilation), narrow(node, w.dilation),
                                 narrow(node, h.pad_begin), narrow(node, w.pad_begin), narrow(node, pad_behind(h)),
                                 narrow(node, pad_behind(w)));
}

}  // namespace tinamix::pack
