// One network whose constants depend on the precision of the layer that reads them: weights rounded for 8 bits are no
// good for 16.
#pragma once

#include <map>
#include <vector>

#include "ir/graph.h"
#include "quantize/plan.h"

namespace tinamix::search {

class PrecisionGraphs {
  public:
    explicit PrecisionGraphs(ir::Graph graph) : graph_(std::move(graph)), original_(graph_.nodes.size()) {
        for (size_t i = 0; i < original_.size(); ++i) original_[i] = graph_.nodes[i].inputs;
    }

    /// Layers of `precision` read the constants that they have in `changed`: a copy of the graph that differs in the
    /// constants of its nodes only (quantize/repair.h).
    void use_for(quantize::Precision precision, const ir::Graph& changed);

    /// The network with the constants for these precisions, one per node. Valid until the next call.
    const ir::Graph& with(const std::vector<quantize::Precision>& node_precision);
    /// The network with the constants of the last call of with().
    const ir::Graph& graph() const { return graph_; }

  private:
    ir::Graph graph_;
    std::vector<std::vector<ir::ValueId>> original_;  ///< inputs, per node
    std::map<quantize::Precision, std::map<size_t, std::vector<ir::ValueId>>> changed_;
};

}  // namespace tinamix::search
