// Operators on codes, as other converters write quantized models: QLinearConv, QLinearMatMul, and the contributed
// QLinearAdd, QGemm and others. Each stands for DequantizeLinear, the operator on real numbers, and QuantizeLinear,
// and is read as those.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <vector>

namespace tinamix::import {

/// True if written_out() knows the operator.
bool is_integer_operator(const onnx::NodeProto& node);

/// `node` with the quantization written out; the nodes are named after it, the operator has its name, and the last one
/// makes its output. Throws Error naming `where` for inputs that are missing and attributes without a counterpart.
std::vector<onnx::NodeProto> written_out(const onnx::NodeProto& node, const std::string& where);

}  // namespace tinamix::import
