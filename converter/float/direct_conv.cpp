// Shapes of a convolution, checked.
#include "float/direct_conv.h"

#include <algorithm>

#include "diagnostics/error.h"
#include "float/call.h"

namespace tinamix::float_exec {

ConvGeometry conv_geometry(const ir::Node& node, const ir::Shape& input, const ir::Shape& weights) {
    auto require = [&](bool condition, const char* what) {
        if (!condition) {
            throw Error(where(node), what);
        }
    };
    require(input.size() >= 3 && input.size() <= 5, "the input must have one to three spatial dimensions");
    require(weights.size() == input.size(), "input and weights must have as many dimensions");
    const int64_t groups = node.integer("group", 1);
    require(groups >= 1 && input[1] >= 1 && weights[0] >= 1 && input[1] % groups == 0 && weights[0] % groups == 0,
            "channels do not divide into `group` groups");
    require(weights[1] == input[1] / groups, "the weights do not fit the channels of the input");
    const std::vector<WindowAxis> axes =
        window_axes(node, ir::Shape(input.begin() + 2, input.end()), ir::Shape(weights.begin() + 2, weights.end()));
    ConvGeometry g{input[0], input[1], weights[0], groups, {}, {input[0], weights[0]}};
    g.axes.fill(WindowAxis{1, 1, 1, 0, 0, 1, 1});
    std::copy(axes.begin(), axes.end(), g.axes.end() - static_cast<std::ptrdiff_t>(axes.size()));
    for (const WindowAxis& axis : axes) {
        g.result.push_back(axis.output);
    }
    return g;
}

}  // namespace tinamix::float_exec
