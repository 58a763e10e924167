// ONNX file -> ir::Graph. Strict: unknown operators, attributes or types are errors that name node and reason; all
// unsupported nodes are listed in one error.
#pragma once

#include <map>
#include <string>

#include "ir/graph.h"

namespace tinamix::import {

struct ImportOptions {
    /// Shapes of inputs by name, for symbolic dimensions. A symbolic batch (dimension 0) defaults to 1.
    std::map<std::string, ir::Shape> input_shapes;
    /// Inputs that are fixed for good, with their content: they become constants, and later shapes may depend on them
    /// (axes, sizes, k of TopK, ...). Types and shapes must be those of the model.
    std::map<std::string, ir::Tensor> constant_inputs = {};
};

/// Reads `path`, checks it, infers static shapes of every value, turns Constant nodes into constants and drops
/// Identity and Dropout. Opset 1 to 21; models older than 7 come out in the form of opset 7. Throws Error.
ir::Graph import_onnx(const std::string& path, const ImportOptions& options = {});

}  // namespace tinamix::import
