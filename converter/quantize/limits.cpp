#include "quantize/limits.h"

#include <fmt/format.h>

namespace tinamix::quantize {

std::string weights_limit(const ir::Graph& graph, const ir::Node& node) {
    for (size_t i = 1; i < node.inputs.size(); ++i) {
        if (node.inputs[i] == ir::kNoValue || graph.is_constant(node.inputs[i])) continue;
        return fmt::format("input `{}` is computed at run time; weights and biases must be constant",
                           graph.value(node.inputs[i]).name);
    }
    return "";
}

}  // namespace tinamix::quantize
