// The graph between import and packing: ONNX semantics (NCHW, ONNX names and attributes), static shapes, and nothing
// that depends on a file format or a processor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tinamix::ir {

enum class ElementType { kFloat32, kFloat64, kInt8, kUInt8, kInt16, kInt32, kInt64, kBool };

/// Bytes of one element.
size_t element_bytes(ElementType type);
/// "float32", "int64", ...
std::string_view element_type_name(ElementType type);

using Shape = std::vector<int64_t>;

/// Number of elements; 1 for a scalar (empty shape).
int64_t element_count(const Shape& shape);
/// "1x3x224x224"; "scalar" for an empty shape.
std::string shape_text(const Shape& shape);

/// Dense row-major data with a type and a shape. Owns its bytes.
class Tensor {
  public:
    Tensor() = default;
    /// Zero-filled.
    Tensor(ElementType type, Shape shape);

    template <typename T>
    static Tensor from(Shape shape, const std::vector<T>& values);

    ElementType type() const { return type_; }
    const Shape& shape() const { return shape_; }
    int64_t elements() const { return element_count(shape_); }
    size_t bytes() const { return data_.size(); }
    const std::byte* raw() const { return data_.data(); }
    std::byte* raw() { return data_.data(); }

    /// Elements as T; T must match type().
    template <typename T>
    const T* data() const {
        return reinterpret_cast<const T*>(data_.data());
    }
    template <typename T>
    T* data() {
        return reinterpret_cast<T*>(data_.data());
    }

    /// The same data under another shape of equal element count.
    Tensor reshaped(Shape shape) const&;
    Tensor reshaped(Shape shape) &&;

    /// Integer tensors (shapes, axes, ...) as a list, whatever their width.
    std::vector<int64_t> to_ints() const;
    /// Any tensor as floats.
    std::vector<float> to_floats() const;

  private:
    ElementType type_ = ElementType::kFloat32;
    Shape shape_;
    std::vector<std::byte> data_;
};

using Attribute = std::variant<int64_t, float, std::string, std::vector<int64_t>, std::vector<float>,
                               std::vector<std::string>, Tensor>;

/// Index into Graph::values. kNoValue marks an optional input that is absent.
using ValueId = int32_t;
inline constexpr ValueId kNoValue = -1;

/// An edge of the graph: a tensor with its ONNX name.
struct Value {
    std::string name;
    ElementType type = ElementType::kFloat32;
    Shape shape;
    /// Set for initializers and folded constants.
    std::optional<Tensor> constant;
};

/// An operator with ONNX semantics at the opset of the graph. Operators that the optimizer forms have the domain
/// "tinamix" ("Silu": x * sigmoid(x)).
struct Node {
    std::string name;  ///< ONNX node name; made from the first output where the model gives none. Unique.
    std::string op;
    std::string domain;  ///< "" for ai.onnx
    std::map<std::string, Attribute> attributes;
    std::vector<ValueId> inputs;
    std::vector<ValueId> outputs;
    /// "Conv", "Conv+BatchNormalization+Relu": what was fused into this node, for people.
    std::string fused;

    bool has(std::string_view attribute) const { return attributes.count(std::string(attribute)) != 0; }
    int64_t integer(std::string_view attribute, int64_t otherwise) const;
    float real(std::string_view attribute, float otherwise) const;
    std::string text(std::string_view attribute, std::string_view otherwise) const;
    std::vector<int64_t> integers(std::string_view attribute, std::vector<int64_t> otherwise = {}) const;
};

/// Nodes are in topological order; every value has one producer, is an input, or is a constant.
struct Graph {
    std::string name;
    int64_t opset = 0;
    std::vector<Value> values;
    std::vector<Node> nodes;
    std::vector<ValueId> inputs;  ///< without initializers
    std::vector<ValueId> outputs;

    Value& value(ValueId id) { return values[static_cast<size_t>(id)]; }
    const Value& value(ValueId id) const { return values[static_cast<size_t>(id)]; }
    /// Adds a value and returns its id. Names are unique.
    ValueId add_value(std::string name, ElementType type, Shape shape);
    ValueId add_constant(std::string name, Tensor tensor);
    bool is_constant(ValueId id) const { return id != kNoValue && value(id).constant.has_value(); }
    bool is_output(ValueId id) const;
    /// Index of the producing node or -1.
    int producer(ValueId id) const;
    /// Indices of the nodes that read `id`.
    std::vector<int> consumers(ValueId id) const;
    /// Value of that name or kNoValue.
    ValueId find_value(std::string_view name) const;
    /// Drops nodes whose outputs nobody reads, and constants and values nobody refers to (ids change).
    void remove_dead();
};

}  // namespace tinamix::ir
