// Graph edits shared by the passes.
#include "optimize/rewrite.h"

#include <algorithm>
#include <utility>

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

const ir::Node* producer_of(const ir::Graph& graph, ir::ValueId id, std::string_view op) {
    const int index = id == ir::kNoValue ? -1 : graph.producer(id);
    if (index < 0) {
        return nullptr;
    }
    const ir::Node& node = graph.nodes[static_cast<size_t>(index)];
    return node.op == op && node.domain.empty() ? &node : nullptr;
}

ir::ValueId add_constant(ir::Graph& graph, const std::string& name, ir::Tensor tensor) {
    std::string unique = name;
    for (int count = 1; graph.find_value(unique) != ir::kNoValue; ++count) {
        unique = name + "_" + std::to_string(count);
    }
    return graph.add_constant(unique, std::move(tensor));
}

ir::ValueId insert_before(ir::Graph& graph, size_t index, const std::string& op, std::vector<ir::ValueId> inputs,
                          ir::Shape shape) {
    const std::string stem = graph.value(graph.nodes[index].outputs[0]).name;
    std::string name;
    for (int count = 1; name.empty() || graph.find_value(name) != ir::kNoValue; ++count) {
        name = stem + "_" + std::to_string(count);
    }
    const ir::ValueId result = graph.add_value(name, ir::ElementType::kFloat32, std::move(shape));
    ir::Node node;
    node.name = name;
    node.op = op;
    node.fused = fused_name(graph.nodes[index]);
    node.inputs = std::move(inputs);
    node.outputs = {result};
    graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(index), std::move(node));
    return result;
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
