// Values that are known while a model is imported: shapes, and what is computed from shapes and constants.
#pragma once

#include <unordered_map>

#include "ir/graph.h"

namespace tinamix::import {

class KnownValues {
  public:
    /// `graph` is borrowed; it grows while this lives.
    explicit KnownValues(const ir::Graph& graph) : graph_(graph) {}

    /// The content of a constant or of an evaluated value; null when it is not known.
    const ir::Tensor* find(ir::ValueId id) const;

    /// Evaluates `node`, whose outputs are in the graph, if all it reads is known and all of it is small: later shapes
    /// may need the result. Throws Error when the node cannot be evaluated, and when a model computes so much that
    /// this is no longer about shapes.
    void evaluate(const ir::Node& node);

  private:
    const ir::Graph& graph_;
    std::unordered_map<ir::ValueId, ir::Tensor> computed_;
    uint64_t bytes_ = 0;
};

}  // namespace tinamix::import
