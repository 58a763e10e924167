// A range of nodes of an ONNX file as a network of its own, for a vendor's compiler.
#pragma once

#include <string>
#include <vector>

#include "import/onnx_import.h"

namespace tinamix::import {

struct CutBorder {
    std::string name;
    ir::Shape shape;
    std::string type;  ///< ONNX name: "float32"
};

struct Cut {
    std::string bytes;                       ///< of the ONNX file
    std::vector<CutBorder> inputs, outputs;  ///< in the order in which the nodes first read and write them
    int nodes = 0;
};

/// Nodes `first` to `last` of the file at `path`, in the file's order; a node without a name is called like its first
/// output. What they need of weights and computed constants comes along; graph name, opset and node names stay, so
/// that ranges and layer lists of the whole network fit the part. Throws Error for unknown nodes (with the nearest
/// name), for `last` before `first`, and for borders whose shape the network does not determine.
Cut cut_onnx(const std::string& path, const std::string& first, const std::string& last, const ImportOptions& options);

}  // namespace tinamix::import
