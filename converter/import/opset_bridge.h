// libonnx knows operators up to opset 17. Later opsets changed the form of a few of those that we accept: here they
// are written in the older form, for checking and shape inference only.
#pragma once

#include <onnx/onnx_pb.h>

#include <map>
#include <string>

#include "import/shape_inference.h"

namespace tinamix::import {

/// A node in a form that libonnx knows, and the constants that this form added.
struct KnownForm {
    onnx::NodeProto node;
    std::map<std::string, ir::Tensor> constants;  ///< by the name of the added input
};

/// True for operators that libonnx lacks in any form but known_form() can write with others.
bool is_newer_operator(const std::string& op, int64_t opset);

/// `node` must have the inputs' positions as names, as infer_outputs makes them. Throws Error naming `where` when a
/// newer form needs a constant that is not there.
KnownForm known_form(const onnx::NodeProto& node, int64_t opset, const std::vector<InferenceInput>& inputs,
                     const std::string& where);

/// The last opset whose schemas libonnx has.
inline constexpr int kLastKnownOpset = 17;

}  // namespace tinamix::import
