// Bounds of activations, and whether they disappear into the layer before.
#include "quantize/fusion.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "diagnostics/error.h"
#include "quantize/legality.h"

namespace tinamix::quantize {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool is_activation(const ir::Node& node) {
    return node.domain.empty() && (node.op == "Relu" || node.op == "Clip") && !node.inputs.empty();
}

/// A bound of Clip: input `index` since opset 11, `attribute` before.
double clip_bound(const ir::Graph& graph, const ir::Node& node, size_t index, std::string_view attribute,
                  double otherwise) {
    if (node.has(attribute)) return node.real(attribute, 0.0F);
    if (index >= node.inputs.size() || node.inputs[index] == ir::kNoValue) return otherwise;
    const ir::Value& value = graph.value(node.inputs[index]);
    if (!value.constant) {
        throw Error(fmt::format("node `{}` (Clip)", node.name),
                    fmt::format("the bound `{}` is computed at run time; it must be constant", value.name));
    }
    const std::vector<float> bound = value.constant->to_floats();
    if (bound.size() != 1) {
        throw Error(fmt::format("node `{}` (Clip)", node.name),
                    fmt::format("the bound `{}` has {} elements instead of one", value.name, bound.size()));
    }
    return bound.front();
}

}  // namespace

ActivationBounds activation_bounds(const ir::Graph& graph, const ir::Node& node) {
    if (!is_activation(node)) throw Error(fmt::format("node `{}`", node.name), node.op + " is neither Relu nor Clip");
    if (node.op == "Relu") return {0.0, kInfinity};
    const ActivationBounds bounds = {clip_bound(graph, node, 1, "min", -kInfinity),
                                     clip_bound(graph, node, 2, "max", kInfinity)};
    if (!(bounds.lo <= bounds.hi)) {
        throw Error(fmt::format("node `{}` (Clip)", node.name),
                    fmt::format("[{}, {}] is not a range to clip to", bounds.lo, bounds.hi));
    }
    return bounds;
}

bool fuses_into_producer(const ir::Graph& graph, const Plan& plan, int node_index) {
    const ir::Node& node = graph.nodes[static_cast<size_t>(node_index)];
    if (!is_activation(node)) return false;
    const ir::ValueId input = node.inputs.front();
    if (input == ir::kNoValue || graph.is_constant(input)) return false;
    const int producer = graph.producer(input);
    if (producer < 0 || graph.is_output(input)) return false;
    // A model that quantizes the tensor between the two in its own steps means those steps.
    const auto& between = graph.value(input).stated;
    if (between && between != graph.value(node.outputs.front()).stated) return false;
    const ir::Node& layer = graph.nodes[static_cast<size_t>(producer)];
    if (!op_rule(graph, layer).fuses_activation || graph.consumers(input).size() != 1) return false;
    return activation_format(plan.node_precision[static_cast<size_t>(producer)]) ==
           activation_format(plan.node_precision[static_cast<size_t>(node_index)]);
}

}  // namespace tinamix::quantize
