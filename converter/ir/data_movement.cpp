#include "ir/data_movement.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace tinamix::ir {

namespace {

constexpr std::array<std::string_view, 13> kDataMovement{
    "Concat", "DepthToSpace", "Expand", "Flatten", "Gather",    "Identity", "Reshape",
    "Slice",  "SpaceToDepth", "Split",  "Squeeze", "Transpose", "Unsqueeze"};

constexpr std::array<std::string_view, 5> kOfScores{"AveragePool", "GlobalAveragePool", "LogSoftmax", "ReduceMean",
                                                    "Softmax"};

bool is_one_of(const Node& node, std::span<const std::string_view> ops) {
    return node.domain.empty() && std::find(ops.begin(), ops.end(), node.op) != ops.end();
}

}  // namespace

bool only_moves_data(const Node& node) { return is_one_of(node, kDataMovement); }

bool carries_scores(const Node& node) { return only_moves_data(node) || is_one_of(node, kOfScores); }

std::vector<bool> values_that_become_outputs(const Graph& graph, bool (*passes)(const Node&)) {
    std::vector<bool> becomes(graph.values.size(), false);
    for (const ValueId id : graph.outputs) becomes[static_cast<size_t>(id)] = true;
    // Against the topological order, every consumer's mark is final before its producer is looked at.
    for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
        if (!passes(*node)) continue;
        const bool reaches = std::any_of(node->outputs.begin(), node->outputs.end(), [&](ValueId id) {
            return id != kNoValue && becomes[static_cast<size_t>(id)];
        });
        if (!reaches) continue;
        for (const ValueId id : node->inputs)
            if (id != kNoValue) becomes[static_cast<size_t>(id)] = true;
    }
    return becomes;
}

}  // namespace tinamix::ir
