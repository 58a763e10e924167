// The graph between import and packing: ONNX semantics (NCHW, ONNX names and attributes), static shapes, and nothing
// that depends on a file format or a processor.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "diagnostics/error.h"

namespace tinamix::ir {

enum class ElementType { kFloat32, kFloat64, kInt8, kUInt8, kInt16, kUInt16, kInt32, kInt64, kBool };

/// Bytes of one element.
size_t element_bytes(ElementType type);
/// "float32", "int64", ...
std::string_view element_type_name(ElementType type);

using Shape = std::vector<int64_t>;

/// Number of elements; 1 for a scalar (empty shape). Throws Error on a negative dimension and on overflow.
int64_t element_count(const Shape& shape);
/// "1x3x224x224"; "scalar" for an empty shape.
std::string shape_text(const Shape& shape);

/// The element type that stores T.
template <typename T>
constexpr ElementType element_type_of();

/// Memory for vector kernels: starts on a cache line, may be read (never written) one cache line past its end, and is
/// not cleared when a vector grows.
template <typename T>
struct VectorMemory {
    using value_type = T;
    VectorMemory() = default;
    template <typename U>
    VectorMemory(const VectorMemory<U>&) {}
    T* allocate(size_t count) {
        return static_cast<T*>(::operator new (count * sizeof(T) + kLine, std::align_val_t{kLine}));
    }
    void deallocate(T* memory, size_t) { ::operator delete (memory, std::align_val_t{kLine}); }
    template <typename U>
    void construct(U*) {}
    template <typename U, typename First, typename... Rest>
    void construct(U* at, First&& first, Rest&&... rest) {
        ::new (static_cast<void*>(at)) U(std::forward<First>(first), std::forward<Rest>(rest)...);
    }
    bool operator==(const VectorMemory&) const { return true; }

  private:
    static constexpr size_t kLine = 64;
};

/// Dense row-major data with a type and a shape. Owns its bytes.
class Tensor {
  public:
    Tensor() = default;
    /// Zero-filled.
    Tensor(ElementType type, Shape shape);
    /// For a caller that writes every element itself.
    static Tensor uninitialized(ElementType type, Shape shape);

    /// `values` in row-major order; throws Error unless there are as many as the shape says.
    template <typename T>
    static Tensor from(const Shape& shape, const std::vector<T>& values);

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

    /// Integer tensors (shapes, axes, ...) as a list, whatever their width. Throws Error for floats.
    std::vector<int64_t> to_ints() const;
    /// Any tensor as floats.
    std::vector<float> to_floats() const;

  private:
    ElementType type_ = ElementType::kFloat32;
    Shape shape_;
    std::vector<std::byte, VectorMemory<std::byte>> data_;
};

template <typename T>
constexpr ElementType element_type_of() {
    if constexpr (std::is_same_v<T, float>) {
        return ElementType::kFloat32;
    } else if constexpr (std::is_same_v<T, double>) {
        return ElementType::kFloat64;
    } else if constexpr (std::is_same_v<T, int8_t>) {
        return ElementType::kInt8;
    } else if constexpr (std::is_same_v<T, uint8_t>) {
        return ElementType::kUInt8;
    } else if constexpr (std::is_same_v<T, int16_t>) {
        return ElementType::kInt16;
    } else if constexpr (std::is_same_v<T, uint16_t>) {
        return ElementType::kUInt16;
    } else if constexpr (std::is_same_v<T, int32_t>) {
        return ElementType::kInt32;
    } else if constexpr (std::is_same_v<T, int64_t>) {
        return ElementType::kInt64;
    } else {
        static_assert(std::is_same_v<T, bool>, "no tensor stores this type");
        return ElementType::kBool;
    }
}

template <typename T>
Tensor Tensor::from(const Shape& shape, const std::vector<T>& values) {
    if (element_count(shape) != static_cast<int64_t>(values.size())) {
        throw Error("", std::to_string(values.size()) + " values for a tensor of shape " + shape_text(shape));
    }
    Tensor tensor = uninitialized(element_type_of<T>(), shape);
    std::copy(values.begin(), values.end(), tensor.data<T>());
    return tensor;
}

using Attribute = std::variant<int64_t, float, std::string, std::vector<int64_t>, std::vector<float>,
                               std::vector<std::string>, Tensor>;

/// Index into Graph::values. kNoValue marks an optional input that is absent.
using ValueId = int32_t;
inline constexpr ValueId kNoValue = -1;

/// The number format that the model itself states for a float32 tensor: real = scale * (code - zero_point). Codes that
/// were unsigned in the model are shifted by half their range.
struct StatedQuantization {
    ElementType type = ElementType::kInt8;  ///< kInt8 or kInt16; kInt32 for biases
    std::vector<float> scale;               ///< one, or one per index along `axis`
    std::vector<int32_t> zero_point;        ///< as many
    int64_t axis = 0;
    bool operator==(const StatedQuantization&) const = default;

    bool per_channel() const { return scale.size() > 1; }
};

/// An edge of the graph: a tensor with its ONNX name.
struct Value {
    std::string name;
    ElementType type = ElementType::kFloat32;
    Shape shape;
    /// Set for initializers and folded constants.
    std::optional<Tensor> constant;
    /// Set by quantize/stated.h.
    std::optional<StatedQuantization> stated = {};
    /// The integers behind a constant with `stated`.
    std::optional<Tensor> codes = {};
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
    /// Names of the nodes fused into this one, so that they can still be found by name.
    std::vector<std::string> absorbed = {};

    bool has(std::string_view attribute) const { return attributes.count(std::string(attribute)) != 0; }
    int64_t integer(std::string_view attribute, int64_t otherwise) const;
    float real(std::string_view attribute, float otherwise) const;
    std::string text(std::string_view attribute, std::string_view otherwise) const;
    std::vector<int64_t> integers(std::string_view attribute, std::vector<int64_t> otherwise = {}) const;
};

/// A value that the network gets back: after a run, `input` has what `output` became. Zero at first.
struct State {
    ValueId input, output;
};

/// Nodes are in topological order; every value has one producer, is an input or a state, or is a constant.
struct Graph {
    std::string name;
    int64_t opset = 0;
    std::vector<Value> values;
    std::vector<Node> nodes;
    std::vector<ValueId> inputs;  ///< without initializers
    std::vector<ValueId> outputs;
    std::vector<State> states;  ///< neither inputs nor outputs of the interface (ir/states.h)

    Value& value(ValueId id) { return values[static_cast<size_t>(id)]; }
    const Value& value(ValueId id) const { return values[static_cast<size_t>(id)]; }
    /// Adds a value and returns its id. Names are unique: throws Error when it is taken.
    ValueId add_value(std::string name, ElementType type, Shape shape);
    ValueId add_constant(std::string name, Tensor tensor);
    bool is_constant(ValueId id) const { return id != kNoValue && value(id).constant.has_value(); }
    /// Read by someone outside the nodes: an output, or what becomes of a state.
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
