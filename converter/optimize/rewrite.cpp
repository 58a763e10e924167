// Graph edits shared by the passes.
#include "optimize/rewrite.h"

#include <algorithm>

namespace tinamix::optimize {

int only_reader(const ir::Graph& graph, ir::ValueId id) {
    if (id == ir::kNoValue || graph.is_output(id) || graph.value(id).stated) {
        return -1;
    }
    const std::vector<int> readers = graph.consumers(id);
    if (readers.size() != 1) {
        return -1;
    }
    const std::vector<ir::ValueId>& inputs = graph.nodes[static_cast<size_t>(readers[0])].inputs;
    return std::count(inputs.begin(), inputs.end(), id) == 1 ? readers[0] : -1;
}

const ir::Tensor* constant_input(const ir::Graph& graph, const ir::Node& node, size_t index) {
    return index < node.inputs.size() && graph.is_constant(node.inputs[index])
               ? &*graph.value(node.inputs[index]).constant
               : nullptr;
}

ir::ValueId add_constant(ir::Graph& graph, const std::string& name, ir::Tensor tensor) {
    std::string unique = name;
    for (int count = 1; graph.find_value(unique) != ir::kNoValue; ++count) {
        unique = name + "_" + std::to_string(count);
    }
    return graph.add_constant(unique, std::move(tensor));
}

std::string fused_name(const ir::Node& node) { return node.fused.empty() ? node.op : node.fused; }

void inherit_names(ir::Node& into, const ir::Node& absorbed) {
    into.absorbed.push_back(absorbed.name);
    into.absorbed.insert(into.absorbed.end(), absorbed.absorbed.begin(), absorbed.absorbed.end());
}

void absorb_next(ir::Graph& graph, int into, int absorbed) {
    ir::Node& node = graph.nodes[static_cast<size_t>(into)];
    const ir::Node& next = graph.nodes[static_cast<size_t>(absorbed)];
    node.fused = fused_name(node) + "+" + fused_name(next);
    inherit_names(node, next);
    node.outputs[0] = next.outputs[0];
    graph.nodes.erase(graph.nodes.begin() + absorbed);
}

bool bypass(ir::Graph& graph, int index) {
    const ir::Node& node = graph.nodes[static_cast<size_t>(index)];
    const ir::ValueId from = node.inputs[0], to = node.outputs[0];
    if (graph.is_output(to)) {
        // The name of the output must survive, so the producer makes that tensor instead; nobody else may know the
        // other.
        const int producer = graph.producer(from);
        if (producer < 0 || only_reader(graph, from) != index) {
            return false;
        }
        auto& outputs = graph.nodes[static_cast<size_t>(producer)].outputs;
        std::replace(outputs.begin(), outputs.end(), from, to);
    } else {
        for (ir::Node& reader : graph.nodes) {
            std::replace(reader.inputs.begin(), reader.inputs.end(), to, from);
        }
    }
    graph.nodes.erase(graph.nodes.begin() + index);
    return true;
}

}  // namespace tinamix::optimize
