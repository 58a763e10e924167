#include "quantize/reduction_axes.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "diagnostics/error.h"

namespace tinamix::quantize {

namespace {

int64_t from_the_front(const ir::Node& node, int64_t axis, size_t rank) {
    const auto dimensions = static_cast<int64_t>(rank);
    if (axis < -dimensions || axis >= dimensions) {
        throw Error(fmt::format("node `{}` ({})", node.name, node.op),
                    fmt::format("axis {} is outside of {} dimensions", axis, rank));
    }
    return axis < 0 ? axis + dimensions : axis;
}

}  // namespace

std::vector<int64_t> reduced_axes(const ir::Graph& graph, const ir::Node& node) {
    const size_t rank = graph.value(node.inputs[0]).shape.size();
    std::vector<int64_t> axes = node.integers("axes");
    if (node.inputs.size() > 1 && node.inputs[1] != ir::kNoValue) {
        if (!graph.is_constant(node.inputs[1])) {
            throw Error(fmt::format("node `{}` ({})", node.name, node.op),
                        fmt::format("the axes `{}` are computed at run time; they must be constant",
                                    graph.value(node.inputs[1]).name));
        }
        axes = graph.value(node.inputs[1]).constant->to_ints();
    }
    if (axes.empty() && node.integer("noop_with_empty_axes", 0) == 0) {
        axes.resize(rank);
        std::iota(axes.begin(), axes.end(), 0);
    }
    for (int64_t& axis : axes) axis = from_the_front(node, axis, rank);
    std::sort(axes.begin(), axes.end());
    axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
    return axes;
}

int64_t reduced_axis(const ir::Graph& graph, const ir::Node& node, int64_t otherwise) {
    return from_the_front(node, node.integer("axis", otherwise), graph.value(node.inputs[0]).shape.size());
}

}  // namespace tinamix::quantize
