// Names and constants of the graph under construction.
#include "import/graph_builder.h"

#include <algorithm>

#include "diagnostics/error.h"
#include "import/interface.h"
#include "import/tensor_proto.h"

namespace tinamix::import {

void GraphBuilder::fail(const std::string& what, const std::string& hint) const { throw Error(path_, what, hint); }

void GraphBuilder::keep_names_of(const onnx::GraphProto& outermost) {
    for (const onnx::NodeProto& node : outermost.node()) {
        value_names_.insert(node.output().begin(), node.output().end());
    }
}

/// The names of graphs inside nodes need not be unique in the file; those of our graph are.
std::string GraphBuilder::unique_value_name(const std::string& name, const Scope& scope) {
    std::string unique = name;
    if (scope.depth() > 0) {
        for (int count = 1; value_names_.count(unique) != 0; ++count) {
            unique = name + "_" + std::to_string(count);
        }
    }
    value_names_.insert(unique);
    return unique;
}

ir::ValueId GraphBuilder::new_value(const std::string& name, ir::ElementType type, ir::Shape shape, Scope& scope) {
    const auto id = static_cast<ir::ValueId>(graph.values.size());
    if (name.empty()) {
        fail("has a tensor without a name");
    }
    if (!scope.add(name, id)) {
        fail("tensor `" + name + "` is defined twice");
    }
    graph.values.push_back({unique_value_name(name, scope), type, std::move(shape), std::nullopt});
    return id;
}

void GraphBuilder::new_constant(const std::string& name, ir::Tensor tensor, Scope& scope) {
    const ir::ValueId id = new_value(name, tensor.type(), tensor.shape(), scope);
    graph.value(id).constant = std::move(tensor);
}

void GraphBuilder::alias(const std::string& name, ir::ValueId id, Scope& scope) const {
    if (name.empty() || !scope.add(name, id)) {
        fail("tensor `" + name + "` is defined twice");
    }
}

std::string GraphBuilder::unique_node_name(const std::string& name) {
    std::string unique = name;
    for (int count = 1; !node_names_.insert(unique).second; ++count) {
        unique = name + "_" + std::to_string(count);
    }
    return unique;
}

void GraphBuilder::read_initializers(const onnx::GraphProto& source, Scope& scope) {
    if (source.sparse_initializer_size() > 0) {
        fail("sparse initializers are not supported");
    }
    for (const auto& proto : source.initializer()) {
        const std::string where = "initializer `" + proto.name() + "`";
        take_from_budget(proto, where);
        new_constant(proto.name(), read_tensor(proto, folder_, where), scope);
    }
}

void GraphBuilder::take_from_budget(const onnx::TensorProto& proto, const std::string& where) {
    constant_bytes_ += held_bytes(proto, where);
    if (constant_bytes_ > max_constant_bytes_) {
        throw Error(where,
                    "the constants of the model need more than " + std::to_string(max_constant_bytes_ >> 20) + " MiB");
    }
}

void GraphBuilder::connect_outputs(const onnx::GraphProto& outermost, const Scope& scope, bool shapes_given) {
    if (outermost.output_size() == 0) {
        fail("has no outputs");
    }
    for (const auto& info : outermost.output()) {
        const auto found = scope.find(info.name());
        if (!found) {
            fail("nothing makes the output `" + info.name() + "`");
        }
        if (survey.unknown.count(*found) == 0) {
            check_declared_output(info, graph.value(*found), shapes_given);
        }
        graph.outputs.push_back(named_output(info.name(), *found, outermost));
    }
}

/// The value under the name of the output, after Identity nodes before it were dropped.
ir::ValueId GraphBuilder::named_output(const std::string& name, ir::ValueId id, const onnx::GraphProto& outermost) {
    if (graph.value(id).name == name) {
        if (graph.is_output(id)) {
            fail("the output `" + name + "` is listed twice");
        }
        return id;
    }
    const std::string& now = graph.value(id).name;
    const bool is_declared = std::any_of(outermost.output().begin(), outermost.output().end(),
                                         [&](const onnx::ValueInfoProto& info) { return info.name() == now; });
    const bool free = !graph.is_constant(id) && !graph.is_output(id) && !is_declared &&
                      std::find(graph.inputs.begin(), graph.inputs.end(), id) == graph.inputs.end();
    if (free) {
        graph.value(id).name = name;
        return id;
    }
    ir::Node node;
    node.op = "Identity";
    node.fused = node.op;
    node.name = unique_node_name(name);
    node.inputs = {id};
    const auto copy = static_cast<ir::ValueId>(graph.values.size());
    node.outputs = {copy};
    if (survey.unknown.count(id) != 0) {
        survey.unknown.insert(copy);
    }
    ir::Value value{name, graph.value(id).type, graph.value(id).shape, std::nullopt};
    graph.values.push_back(std::move(value));
    graph.nodes.push_back(std::move(node));
    return copy;
}

}  // namespace tinamix::import
