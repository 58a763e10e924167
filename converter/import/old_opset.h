// Models older than opset 7: nodes whose form is still that of opset 7 are taken as they are, the others are written in
// that form. What changed most is broadcasting, which once had to be asked for and aligned by an axis.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <string>
#include <vector>

#include "import/shape_inference.h"

namespace tinamix::import {

/// The opset that older models are brought to.
inline constexpr int64_t kOldestForm = 7;

/// `node`, of a model of opset `opset` below 7, as nodes of opset 7 that compute the same; the last one makes its
/// outputs. `inputs` gives the shapes of its inputs. Throws Error naming `where` for a form that has no counterpart.
std::vector<onnx::NodeProto> oldest_form(const onnx::NodeProto& node, int64_t opset,
                                         const std::vector<InferenceInput>& inputs, const std::string& where);

}  // namespace tinamix::import
