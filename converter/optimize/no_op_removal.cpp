// Nodes that give back their input unchanged.
#include <limits>
#include <numeric>

#include "optimize/optimize.h"
#include "optimize/rewrite.h"

namespace tinamix::optimize {

namespace {

bool moves_nothing(const ir::Node& node, const ir::Shape& shape) {
    std::vector<int64_t> axes(shape.size());
    std::iota(axes.begin(), axes.end(), 0);
    std::vector<int64_t> reversed(axes.rbegin(), axes.rend());
    return node.integers("perm", reversed) == axes;
}

/// A bound of Clip that no float32 crosses. Infinity counts as crossing the largest float.
bool open_bound(const ir::Graph& graph, const ir::Node& node, size_t index, const char* attribute, float end) {
    if (index < node.inputs.size() && node.inputs[index] != ir::kNoValue) {
        const ir::Tensor* bound = constant_input(graph, node, index);
        return bound != nullptr && bound->type() == ir::ElementType::kFloat32 && bound->elements() == 1 &&
               *bound->data<float>() == end;
    }
    return !node.has(attribute) || node.real(attribute, 0) == end;
}

bool changes_nothing(const ir::Graph& graph, const ir::Node& node) {
    if (!node.domain.empty() || node.inputs.empty() || node.inputs[0] == ir::kNoValue || node.outputs.size() != 1) {
        return false;
    }
    const ir::Value &in = graph.value(node.inputs[0]), &out = graph.value(node.outputs[0]);
    if (in.type != out.type || in.shape != out.shape || (out.stated && in.stated != out.stated)) {
        return false;
    }
    // These keep the order of the elements, so the same shape is the same tensor.
    for (const char* op : {"Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Expand", "Cast"}) {
        if (node.op == op) {
            return true;
        }
    }
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    return (node.op == "Transpose" && moves_nothing(node, in.shape)) ||
           (node.op == "Concat" && node.inputs.size() == 1) ||
           (node.op == "Clip" && in.type == ir::ElementType::kFloat32 &&
            open_bound(graph, node, 1, "min", -kInfinity) && open_bound(graph, node, 2, "max", kInfinity));
}

}  // namespace

void remove_no_ops(ir::Graph& graph) {
    for (size_t i = 0; i < graph.nodes.size();) {
        if (!changes_nothing(graph, graph.nodes[i]) || !bypass(graph, static_cast<int>(i))) {
            ++i;
        }
    }
}

}  // namespace tinamix::optimize
