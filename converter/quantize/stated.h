// Models that come quantized, with QuantizeLinear and DequantizeLinear: their numbers are taken as they stand.
#pragma once

#include <optional>
#include <vector>

#include "ir/graph.h"
#include "quantize/plan.h"
#include "quantize/quantization.h"

namespace tinamix::quantize {

/// True if some node of the graph is a QuantizeLinear or DequantizeLinear.
bool has_quantization_nodes(const ir::Graph& graph);
/// True if some value carries a stated quantization.
bool states_quantization(const ir::Graph& graph);

/// Takes the QuantizeLinear and DequantizeLinear nodes out of the graph: what they say about a tensor becomes
/// `ir::Value::stated`, bit for bit, and constants of codes become float32 constants that keep their codes. The graph
/// then has the operators of the float network, to be planned by what their tensors state. Where a tensor is quantized
/// again in other steps, an Identity stays whose output states the new ones. Operators that only move data may stand
/// between the two nodes, on codes. Constant expressions must have been folded, except DequantizeLinear.
/// Throws Error naming the node for parameters that have no integer kernels (quantize/linear_parameters.h; scales per
/// channel of a computed tensor; zero points of int16), codes that are read by other operators than these, and codes
/// in the interface of the model.
void take_stated_quantization(ir::Graph& graph);

/// The number format that the model states for an activation; nothing where it states none.
std::optional<Quantization> stated_form(const ir::Value& value);

/// The precision in which a model that states its quantization means node `index` to be computed: in integers when all
/// it reads and makes is stated (a Relu or Clip behind it may come first), by the width of the codes; else float32.
Precision stated_precision(const ir::Graph& graph, int index);

}  // namespace tinamix::quantize
