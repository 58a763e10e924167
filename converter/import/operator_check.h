// Which nodes of a model cannot be converted, all at once.
#pragma once

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <string>

namespace tinamix::import {

/// Throws one Error (from `path`) that lists every node whose operator, domain or attributes are not supported, each
/// with its name, the reason and the nearest known operator. So nobody has to find them one by one.
void check_operators(const onnx::GraphProto& graph, int64_t opset, const std::filesystem::path& folder,
                     const std::string& path);

}  // namespace tinamix::import
