#include "quantize/limits.h"

#include <fmt/format.h>

#include "diagnostics/error.h"
#include "quantize/scalar_functions.h"

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
    return rank > 4 ? fmt::format("{} spatial dimensions; there are kernels for one and two", rank - 2) : "";
}

std::string max_pool_limit(const ir::Graph& graph, const ir::Node& node) {
    if (node.outputs.size() > 1 && node.outputs[1] != ir::kNoValue) return "no kernel for the indices of the maxima";
    const std::string reason = window_limit(graph, node);
    return reason.empty() ? real_input_limit(graph, node) : reason;
}

std::string parameters_limit(const ir::Graph& graph, const ir::Node& node) {
    if (graph.is_constant(node.inputs[0])) return "picks from a constant at run time";
    for (size_t i = 1; i < node.inputs.size(); ++i) {
        if (node.inputs[i] == ir::kNoValue || graph.is_constant(node.inputs[i])) continue;
        return fmt::format("input `{}` is computed at run time; it must be constant", graph.value(node.inputs[i]).name);
    }
    return "";
}

std::string pow_limit(const ir::Graph& graph, const ir::Node& node) {
    try {
        uniform_constant(graph, node, 1);
        return graph.value(node.inputs[0]).shape == graph.value(node.outputs[0]).shape
                   ? ""
                   : "the exponent makes the result larger than the base";
    } catch (const Error&) {
        return "the exponent must be a constant, one for all elements";
    }
}

std::string reduce_limit(const ir::Graph& graph, const ir::Node& node) {
    if (node.inputs.size() > 1 && node.inputs[1] != ir::kNoValue && !graph.is_constant(node.inputs[1])) {
        return fmt::format("the axes `{}` are computed at run time; they must be constant",
                           graph.value(node.inputs[1]).name);
    }
    return real_input_limit(graph, node);
}

std::string real_input_limit(const ir::Graph& graph, const ir::Node& node) {
    const ir::Value& input = graph.value(node.inputs[0]);
    return input.type == ir::ElementType::kFloat32
               ? ""
               : fmt::format("its input `{}` is {}; it can only do float32", input.name, element_type_name(input.type));
}

std::string cast_limit(const ir::Graph& graph, const ir::Node& node) {
    const ir::ElementType from = graph.value(node.inputs[0]).type, to = graph.value(node.outputs[0]).type;
    const bool real_to_index = from == ir::ElementType::kFloat32 && to != from && to != ir::ElementType::kBool;
    return real_to_index || from == ir::ElementType::kFloat64 || to == ir::ElementType::kFloat64
               ? fmt::format("no kernel from {} to {}", element_type_name(from), element_type_name(to))
               : "";
}

}  // namespace tinamix::quantize
