#include "search/precision_graphs.h"

#include <string>

namespace tinamix::search {

void PrecisionGraphs::use_for(quantize::Precision precision, const ir::Graph& changed) {
    const std::string suffix = "#" + std::string(quantize::precision_name(precision));
    for (size_t i = 0; i < original_.size(); ++i) {
        const std::vector<ir::ValueId>& theirs = changed.nodes[i].inputs;
        if (theirs == original_[i]) continue;
        std::vector<ir::ValueId> ours = theirs;
        for (size_t k = 0; k < ours.size(); ++k) {
            const ir::ValueId before = k < original_[i].size() ? original_[i][k] : ir::kNoValue;
            if (ours[k] == before) continue;
            const ir::Value& value = changed.value(ours[k]);
            ours[k] = graph_.add_constant(value.name + suffix, *value.constant);
        }
        changed_[precision][i] = std::move(ours);
    }
}

const ir::Graph& PrecisionGraphs::with(const std::vector<quantize::Precision>& node_precision) {
    for (size_t i = 0; i < original_.size(); ++i) {
        graph_.nodes[i].inputs = original_[i];
        const auto by_node = changed_.find(node_precision[i]);
        if (by_node == changed_.end()) continue;
        const auto inputs = by_node->second.find(i);
        if (inputs != by_node->second.end()) graph_.nodes[i].inputs = inputs->second;
    }
    return graph_;
}

}  // namespace tinamix::search
