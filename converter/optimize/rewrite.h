// The few graph edits that every pass is made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace tinamix::optimize {

/// Index of the only node that reads `id`, once, when it is no output of the graph and the model states no quantization
/// for it; else -1. So it may be fused away.
int only_reader(const ir::Graph& graph, ir::ValueId id);

/// Constant content of input `index` of the node, or null.
const ir::Tensor* constant_input(const ir::Graph& graph, const ir::Node& node, size_t index);

/// The node of ONNX's operator `op` that makes `id`, or null.
const ir::Node* producer_of(const ir::Graph& graph, ir::ValueId id, std::string_view op);

/// Adds a constant called `name`, or `name` with a number when that is taken.
ir::ValueId add_constant(ir::Graph& graph, const std::string& name, ir::Tensor tensor);

/// A new node before node `index`, with one float output of `shape`. Its names follow those of node `index`.
ir::ValueId insert_before(ir::Graph& graph, size_t index, const std::string& op, std::vector<ir::ValueId> inputs,
                          ir::Shape shape);

/// Node `into` takes over the output of node `absorbed`, which reads it and goes away; `fused` records both.
void absorb_next(ir::Graph& graph, int into, int absorbed);

/// Removes node `index`, which gives its input back unchanged, if the names of the graph's interface survive it.
bool bypass(ir::Graph& graph, int index);

/// `into` answers to the name of `absorbed` (and of what that absorbed) from now on.
void inherit_names(ir::Node& into, const ir::Node& absorbed);
/// "Conv" or what is fused in it so far.
std::string fused_name(const ir::Node& node);

}  // namespace tinamix::optimize
