// Node attributes -> IR attributes.
#pragma once

#include <onnx/onnx_pb.h>

#include <filesystem>
#include <map>
#include <string>

#include "ir/graph.h"

namespace tinamix::import {

/// `where` names the node. Throws Error for an attribute without type, of a type without IR form (graphs, sparse
/// tensors), or given twice.
std::map<std::string, ir::Attribute> read_attributes(const onnx::NodeProto& node, const std::filesystem::path& folder,
                                                     const std::string& where);

}  // namespace tinamix::import
