// Types and shapes of a node's outputs, by libonnx's rules, one node at a time.
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

/// The shape of an output follows from the content of an input that is not known, or libonnx has no rule for it.
class ShapeDependsOnData : public Error {
  public:
    using Error::Error;
};

/// Checks the node against the schema of its operator at `opset` (number of inputs and outputs, names and types of
/// attributes) and infers its outputs; entries of absent outputs ("") are meaningless. Every input must have a shape.
/// Throws Error naming the node; ShapeDependsOnData when nothing is wrong with it.
std::vector<InferredOutput> infer_outputs(const onnx::NodeProto& node, const ir::Node& named, int64_t opset,
                                          const std::vector<InferenceInput>& inputs);

/// True if ONNX has an operator of that name at or before `opset`, as far as libonnx knows.
bool is_onnx_operator(const std::string& op, const std::string& domain, int64_t opset);

}  // namespace tinamix::import
