// The ONNX file itself: protobuf, versions, opset.
#pragma once

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <string>

namespace tinamix::import {

inline constexpr int64_t kFirstOpset = 1;
inline constexpr int64_t kLastOpset = 21;

/// Parses the file. Throws Error naming the path when it cannot be read, is cut short, or is no ONNX model.
onnx::ModelProto read_model_file(const std::filesystem::path& path);

/// Opset of ai.onnx. Throws Error when it is missing, given twice, or out of range.
int64_t model_opset(const onnx::ModelProto& model, const std::string& path);

}  // namespace tinamix::import
