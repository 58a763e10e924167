// Which names a model uses where, before anything is read.
#pragma once

#include <onnx/onnx_pb.h>

#include <string>
#include <unordered_set>

namespace tinamix::import {

/// Over a graph and all graphs inside its nodes.
struct References {
    std::unordered_set<std::string> read;  ///< by nodes, or as outputs
    std::unordered_set<std::string> made;  ///< by nodes
};

/// Throws Error naming `path` when graphs stand inside nodes inside graphs too deep to be meant.
References find_references(const onnx::GraphProto& graph, const std::string& path);

}  // namespace tinamix::import
