// Each operator on sequences, written in operators on tensors.
#include "import/sequences.h"

#include <algorithm>

#include "diagnostics/error.h"
#include "float/call.h"

namespace tinamix::import {

namespace {

using onnx::AttributeProto;
using onnx::NodeProto;
using Names = std::vector<std::string>;
using Nodes = std::vector<NodeProto>;

/// More parts than any network splits a tensor into.
constexpr int64_t kMostParts = 4096;

int64_t int_attribute(const NodeProto& node, const std::string& name, int64_t otherwise) {
    for (const AttributeProto& attribute : node.attribute()) {
        if (attribute.name() == name) {
            return attribute.i();
        }
    }
    return otherwise;
}

/// Writes nodes that are named after the one on sequences.
class Writer {
  public:
    Writer(const NodeProto& node, int64_t opset, const std::string& where)
        : node_(node), opset_(opset), where_(where), stem_(node.output_size() > 0 ? node.output(0) : "") {
        if (node.output_size() != 1 || stem_.empty()) {
            throw Error(where, "must have one output");
        }
    }

    [[noreturn]] void fail(const std::string& what) const { throw Error(where_, what); }
    const std::string& output() const { return stem_; }
    Nodes take() { return std::move(nodes_); }

    NodeProto& add(const char* op, const Names& inputs, const Names& outputs) {
        NodeProto& made = nodes_.emplace_back();
        made.set_op_type(op);
        made.set_name(outputs[0] == stem_ && !node_.name().empty() ? node_.name() : outputs[0]);
        for (const std::string& name : inputs) {
            made.add_input(name);
        }
        for (const std::string& name : outputs) {
            made.add_output(name);
        }
        return made;
    }

    static void set_int(NodeProto& node, const char* name, int64_t value) {
        AttributeProto& attribute = *node.add_attribute();
        attribute.set_name(name);
        attribute.set_type(AttributeProto::INT);
        attribute.set_i(value);
    }

    std::string constant(const std::string& what, const std::vector<int64_t>& values, bool scalar = false) {
        std::string name = scalar ? what : stem_ + "/" + what;
        NodeProto& made = add("Constant", {}, {name});
        AttributeProto& attribute = *made.add_attribute();
        attribute.set_name("value");
        attribute.set_type(AttributeProto::TENSOR);
        onnx::TensorProto& tensor = *attribute.mutable_t();
        tensor.set_data_type(onnx::TensorProto::INT64);
        if (!scalar) {
            tensor.add_dims(static_cast<int64_t>(values.size()));
        }
        tensor.mutable_int64_data()->Add(values.begin(), values.end());
        return name;
    }

    /// Split, Squeeze and Unsqueeze took their lists as attributes before opset 13.
    NodeProto& add_with_list(const char* op, const std::string& input, const Names& outputs, const char* list,
                             const std::vector<int64_t>& values) {
        if (opset_ >= 13) {
            const std::string name = constant(std::string(list) + "_of_" + outputs[0], values);
            return add(op, {input, name}, outputs);
        }
        NodeProto& made = add(op, {input}, outputs);
        AttributeProto& attribute = *made.add_attribute();
        attribute.set_name(list);
        attribute.set_type(AttributeProto::INTS);
        attribute.mutable_ints()->Add(values.begin(), values.end());
        return made;
    }

  private:
    const NodeProto& node_;
    int64_t opset_;
    const std::string& where_;
    std::string stem_;
    Nodes nodes_;
};

/// A position in a sequence of `size`, from either end; `last` is the highest that is allowed.
size_t position(const Writer& writer, const NodeProto& node, int index, size_t otherwise, size_t size, size_t last,
                const Sequences::Lookup& lookup) {
    if (index >= node.input_size() || node.input(index).empty()) {
        return otherwise;
    }
    const ir::Tensor* known = lookup(node.input(index)).known;
    if (known == nullptr || known->elements() != 1) {
        writer.fail("the position `" + node.input(index) + "` in the sequence is computed at run time");
    }
    const int64_t at = known->to_ints()[0];
    const int64_t from_front = at < 0 ? at + static_cast<int64_t>(size) : at;
    if (from_front < 0 || from_front > static_cast<int64_t>(last)) {
        writer.fail("position " + std::to_string(at) + " is outside of a sequence of " + std::to_string(size));
    }
    return static_cast<size_t>(from_front);
}

/// Sizes of the parts of SplitToSequence along an axis of `length`.
std::vector<int64_t> part_sizes(const Writer& writer, const NodeProto& node, int64_t length,
                                const Sequences::Lookup& lookup) {
    std::vector<int64_t> sizes;
    int64_t size = 1;
    if (node.input_size() > 1 && !node.input(1).empty()) {
        const ir::Tensor* known = lookup(node.input(1)).known;
        if (known == nullptr) {
            writer.fail("the sizes `" + node.input(1) + "` of the parts are computed at run time");
        }
        sizes = known->to_ints();
        if (known->shape().empty()) {
            size = sizes[0];
            sizes.clear();
        }
    }
    if (!sizes.empty()) {
        return sizes;
    }
    if (size < 1 || (length + size - 1) / size > kMostParts) {
        writer.fail("parts of " + std::to_string(size) + " along an axis of " + std::to_string(length));
    }
    for (int64_t at = 0; at < length; at += size) {
        sizes.push_back(std::min(size, length - at));
    }
    return sizes;
}

Names split(Writer& writer, const NodeProto& node, const Sequences::Lookup& lookup) {
    const InferenceInput input = lookup(node.input(0));
    ir::Node named;
    named.op = node.op_type();
    named.name = node.name();
    const size_t axis = float_exec::normalized_axis(named, int_attribute(node, "axis", 0), input.value->shape.size());
    const std::vector<int64_t> sizes = part_sizes(writer, node, input.value->shape[axis], lookup);
    const bool squeezes = (node.input_size() < 2 || node.input(1).empty()) && int_attribute(node, "keepdims", 1) == 0;
    Names parts, results;
    for (size_t i = 0; i < sizes.size(); ++i) {
        results.push_back(writer.output() + "/" + std::to_string(i));
        parts.push_back(results.back() + (squeezes ? "/kept" : ""));
    }
    if (parts.empty()) {
        writer.fail("makes an empty sequence");
    }
    Writer::set_int(writer.add_with_list("Split", node.input(0), parts, "split", sizes), "axis",
                    static_cast<int64_t>(axis));
    for (size_t i = 0; squeezes && i < parts.size(); ++i) {
        writer.add_with_list("Squeeze", parts[i], {results[i]}, "axes", {static_cast<int64_t>(axis)});
    }
    return results;
}

void concatenate(Writer& writer, const NodeProto& node, Names parts) {
    if (parts.empty()) {
        writer.fail("joins an empty sequence");
    }
    const int64_t axis = int_attribute(node, "axis", 0);
    for (size_t i = 0; int_attribute(node, "new_axis", 0) != 0 && i < parts.size(); ++i) {
        const std::string stacked = writer.output() + "/" + std::to_string(i);
        writer.add_with_list("Unsqueeze", parts[i], {stacked}, "axes", {axis});
        parts[i] = stacked;
    }
    Writer::set_int(writer.add("Concat", parts, {writer.output()}), "axis", axis);
}

}  // namespace

std::optional<Nodes> Sequences::on_tensors(const NodeProto& node, int64_t opset, const Lookup& lookup,
                                           const std::string& where) {
    const std::string& op = node.op_type();
    const bool makes = op == "SequenceConstruct" || op == "SequenceEmpty" || op == "SplitToSequence";
    const auto reads =
        std::find_if(node.input().begin(), node.input().end(), [&](const std::string& name) { return holds(name); });
    if (!node.domain().empty() || (!makes && reads == node.input().end())) {
        return std::nullopt;
    }
    Writer writer(node, opset, where);
    if (op == "SequenceEmpty") {
        tensors_[writer.output()] = {};
        return Nodes();
    }
    if (node.input_size() < 1 || (makes && reads != node.input().end()) || (!makes && reads != node.input().begin())) {
        writer.fail("has other inputs than it should");
    }
    if (op == "SequenceConstruct") {
        for (const std::string& name : node.input()) {
            lookup(name);
        }
        tensors_[writer.output()] = Names(node.input().begin(), node.input().end());
        return Nodes();
    }
    if (op == "SplitToSequence") {
        tensors_[writer.output()] = split(writer, node, lookup);
        return writer.take();
    }
    Names sequence = tensors_[node.input(0)];
    const size_t size = sequence.size();
    if (static_cast<int64_t>(size) >= kMostParts) {
        writer.fail("the sequence holds " + std::to_string(size) + " tensors");
    }
    if (op == "SequenceAt" && size > 0) {
        writer.add("Identity", {sequence[position(writer, node, 1, 0, size, size - 1, lookup)]}, {writer.output()});
    } else if (op == "SequenceLength") {
        writer.constant(writer.output(), {static_cast<int64_t>(size)}, true);
    } else if (op == "ConcatFromSequence") {
        concatenate(writer, node, sequence);
    } else if (op == "SequenceInsert" && node.input_size() >= 2) {
        lookup(node.input(1));
        const size_t at = position(writer, node, 2, size, size, size, lookup);
        sequence.insert(sequence.begin() + static_cast<std::ptrdiff_t>(at), node.input(1));
        tensors_[writer.output()] = sequence;
    } else if (op == "SequenceErase" && size > 0) {
        const size_t at = position(writer, node, 1, size - 1, size, size - 1, lookup);
        sequence.erase(sequence.begin() + static_cast<std::ptrdiff_t>(at));
        tensors_[writer.output()] = sequence;
    } else if (op == "Identity") {
        tensors_[writer.output()] = sequence;
    } else {
        writer.fail(size == 0 ? "takes from an empty sequence"
                              : "this operator on sequences of tensors is not supported");
    }
    return writer.take();
}

}  // namespace tinamix::import
