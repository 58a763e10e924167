#include "ir/known_part.h"

#include <algorithm>

namespace tinamix::ir {

namespace {

bool contains(const std::vector<ValueId>& ids, ValueId id) {
    return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace

Graph known_part(const Graph& graph, const std::set<int>& dropped, const std::set<ValueId>& unknown) {
    Graph part = graph;
    part.nodes.clear();
    std::set<ValueId> made, wanted;  // by the kept nodes; by the others and the interface
    wanted.insert(graph.outputs.begin(), graph.outputs.end());
    const auto touches_unknown = [&](const std::vector<ValueId>& ids) {
        return std::any_of(ids.begin(), ids.end(), [&](ValueId id) { return unknown.count(id) != 0; });
    };
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const Node& node = graph.nodes[i];
        if (dropped.count(static_cast<int>(i)) != 0 || touches_unknown(node.inputs) || touches_unknown(node.outputs)) {
            wanted.insert(node.inputs.begin(), node.inputs.end());
            continue;
        }
        for (ValueId id : node.inputs) {
            if (id != kNoValue && !graph.is_constant(id) && made.count(id) == 0 && !contains(part.inputs, id)) {
                part.inputs.push_back(id);
            }
        }
        made.insert(node.outputs.begin(), node.outputs.end());
        part.nodes.push_back(node);
    }
    part.outputs.clear();
    for (ValueId id : wanted) {
        if (id != kNoValue && made.count(id) != 0) {
            part.outputs.push_back(id);
        }
    }
    part.remove_dead();
    return part;
}

}  // namespace tinamix::ir
