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

std::string window_limit(const ir::Graph& graph, const ir::Node& node) {
    const size_t rank = graph.value(node.inputs[0]).shape.size();
    if (rank > 4) return fmt::format("{} spatial dimensions; there are kernels for one and two", rank - 2);
    if (node.outputs.size() > 1 && node.outputs[1] != ir::kNoValue) return "no kernel for the indices of the maxima";
    return "";
}

std::string parameters_limit(const ir::Graph& graph, const ir::Node& node) {
    if (graph.is_constant(node.inputs[0])) return "picks from a constant at run time";
    for (size_t i = 1; i < node.inputs.size(); ++i) {
        if (node.inputs[i] == ir::kNoValue || graph.is_constant(node.inputs[i])) continue;
        return fmt::format("input `{}` is computed at run time; it must be constant", graph.value(node.inputs[i]).name);
    }
    return "";
}

}  // namespace tinamix::quantize
