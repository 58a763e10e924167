// The inputs and outputs that a model declares.
#pragma once

#include <onnx/onnx_pb.h>

#include <optional>
#include <string>

#include "import/onnx_import.h"
#include "import/shape_inference.h"

namespace tinamix::import {

/// Type and static shape of an input: of the model, with the symbolic dimensions as the options say; a symbolic batch
/// is 1 unless they say otherwise. Throws Error for other symbolic dimensions (naming them), impossible shapes and
/// types, and options that contradict the model.
InferredOutput declared_input(const onnx::ValueInfoProto& info, const ImportOptions& options);

/// The content that the user gives to an input must be what the model declares. Throws Error.
void check_constant_input(const onnx::ValueInfoProto& info, const ir::Tensor& tensor);

/// What the file says about an output must not contradict what its nodes make. `shapes_given`: the user chose shapes of
/// inputs, so that only the type counts. Throws Error.
void check_declared_output(const onnx::ValueInfoProto& info, const ir::Value& value, bool shapes_given);

/// Type and shape of a tensor by the model's own word, when it states all of it.
std::optional<InferredOutput> declared_type(const onnx::GraphProto& graph, const std::string& name);

}  // namespace tinamix::import
