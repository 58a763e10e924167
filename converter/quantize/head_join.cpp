#include "quantize/head_join.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/data_movement.h"

namespace tinamix::quantize {

namespace {

/// Largest magnitude of a value, 0 if nothing is known about it.
double magnitude(const ir::Graph& graph, const calibrate::Ranges& ranges, ir::ValueId id) {
    if (id == ir::kNoValue) return 0;
    const ir::Value& value = graph.value(id);
    if (value.constant) {
        double largest = 0;
        for (const float element : value.constant->to_floats()) largest = std::max<double>(largest, std::fabs(element));
        return largest;
    }
    const auto found = ranges.tensors.find(value.name);
    if (found != ranges.tensors.end()) {
        return std::max(std::fabs(found->second.observed_min), std::fabs(found->second.observed_max));
    }
    const int producer = graph.producer(id);
    if (producer < 0 || !ir::only_moves_data(graph.nodes[static_cast<size_t>(producer)])) return 0;
    double largest = 0;
    for (const ir::ValueId moved : graph.nodes[static_cast<size_t>(producer)].inputs) {
        if (!graph.is_constant(moved)) largest = std::max(largest, magnitude(graph, ranges, moved));
    }
    return largest;
}

}  // namespace

std::vector<HeadJoin> find_head_joins(const ir::Graph& graph, const calibrate::Ranges& ranges) {
    const std::vector<bool> becomes_output = ir::values_that_become_outputs(graph);
    std::vector<HeadJoin> joins;
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const ir::Node& node = graph.nodes[i];
        if (node.op != "Concat" || !node.domain.empty()) continue;
        if (!becomes_output[static_cast<size_t>(node.outputs.front())]) continue;
        double smallest = std::numeric_limits<double>::infinity(), largest = 0;
        for (const ir::ValueId input : node.inputs) {
            const double size = magnitude(graph, ranges, input);
            if (size == 0) continue;
            smallest = std::min(smallest, size);
            largest = std::max(largest, size);
        }
        if (largest > kHeadJoinDisparity * smallest) joins.push_back({static_cast<int>(i), largest / smallest});
    }
    return joins;
}

}  // namespace tinamix::quantize
