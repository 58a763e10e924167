// Window geometry by the rules of ONNX.
#include "float/window.h"

#include <algorithm>
#include <string>

#include "diagnostics/error.h"
#include "float/call.h"

namespace tinamix::float_exec {

namespace {

/// Beyond any real network; keeps every product below within int64.
constexpr int64_t kLargest = 1 << 24;

std::vector<int64_t> per_axis(const ir::Node& node, const char* name, size_t count, int64_t otherwise, int64_t least) {
    std::vector<int64_t> values = node.integers(name);
    if (values.empty()) {
        values.assign(count, otherwise);
    }
    if (values.size() != count) {
        throw Error(where(node), std::string("`") + name + "` has " + std::to_string(values.size()) +
                                     " entries, expected " + std::to_string(count));
    }
    for (int64_t value : values) {
        if (value < least || value > kLargest) {
            throw Error(where(node), std::string("`") + name + "` has an entry of " + std::to_string(value));
        }
    }
    return values;
}

void pad_same(WindowAxis& axis, bool upper) {
    axis.output = (axis.input + axis.stride - 1) / axis.stride;
    const int64_t total = std::max<int64_t>(0, (axis.output - 1) * axis.stride + axis.extent() - axis.input);
    axis.pad_begin = upper ? total / 2 : total - total / 2;
    axis.pad_end = total - axis.pad_begin;
}

}  // namespace

std::vector<WindowAxis> window_axes(const ir::Node& node, const ir::Shape& input, const ir::Shape& kernel) {
    const size_t count = input.size();
    const std::vector<int64_t> sizes = per_axis(node, "kernel_shape", count, 0, 0);
    const std::vector<int64_t> strides = per_axis(node, "strides", count, 1, 1);
    const std::vector<int64_t> dilations = per_axis(node, "dilations", count, 1, 1);
    const std::vector<int64_t> pads = per_axis(node, "pads", 2 * count, 0, 0);
    const std::string auto_pad = node.text("auto_pad", "NOTSET");
    const bool ceil = node.integer("ceil_mode", 0) != 0;
    if (auto_pad != "NOTSET" && auto_pad != "VALID" && auto_pad != "SAME_UPPER" && auto_pad != "SAME_LOWER") {
        throw Error(where(node), "unknown `auto_pad` " + auto_pad);
    }
    if (!kernel.empty() && kernel.size() != count) {
        throw Error(where(node), "the weights do not have " + std::to_string(count) + " spatial dimensions");
    }
    std::vector<WindowAxis> axes(count);
    for (size_t i = 0; i < count; ++i) {
        WindowAxis& axis = axes[i];
        axis = {kernel.empty() ? sizes[i] : kernel[i], strides[i], dilations[i], 0, 0, input[i], 0};
        if (!kernel.empty() && node.has("kernel_shape") && sizes[i] != kernel[i]) {
            throw Error(where(node), "`kernel_shape` differs from the shape of the weights");
        }
        if (axis.kernel < 1 || axis.kernel > kLargest || axis.input < 1) {
            throw Error(where(node),
                        "window of " + std::to_string(axis.kernel) + " over an input of " + std::to_string(axis.input));
        }
        if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") {
            pad_same(axis, auto_pad == "SAME_UPPER");
            continue;
        }
        if (auto_pad == "NOTSET") {
            axis.pad_begin = pads[i];
            axis.pad_end = pads[count + i];
        }
        const int64_t room = axis.input + axis.pad_begin + axis.pad_end - axis.extent();
        if (room < 0) {
            throw Error(where(node), "the window of " + std::to_string(axis.extent()) +
                                         " is larger than the input of " + std::to_string(axis.input) +
                                         " with its padding");
        }
        axis.output = (ceil ? room + axis.stride - 1 : room) / axis.stride + 1;
        // A last window that would start in the padding behind the input does not count.
        if (ceil && (axis.output - 1) * axis.stride >= axis.input + axis.pad_begin) {
            --axis.output;
        }
    }
    return axes;
}

}  // namespace tinamix::float_exec
