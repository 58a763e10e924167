// Transposed windows by the rules of ONNX.
#include "float/transposed_window.h"

#include <algorithm>
#include <string>

#include "float/call.h"

namespace tinamix::float_exec {

namespace {

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

}  // namespace

TransposedGeometry transposed_geometry(const ir::Node& node, const ir::Shape& input, const ir::Shape& weights) {
    require(node, input.size() >= 3 && input.size() <= 5, "the input must have one to three spatial dimensions");
    require(node, weights.size() == input.size(), "input and weights must have as many dimensions");
    const int64_t groups = node.integer("group", 1);
    require(node, groups >= 1 && weights[0] == input[1] && weights[1] >= 1 && input[1] >= 1 && input[1] % groups == 0,
            "the weights do not fit the channels of the input");
    const size_t count = input.size() - 2;
    const auto strides = list(node, "strides", count, 1, 1), dilations = list(node, "dilations", count, 1, 1);
    std::vector<int64_t> pads = list(node, "pads", 2 * count, 0, 0);
    if (node.text("auto_pad", "NOTSET") == "VALID") {
        pads.assign(2 * count, 0);
    }
    const auto added = list(node, "output_padding", count, 0, 0);
    const std::vector<int64_t> wanted = list(node, "output_shape", count, 0, 0);
    TransposedGeometry g{input[0], input[1], weights[1] * groups, groups, {}, {}, {input[0], weights[1] * groups}};
    g.axes.fill(WindowAxis{1, 1, 1, 0, 0, 1, 1});
    for (size_t i = 0; i < count; ++i) {
        const size_t at = g.axes.size() - count + i;
        require(node, weights[i + 2] >= 1 && input[i + 2] >= 1, "the input or the weights are empty");
        g.axes[at] = {weights[i + 2], strides[i], dilations[i], pads[i], pads[count + i], input[i + 2], 0};
        place(node, g.axes[at], g.behind[at], added[i], wanted[i]);
        g.result.push_back(g.axes[at].output);
    }
    return g;
}

}  // namespace tinamix::float_exec
