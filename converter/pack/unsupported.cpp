#include "pack/unsupported.h"

#include <set>

#include "ir/known_part.h"
#include "pack/lowering.h"
#include "quantize/legality.h"

namespace tinamix::pack {

namespace {

/// Nodes that the table of operators refuses, by index.
std::set<int> without_rule(const ir::Graph& graph, std::vector<Unsupported>& list) {
    std::set<int> indices;
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const ir::Node& node = graph.nodes[i];
        std::string reason = quantize::reason_against(graph, node);
        if (reason.empty()) reason = quantize::reason_against_types(graph, node);
        if (reason.empty()) continue;
        list.push_back({node.op, node.name, reason});
        indices.insert(static_cast<int>(i));
    }
    return indices;
}

}  // namespace

std::vector<Unsupported> unsupported_nodes(const ir::Graph& graph, const quantize::PrecisionRules& rules,
                                           const Target& target) {
    std::vector<Unsupported> list;
    const std::set<int> refused = without_rule(graph, list);
    WeightSegment weights;
    calibrate::Ranges any;
    for (const ir::Value& value : graph.values) any.tensors[value.name] = {-1.0F, 1.0F, -1.0F, 1.0F};
    if (refused.empty()) {
        const quantize::Plan plan = quantize::make_plan(graph, any, rules);
        Lowering(graph, plan, target, weights).run(&list);
        return list;
    }
    // What is left when they are gone shows what else is wrong. Layers that the rules name may be gone too.
    const ir::Graph rest = ir::known_part(graph, refused, {});
    const quantize::Plan plan = quantize::make_plan(rest, any, {rules.base, {}});
    Lowering(rest, plan, target, weights).run(&list);
    return list;
}

}  // namespace tinamix::pack
