// Types and shapes of a node's outputs, one node at a time. The rules stand in shapes/.
#pragma once

#include <onnx/onnx_pb.h>

#include <vector>

#include "ir/graph.h"

namespace tinamix::import {

/// An input of the node: null value where it is absent; `known` when its content is known at import time.
struct InferenceInput {
    const ir::Value* value = nullptr;
    const ir::Tensor* known = nullptr;
};

struct InferredOutput {
    ir::ElementType type;
    ir::Shape shape;
};

/// The shape of an output follows from the content of an input that is not known, or there is no rule for it.
class ShapeDependsOnData : public Error {
  public:
    using Error::Error;
};

/// Checks the node against the schema of its operator and infers its outputs, as many as `proto` lists at least;
/// entries of absent outputs ("") are meaningless. Where no rule tells and all inputs are known, the node is run.
/// `node` is `proto` with its attributes; every input must have a shape. Throws Error naming the node;
/// ShapeDependsOnData when nothing is wrong with it.
std::vector<InferredOutput> infer_outputs(const onnx::NodeProto& proto, const ir::Node& node, const ir::Graph& graph,
                                          const std::vector<InferenceInput>& inputs);

}  // namespace tinamix::import
