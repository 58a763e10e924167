// Shapes of outputs that libonnx cannot tell: it knows no content, or has no rule. The node itself knows.
#pragma once

#include <optional>
#include <vector>

#include "import/shape_inference.h"

namespace tinamix::import {

/// Types and shapes of the outputs of `node` by running it: on its inputs where all are known, and for operators whose
/// shapes follow from shapes (and a few inputs that are known) on zeros in place of the others. Nothing where it takes
/// more than that. Throws Error when the node cannot run.
std::optional<std::vector<InferredOutput>> outputs_by_running(const ir::Graph& graph, const ir::Node& node,
                                                              const std::vector<InferenceInput>& inputs);

/// infer_outputs(), or outputs_by_running() where the rules do not tell. Throws what either throws.
std::vector<InferredOutput> infer_or_run(const onnx::NodeProto& proto, const ir::Node& node, const ir::Graph& graph,
                                         const std::vector<InferenceInput>& inputs);

}  // namespace tinamix::import
