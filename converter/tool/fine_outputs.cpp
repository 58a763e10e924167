#include "tool/fine_outputs.h"

#include <algorithm>

#include "ir/data_movement.h"
#include "quantize/legality.h"
#include "search/groups.h"
#include "tool/onnx_cost.h"

namespace tinamix::tool {
namespace {

constexpr uint64_t kLeastPart = 50;

bool is_softmax(const ir::Node& node) {
    return node.domain.empty() && (node.op == "Softmax" || node.op == "LogSoftmax");
}

bool moves_or_softmax(const ir::Node& node) { return ir::only_moves_data(node) || is_softmax(node); }

/// Nodes that compute what becomes an output.
std::vector<const ir::Node*> last_layers(const ir::Graph& graph) {
    const std::vector<bool> becomes = ir::values_that_become_outputs(graph, moves_or_softmax);
    std::vector<const ir::Node*> layers;
    for (const ir::Node& node : graph.nodes) {
        const bool reaches = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ir::ValueId id) {
            return id != ir::kNoValue && becomes[static_cast<size_t>(id)];
        });
        if (reaches && !ir::only_moves_data(node)) layers.push_back(&node);
    }
    return layers;
}

}  // namespace

std::vector<quantize::PrecisionRules::Rule> rules_for_fine_outputs(const ir::Graph& graph) {
    const std::vector<const ir::Node*> layers = last_layers(graph);
    uint64_t all = 0, last = 0;
    for (const ir::Node& node : graph.nodes) all += multiply_accumulates(graph, node);
    for (const ir::Node* node : layers) last += multiply_accumulates(graph, *node);
    std::vector<quantize::PrecisionRules::Rule> rules;
    for (const ir::Node* node : layers) {
        if (multiply_accumulates(graph, *node) > 0 && last * kLeastPart > all) continue;
        const quantize::OpRule& rule = quantize::op_rule(graph, *node);
        const quantize::Precision precision = quantize::nearest_legal(rule, quantize::Precision::kW8A16);
        if (rule.in_float.contains(precision)) continue;
        rules.push_back({search::literal_pattern(node->name), precision, "--repair outputs"});
    }
    return rules;
}

}  // namespace tinamix::tool
