// The real function behind an operator of one variable: what look-up tables are filled with.
#pragma once

#include <functional>

#include "ir/graph.h"

namespace tinamix::quantize {

using ScalarFunction = std::function<double(double)>;

/// True for a node that integer layers evaluate by look-up table.
bool is_tabulated(const ir::Graph& graph, const ir::Node& node);
/// True for a function that jumps: next to a jump a small change of the input is a large one of the result.
bool has_steps(const ir::Node& node);
/// The function of a tabulated node, with its attributes and constant parameters. Outside its domain it continues with
/// the value at the domain's end: log is -infinity and sqrt 0 for negative numbers, because codes have no NaN.
/// Throws Error for any other op.
ScalarFunction scalar_function(const ir::Graph& graph, const ir::Node& node);

/// The one value that all elements of constant input `index` have. Throws Error naming the node when there is none.
double uniform_constant(const ir::Graph& graph, const ir::Node& node, size_t index);

}  // namespace tinamix::quantize
