// The table of shape rules, and what holds for every operator.
#include "import/shape_inference.h"

#include <algorithm>
#include <optional>

#include "float/executor.h"
#include "import/operator_schema.h"
#include "import/shapes/rule.h"
#include "import/tensor_proto.h"

namespace tinamix::import {

namespace {

using Outputs = std::vector<InferredOutput>;

const ShapeRules& rules() {
    static const ShapeRules rules = [] {
        ShapeRules all;
        add_elementwise_rules(all);
        add_movement_rules(all);
        add_selection_rules(all);
        add_window_rules(all);
        add_product_rules(all);
        add_reduction_rules(all);
        add_signal_rules(all);
        return all;
    }();
    return rules;
}

/// The outputs by running the node; nothing where an input is not known.
std::optional<Outputs> outputs_by_running(const ir::Graph& graph, const ir::Node& node,
                                          const std::vector<InferenceInput>& inputs) {
    std::vector<const ir::Tensor*> tensors;
    for (const InferenceInput& input : inputs) {
        if (input.value != nullptr && input.known == nullptr) {
            return std::nullopt;
        }
        tensors.push_back(input.known);
    }
    Outputs outputs;
    for (const ir::Tensor& result : float_exec::evaluate_node(graph, node, tensors)) {
        outputs.push_back({result.type(), result.shape()});
    }
    return outputs;
}

Outputs by_rule_or_run(const ir::Graph& graph, const ir::Node& node, const std::vector<InferenceInput>& inputs) {
    try {
        const auto rule = rules().find(node.op);
        if (rule == rules().end()) {
            throw ShapeDependsOnData(float_exec::where(node), "the shapes of its outputs depend on data");
        }
        return rule->second(ShapeCall(graph, node, inputs));
    } catch (const ShapeDependsOnData&) {
        if (std::optional<Outputs> outputs = outputs_by_running(graph, node, inputs)) {
            return *outputs;
        }
        throw;
    }
}

}  // namespace

Outputs infer_outputs(const onnx::NodeProto& proto, const ir::Node& node, const ir::Graph& graph,
                      const std::vector<InferenceInput>& inputs) {
    check_schema(proto, graph.opset, float_exec::where(node));
    Outputs outputs = by_rule_or_run(graph, node, inputs);
    for (int i = 0; i < proto.output_size(); ++i) {
        if (proto.output(i).empty()) {
            continue;
        }
        if (static_cast<size_t>(i) >= outputs.size()) {
            throw Error(float_exec::where(node), "output " + std::to_string(i) + " is not supported");
        }
        if (!is_possible_shape(outputs[static_cast<size_t>(i)].shape)) {
            throw Error(float_exec::where(node), "makes `" + proto.output(i) + "` of an impossible shape");
        }
    }
    outputs.resize(std::max(outputs.size(), static_cast<size_t>(proto.output_size())));
    return outputs;
}

}  // namespace tinamix::import
