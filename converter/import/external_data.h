// Tensor data that stands in a file beside the model.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <filesystem>
#include <string>

namespace tinamix::import {

/// The `bytes` bytes of an external tensor. The path must be relative and stay inside `folder`, also through links.
/// Throws Error naming `where` and the file.
std::string read_external_data(const onnx::TensorProto& proto, uint64_t bytes, const std::filesystem::path& folder,
                               const std::string& where);

}  // namespace tinamix::import
