// A table of the operators that may run on zeros, and the run.
#include "import/shape_by_running.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "float/executor.h"

namespace tinamix::import {

namespace {

/// The content of input `deciding` (-1: none) shapes the outputs; that of all others does not.
struct ShapeRule {
    std::string_view op;
    std::array<int, 2> deciding;
};

constexpr ShapeRule kRules[] = {
    {"Compress", {1, -1}},     {"Einsum", {-1, -1}},   {"GreaterOrEqual", {-1, -1}},
    {"LessOrEqual", {-1, -1}}, {"MaxUnpool", {2, -1}}, {"MeanVarianceNormalization", {-1, -1}},
    {"OneHot", {1, -1}},       {"STFT", {1, 3}},
};

/// Beyond this a trial run is no way to find a shape.
constexpr int64_t kLargest = int64_t{1} << 22;

bool may_be_zeros(const ir::Node& node, size_t input) {
    const auto* rule = std::find_if(std::begin(kRules), std::end(kRules), [&](const ShapeRule& candidate) {
        return node.domain.empty() && candidate.op == node.op;
    });
    return rule != std::end(kRules) &&
           std::find(rule->deciding.begin(), rule->deciding.end(), static_cast<int>(input)) == rule->deciding.end();
}

}  // namespace

std::optional<std::vector<InferredOutput>> outputs_by_running(const ir::Graph& graph, const ir::Node& node,
                                                              const std::vector<InferenceInput>& inputs) {
    std::vector<ir::Tensor> zeros(inputs.size());
    std::vector<const ir::Tensor*> tensors;
    for (size_t i = 0; i < inputs.size(); ++i) {
        const InferenceInput& input = inputs[i];
        if (input.value == nullptr || input.known != nullptr) {
            tensors.push_back(input.known);
            continue;
        }
        if (!may_be_zeros(node, i) || ir::element_count(input.value->shape) > kLargest) {
            return std::nullopt;
        }
        zeros[i] = ir::Tensor(input.value->type, input.value->shape);
        tensors.push_back(&zeros[i]);
    }
    std::vector<InferredOutput> outputs;
    for (const ir::Tensor& result : float_exec::evaluate_node(graph, node, tensors)) {
        outputs.push_back({result.type(), result.shape()});
    }
    return outputs;
}

std::vector<InferredOutput> infer_or_run(const onnx::NodeProto& proto, const ir::Node& node, const ir::Graph& graph,
                                         const std::vector<InferenceInput>& inputs) {
    try {
        return infer_outputs(proto, node, graph.opset, inputs);
    } catch (const ShapeDependsOnData&) {
        std::optional<std::vector<InferredOutput>> outputs = outputs_by_running(graph, node, inputs);
        if (!outputs || static_cast<int>(outputs->size()) < proto.output_size()) {
            throw;
        }
        return *outputs;
    }
}

}  // namespace tinamix::import
