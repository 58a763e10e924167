// ONNX file -> ir::Graph. Strict: unknown operators, attributes or types are errors that name node and reason; all
// unsupported nodes are listed in one error.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "diagnostics/unsupported.h"
#include "ir/graph.h"

namespace tinamix::import {

struct ImportOptions {
    /// Shapes of inputs by name, for symbolic dimensions. A symbolic batch (dimension 0) defaults to 1.
    std::map<std::string, ir::Shape> input_shapes;
    /// Inputs that are fixed for good, with their content: they become constants, and later shapes may depend on them
    /// (axes, sizes, k of TopK, ...). Types and shapes must be those of the model.
    std::map<std::string, ir::Tensor> constant_inputs = {};
    /// Most bytes of constants that a model may bring along: weights as they are held in memory (half precision is
    /// widened), tables, attributes. A file that claims more is an error before the memory is taken.
    uint64_t max_constant_bytes = uint64_t{2} << 30;
};

/// Reads `path`, checks it, infers static shapes of every value, turns Constant nodes into constants, drops Identity
/// and Dropout, and puts the branch of an If with a constant condition in its place. Opset 1 to 21; models older than 7
/// come out in the form of opset 7. Throws Error.
ir::Graph import_onnx(const std::string& path, const ImportOptions& options = {});

/// A model as far as it can be understood.
struct Survey {
    ir::Graph graph;                       ///< with the unsupported nodes in their places
    std::vector<Unsupported> unsupported;  ///< every node that cannot be imported; empty: the graph is complete
    std::set<int> unsupported_nodes;       ///< their indices in graph.nodes, where they stand there
    std::set<ir::ValueId> unknown;         ///< values without a known type and shape
};

/// import_onnx() without the error about unsupported nodes. Throws Error for files that are no valid model.
Survey survey_onnx(const std::string& path, const ImportOptions& options = {});

}  // namespace tinamix::import
