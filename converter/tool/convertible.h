// The graph that `convert` works on, or everything that stands in its way.
#pragma once

#include <string>

#include "import/onnx_import.h"
#include "ir/graph.h"
#include "pack/pack.h"
#include "quantize/plan.h"

namespace tinamix::tool {

/// Imports, makes states of the pairs {output, input} and optimizes; what a model that comes quantized states is in the
/// values (quantize/stated.h). Throws one Error that lists every node that cannot be imported, computed in the
/// precision asked for, or packed; and Error for rules that match nothing.
ir::Graph load_convertible(const std::string& path, const import::ImportOptions& options,
                           const std::map<std::string, std::string>& states, const quantize::PrecisionRules& rules,
                           const pack::Target& target);

}  // namespace tinamix::tool
