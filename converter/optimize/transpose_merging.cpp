// Transposes of transposes: graphs written for channels-last images have pairs of them that cancel.
#include <algorithm>
#include <vector>

#include "optimize/optimize.h"
#include "optimize/rewrite.h"

namespace tinamix::optimize {

namespace {

bool is_transpose(const ir::Node& node) { return node.op == "Transpose" && node.domain.empty(); }

std::vector<int64_t> permutation(const ir::Graph& graph, const ir::Node& node) {
    std::vector<int64_t> reversed;
    for (size_t i = graph.value(node.inputs[0]).shape.size(); i-- > 0;) {
        reversed.push_back(static_cast<int64_t>(i));
    }
    return node.integers("perm", reversed);
}

/// Index of the Transpose that makes the input of this one, when nothing happens in between; else -1.
int transpose_before(const ir::Graph& graph, const ir::Node& node) {
    const int before = is_transpose(node) ? graph.producer(node.inputs[0]) : -1;
    if (before < 0 || !is_transpose(graph.nodes[static_cast<size_t>(before)])) {
        return -1;
    }
    // A model may quantize the tensor between the two in other steps.
    const auto& stated = graph.value(node.inputs[0]).stated;
    return stated && stated != graph.value(graph.nodes[static_cast<size_t>(before)].inputs[0]).stated ? -1 : before;
}

}  // namespace

void merge_transposes(ir::Graph& graph) {
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const int before = transpose_before(graph, graph.nodes[i]);
        if (before < 0) {
            continue;
        }
        const ir::Node first = graph.nodes[static_cast<size_t>(before)];
        ir::Node& second = graph.nodes[i];
        const std::vector<int64_t> inner = permutation(graph, first), outer = permutation(graph, second);
        const bool proper = std::all_of(outer.begin(), outer.end(), [&](int64_t axis) {
            return axis >= 0 && axis < static_cast<int64_t>(inner.size());
        });
        if (!proper) {
            continue;
        }
        std::vector<int64_t> both;
        for (int64_t axis : outer) {
            both.push_back(inner[static_cast<size_t>(axis)]);
        }
        const ir::ValueId between = second.inputs[0];
        second.attributes["perm"] = both;
        second.inputs[0] = first.inputs[0];
        if (graph.consumers(between).empty() && !graph.is_output(between)) {
            second.fused = fused_name(first) + "+" + fused_name(second);
            inherit_names(second, first);
            graph.nodes.erase(graph.nodes.begin() + before);
            --i;
        }
    }
}

}  // namespace tinamix::optimize
