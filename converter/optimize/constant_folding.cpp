// Nodes over constants become constants. What makes an output of the graph stays a node.
#include <algorithm>
#include <cstdint>
#include <string>

#include "float/executor.h"
#include "optimize/optimize.h"

namespace tinamix::optimize {

namespace {

/// A constant is worth its size in the model only while it is not much larger than what it came from.
constexpr int64_t kLargestGrowth = 1 << 20;
/// All results of one pass together.
constexpr uint64_t kMostBytes = uint64_t{512} << 20;

bool foldable(const ir::Graph& graph, const ir::Node& node) {
    if ((node.op == "Shape" || node.op == "Size") && node.domain.empty()) {
        return true;  // shapes are static, whatever the content
    }
    int64_t read = 0, made = 0;
    for (ir::ValueId id : node.inputs) {
        if (id != ir::kNoValue && !graph.is_constant(id)) {
            return false;
        }
        read += id == ir::kNoValue ? 0 : ir::element_count(graph.value(id).shape);
    }
    for (ir::ValueId id : node.outputs) {
        made += id == ir::kNoValue ? 0 : ir::element_count(graph.value(id).shape);
    }
    return made - read <= kLargestGrowth;
}

}  // namespace

void fold_constants(ir::Graph& graph, Folding folding) {
    uint64_t made_bytes = 0;
    std::vector<ir::Node> kept;
    for (ir::Node& node : graph.nodes) {
        const bool makes_output = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ir::ValueId id) {
            return id != ir::kNoValue && graph.is_output(id);
        });
        const bool keeps_codes = folding == Folding::kKeepCodes && node.op == "DequantizeLinear";
        if (makes_output || keeps_codes || !float_exec::is_supported(node) || !foldable(graph, node)) {
            kept.push_back(std::move(node));
            continue;
        }
        std::vector<const ir::Tensor*> inputs;
        for (ir::ValueId id : node.inputs) {
            inputs.push_back(graph.is_constant(id) ? &*graph.value(id).constant : nullptr);
        }
        std::vector<ir::Tensor> results = float_exec::evaluate_node(graph, node, inputs);
        for (size_t i = 0; i < node.outputs.size(); ++i) {
            if (node.outputs[i] == ir::kNoValue) {
                continue;
            }
            ir::Value& value = graph.value(node.outputs[i]);
            if (i >= results.size() || results[i].type() != value.type || results[i].shape() != value.shape) {
                throw Error(node.op + " `" + node.name + "`", "its constant result does not fit `" + value.name + "`");
            }
            made_bytes += results[i].bytes();
            if (made_bytes > kMostBytes) {
                throw Error(node.op + " `" + node.name + "`",
                            "what the model computes from constants alone needs more than " +
                                std::to_string(kMostBytes >> 20) + " MiB");
            }
            value.constant = std::move(results[i]);
        }
    }
    graph.nodes = std::move(kept);
}

}  // namespace tinamix::optimize
