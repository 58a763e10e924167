#include "import/known_values.h"

#include <vector>

#include "diagnostics/error.h"
#include "float/executor.h"

namespace tinamix::import {

namespace {

/// Largest number of elements of what is read and made.
constexpr int64_t kSmall = 4096;
/// All computed values together.
constexpr uint64_t kMaxBytes = uint64_t{64} << 20;

}  // namespace

const ir::Tensor* KnownValues::find(ir::ValueId id) const {
    if (graph_.is_constant(id)) {
        return &*graph_.value(id).constant;
    }
    const auto found = computed_.find(id);
    return found == computed_.end() ? nullptr : &found->second;
}

void KnownValues::evaluate(const ir::Node& node) {
    std::vector<const ir::Tensor*> inputs;
    for (ir::ValueId id : node.inputs) {
        const ir::Tensor* tensor = id == ir::kNoValue ? nullptr : find(id);
        const bool usable =
            node.op == "Shape" || node.op == "Size" || (tensor != nullptr && tensor->elements() <= kSmall);
        if (id != ir::kNoValue && !usable) {
            return;
        }
        inputs.push_back(tensor);
    }
    for (ir::ValueId id : node.outputs) {
        if (id != ir::kNoValue && ir::element_count(graph_.value(id).shape) > kSmall) {
            return;
        }
    }
    std::vector<ir::Tensor> results = float_exec::evaluate_node(graph_, node, inputs);
    for (size_t i = 0; i < node.outputs.size() && i < results.size(); ++i) {
        if (node.outputs[i] == ir::kNoValue || results[i].shape() != graph_.value(node.outputs[i]).shape) {
            continue;
        }
        bytes_ += results[i].bytes();
        if (bytes_ > kMaxBytes) {
            throw Error(
                node.op + " `" + node.name + "`",
                "the model computes more than " + std::to_string(kMaxBytes >> 20) + " MiB from constants alone");
        }
        computed_[node.outputs[i]] = std::move(results[i]);
    }
}

}  // namespace tinamix::import
