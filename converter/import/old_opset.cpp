// One rule per operator whose form changed at opset 7.
#include "import/old_opset.h"

#include <onnx/defs/schema.h>

#include <algorithm>
#include <array>

namespace tinamix::import {

namespace {

using onnx::AttributeProto;
using onnx::NodeProto;

int64_t int_attribute(const NodeProto& node, const std::string& name, int64_t otherwise) {
    for (const AttributeProto& attribute : node.attribute()) {
        if (attribute.name() == name) {
            return attribute.i();
        }
    }
    return otherwise;
}

void remove_attribute(NodeProto& node, const std::string& name) {
    auto* attributes = node.mutable_attribute();
    for (int i = attributes->size(); i-- > 0;) {
        if (attributes->Get(i).name() == name) {
            attributes->DeleteSubrange(i, 1);
        }
    }
}

/// The second input with ones behind its dimensions, so that the first of them stands at axis `axis` of the first
/// input.
void align_second_input(std::vector<NodeProto>& nodes, size_t axis, size_t rank, size_t second_rank) {
    NodeProto& node = nodes.back();
    NodeProto unsqueeze;
    unsqueeze.set_op_type("Unsqueeze");
    unsqueeze.set_name(node.name() + "/aligned");
    unsqueeze.add_input(node.input(1));
    unsqueeze.add_output(node.output(0) + "/aligned");
    AttributeProto* axes = unsqueeze.add_attribute();
    axes->set_name("axes");
    axes->set_type(AttributeProto::INTS);
    for (size_t i = axis + second_rank; i < rank; ++i) {
        axes->add_ints(static_cast<int64_t>(i - axis));
    }
    node.set_input(1, unsqueeze.output(0));
    nodes.insert(nodes.begin(), unsqueeze);
}

/// Two inputs of one shape, or, with `broadcast`, the second inside the first: at its end, or from `axis` on.
void limited_broadcast(std::vector<NodeProto>& nodes, const std::vector<InferenceInput>& inputs,
                       const std::string& where) {
    NodeProto& node = nodes.back();
    const bool broadcasts = int_attribute(node, "broadcast", 0) != 0;
    const ir::Shape &a = inputs[0].value->shape, &b = inputs[1].value->shape;
    const auto suffix = static_cast<int64_t>(a.size()) - static_cast<int64_t>(b.size());
    const int64_t given = int_attribute(node, "axis", suffix),
                  axis = given < 0 ? given + static_cast<int64_t>(a.size()) : given;
    remove_attribute(node, "broadcast");
    remove_attribute(node, "axis");
    if (!broadcasts && a != b) {
        throw Error(where, "adds shapes that differ without `broadcast`");
    }
    if (!broadcasts || (suffix >= 0 && axis == suffix)) {
        return;
    }
    if (axis < 0 || axis > suffix) {
        throw Error(where, "`axis` does not fit its inputs");
    }
    align_second_input(nodes, static_cast<size_t>(axis), a.size(), b.size());
}

/// One slope, or one per channel.
void channel_slopes(std::vector<NodeProto>& nodes, const std::vector<InferenceInput>& inputs) {
    const size_t rank = inputs[0].value->shape.size(), second_rank = inputs[1].value->shape.size();
    if (ir::element_count(inputs[1].value->shape) > 1 && second_rank == 1 && rank > 2) {
        align_second_input(nodes, 1, rank, second_rank);
    }
}

void require_inference(NodeProto& node, const std::string& where) {
    if (int_attribute(node, "is_test", 0) == 0) {
        throw Error(where, "training mode is not supported");
    }
    remove_attribute(node, "is_test");
}

}  // namespace

std::vector<NodeProto> oldest_form(const NodeProto& node, int64_t opset, const std::vector<InferenceInput>& inputs,
                                   const std::string& where) {
    constexpr std::array kBinary = {"Add", "Sub", "Mul", "Div", "Pow", "And", "Or", "Xor", "Equal", "Greater", "Less"};
    std::vector<NodeProto> nodes = {node};
    const std::string& op = node.op_type();
    const onnx::OpSchema* old = onnx::OpSchemaRegistry::Schema(op, static_cast<int>(opset), "");
    const onnx::OpSchema* modern = onnx::OpSchemaRegistry::Schema(op, static_cast<int>(kOldestForm), "");
    if (old == nullptr || modern == nullptr || old->SinceVersion() == modern->SinceVersion()) {
        return nodes;
    }
    remove_attribute(nodes.back(), "consumed_inputs");  // a hint about memory, up to opset 5
    const bool has_two = inputs.size() >= 2 && inputs[0].value != nullptr && inputs[1].value != nullptr;
    if (std::find(kBinary.begin(), kBinary.end(), op) != kBinary.end() && has_two) {
        limited_broadcast(nodes, inputs, where);
    } else if (op == "PRelu" && has_two) {
        channel_slopes(nodes, inputs);
    } else if (op == "Gemm") {
        remove_attribute(nodes.back(), "broadcast");  // from opset 7 on C always broadcasts
    } else if (op == "BatchNormalization" || op == "Dropout") {
        require_inference(nodes.back(), where);
    } else if (op != "AveragePool") {  // which only gained an attribute
        throw Error(where, "its form of opset " + std::to_string(opset) + " is not supported",
                    "convert the model with onnx.version_converter");
    }
    return nodes;
}

}  // namespace tinamix::import
