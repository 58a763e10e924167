// Whether a node can be imported at all, before its inputs matter.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>

#include "ir/graph.h"

namespace tinamix::import {

/// The domain as the IR names it: "" for ai.onnx, and for those contributed operators that mean the same as the ONNX
/// operator of their name.
std::string ir_domain(const onnx::NodeProto& node);

/// Why the operator of `node` (op and domain set) cannot be imported, whatever its attributes: "" when nothing speaks
/// against it; otherwise with the nearest known operator.
std::string operator_problem(const ir::Node& node, int64_t opset);

}  // namespace tinamix::import
