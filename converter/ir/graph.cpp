// Tensors, attributes and graph edits of the IR.
#include "ir/graph.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "diagnostics/error.h"

namespace tinamix::ir {

namespace {

/// Calls `visit` with a value of the C++ type that stores `type`.
template <typename Visit>
decltype(auto) with_element_type(ElementType type, Visit&& visit) {
    switch (type) {
        case ElementType::kFloat32:
            return visit(float{});
        case ElementType::kFloat64:
            return visit(double{});
        case ElementType::kInt8:
            return visit(int8_t{});
        case ElementType::kUInt8:
            return visit(uint8_t{});
        case ElementType::kInt16:
            return visit(int16_t{});
        case ElementType::kUInt16:
            return visit(uint16_t{});
        case ElementType::kInt32:
            return visit(int32_t{});
        case ElementType::kInt64:
            return visit(int64_t{});
        case ElementType::kBool:
            return visit(bool{});
    }
    throw Error("", "unknown element type");
}

}  // namespace

size_t element_bytes(ElementType type) {
    return with_element_type(type, [](auto zero) { return sizeof(zero); });
}

std::string_view element_type_name(ElementType type) {
    static constexpr std::string_view kNames[] = {"float32", "float64", "int8",  "uint8", "int16",
                                                  "uint16",  "int32",   "int64", "bool"};
    return kNames[static_cast<size_t>(type)];
}

int64_t element_count(const Shape& shape) {
    int64_t count = 1;
    for (int64_t dim : shape) {
        if (dim < 0 || (dim > 0 && count > std::numeric_limits<int64_t>::max() / 16 / dim)) {
            throw Error("", "impossible tensor shape " + shape_text(shape));
        }
        count *= dim;
    }
    return count;
}

std::string shape_text(const Shape& shape) {
    if (shape.empty()) {
        return "scalar";
    }
    std::string text;
    for (int64_t dim : shape) {
        text += (text.empty() ? "" : "x") + std::to_string(dim);
    }
    return text;
}

Tensor::Tensor(ElementType type, Shape shape) : Tensor(uninitialized(type, std::move(shape))) {
    std::fill(data_.begin(), data_.end(), std::byte{0});
}

Tensor Tensor::uninitialized(ElementType type, Shape shape) {
    Tensor tensor;
    tensor.data_.resize(static_cast<size_t>(element_count(shape)) * element_bytes(type));
    tensor.type_ = type;
    tensor.shape_ = std::move(shape);
    return tensor;
}

Tensor Tensor::reshaped(Shape shape) const& {
    Tensor copy = *this;
    return std::move(copy).reshaped(std::move(shape));
}

Tensor Tensor::reshaped(Shape shape) && {
    if (element_count(shape) != elements()) {
        throw Error("", "cannot show " + shape_text(shape_) + " as " + shape_text(shape));
    }
    Tensor result = std::move(*this);
    result.shape_ = std::move(shape);
    return result;
}

std::vector<int64_t> Tensor::to_ints() const {
    return with_element_type(type_, [&](auto zero) -> std::vector<int64_t> {
        using T = decltype(zero);
        if constexpr (std::is_floating_point_v<T>) {
            throw Error("", "expected integers, got " + std::string(element_type_name(type_)));
        } else {
            return std::vector<int64_t>(data<T>(), data<T>() + elements());
        }
    });
}

std::vector<float> Tensor::to_floats() const {
    return with_element_type(type_, [&](auto zero) {
        using T = decltype(zero);
        std::vector<float> values(static_cast<size_t>(elements()));
        std::transform(data<T>(), data<T>() + elements(), values.begin(),
                       [](T value) { return static_cast<float>(value); });
        return values;
    });
}

namespace {

template <typename T>
T attribute_or(const Node& node, std::string_view name, T otherwise) {
    auto found = node.attributes.find(std::string(name));
    if (found == node.attributes.end()) {
        return otherwise;
    }
    if (const T* value = std::get_if<T>(&found->second)) {
        return *value;
    }
    throw Error(node.op + " `" + node.name + "`", "attribute `" + std::string(name) + "` has the wrong type");
}

}  // namespace

int64_t Node::integer(std::string_view attribute, int64_t otherwise) const {
    return attribute_or<int64_t>(*this, attribute, otherwise);
}

float Node::real(std::string_view attribute, float otherwise) const {
    return attribute_or<float>(*this, attribute, otherwise);
}

std::string Node::text(std::string_view attribute, std::string_view otherwise) const {
    return attribute_or<std::string>(*this, attribute, std::string(otherwise));
}

std::vector<int64_t> Node::integers(std::string_view attribute, std::vector<int64_t> otherwise) const {
    return attribute_or<std::vector<int64_t>>(*this, attribute, std::move(otherwise));
}

ValueId Graph::add_value(std::string value_name, ElementType type, Shape shape) {
    if (find_value(value_name) != kNoValue) {
        throw Error(name, "two tensors are called `" + value_name + "`");
    }
    values.push_back({std::move(value_name), type, std::move(shape), std::nullopt});
    return static_cast<ValueId>(values.size() - 1);
}

ValueId Graph::add_constant(std::string value_name, Tensor tensor) {
    ValueId id = add_value(std::move(value_name), tensor.type(), tensor.shape());
    value(id).constant = std::move(tensor);
    return id;
}

bool Graph::is_output(ValueId id) const {
    return std::find(outputs.begin(), outputs.end(), id) != outputs.end() ||
           std::any_of(states.begin(), states.end(), [&](const State& state) { return state.output == id; });
}

int Graph::producer(ValueId id) const {
    for (size_t i = 0; i < nodes.size(); ++i) {
        if (id != kNoValue &&
            std::find(nodes[i].outputs.begin(), nodes[i].outputs.end(), id) != nodes[i].outputs.end()) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

std::vector<int> Graph::consumers(ValueId id) const {
    std::vector<int> readers;
    for (size_t i = 0; i < nodes.size(); ++i) {
        if (std::find(nodes[i].inputs.begin(), nodes[i].inputs.end(), id) != nodes[i].inputs.end()) {
            readers.push_back(static_cast<int>(i));
        }
    }
    return readers;
}

ValueId Graph::find_value(std::string_view value_name) const {
    for (size_t i = 0; i < values.size(); ++i) {
        if (values[i].name == value_name) {
            return static_cast<ValueId>(i);
        }
    }
    return kNoValue;
}

void Graph::remove_dead() {
    std::vector<char> needed(values.size(), 0);
    for (ValueId id : outputs) {
        needed[static_cast<size_t>(id)] = 1;
    }
    for (const State& state : states) {
        needed[static_cast<size_t>(state.output)] = 1;
        needed[static_cast<size_t>(state.input)] = 1;
    }
    std::vector<Node> live;
    for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
        bool read = std::any_of(node->outputs.begin(), node->outputs.end(),
                                [&](ValueId id) { return id != kNoValue && needed[static_cast<size_t>(id)]; });
        if (!read) {
            continue;
        }
        for (ValueId id : node->inputs) {
            if (id != kNoValue) {
                needed[static_cast<size_t>(id)] = 1;
            }
        }
        live.push_back(std::move(*node));
    }
    std::reverse(live.begin(), live.end());
    nodes = std::move(live);

    // Inputs stay, as the interface of the model; so does every output of a live node that has several.
    for (ValueId id : inputs) {
        needed[static_cast<size_t>(id)] = 1;
    }
    for (const Node& node : nodes) {
        for (ValueId id : node.outputs) {
            if (id != kNoValue) {
                needed[static_cast<size_t>(id)] = 1;
            }
        }
    }
    std::vector<ValueId> new_id(values.size(), kNoValue);
    std::vector<Value> kept;
    for (size_t i = 0; i < values.size(); ++i) {
        if (needed[i]) {
            new_id[i] = static_cast<ValueId>(kept.size());
            kept.push_back(std::move(values[i]));
        }
    }
    values = std::move(kept);
    auto renumber = [&](std::vector<ValueId>& ids) {
        for (ValueId& id : ids) {
            id = id == kNoValue ? kNoValue : new_id[static_cast<size_t>(id)];
        }
    };
    renumber(inputs);
    renumber(outputs);
    for (State& state : states) {
        state = {new_id[static_cast<size_t>(state.input)], new_id[static_cast<size_t>(state.output)]};
    }
    for (Node& node : nodes) {
        renumber(node.inputs);
        renumber(node.outputs);
    }
}

}  // namespace tinamix::ir
