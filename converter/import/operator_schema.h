// What a node may look like by the specification of its operator: number of inputs and outputs, names and types of
// attributes.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>

namespace tinamix::import {

/// True if ONNX has an operator of that name at or before `opset`, as far as libonnx and the table of newer forms know.
bool is_onnx_operator(const std::string& op, int64_t opset);

/// Throws Error naming `where` when the node is not of the form that its operator has at `opset`: a required input or
/// output is missing, there are too many, or an attribute is unknown, missing, of another type, or out of any range.
void check_schema(const onnx::NodeProto& node, int64_t opset, const std::string& where);

}  // namespace tinamix::import
