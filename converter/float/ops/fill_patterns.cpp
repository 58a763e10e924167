// Operators that make tensors of counting numbers or fill patterns: Range, EyeLike, OneHot, Trilu.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "float/element_types.h"
#include "float/onnx_types.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

template <typename T>
ir::Tensor range(const Call& call) {
    const T start = *call.input(0).data<T>(), limit = *call.input(1).data<T>(), step = *call.input(2).data<T>();
    call.require(step != 0, "the step is 0");
    const double wanted =
        std::ceil((static_cast<double>(limit) - static_cast<double>(start)) / static_cast<double>(step));
    call.require(wanted < static_cast<double>(1 << 24), "the range is too long");
    const int64_t count = wanted > 0 ? static_cast<int64_t>(wanted) : 0;
    ir::Tensor result = ir::Tensor::uninitialized(ir::element_type_of<T>(), {count});
    for (int64_t i = 0; i < count; ++i) {
        if constexpr (std::is_integral_v<T>) {  // in arithmetic that wraps
            result.data<T>()[i] =
                static_cast<T>(static_cast<uint64_t>(start) + static_cast<uint64_t>(i) * static_cast<uint64_t>(step));
        } else {
            result.data<T>()[i] = start + static_cast<T>(i) * step;
        }
    }
    return result;
}

Tensors ranges(Call& call) {
    for (size_t i = 0; i < 3; ++i) {
        call.require(call.input(i).elements() == 1, "start, limit and delta must be scalars");
        call.require(call.input(i).type() == call.input(0).type(), "start, limit and delta must have one type");
    }
    return {with_type<float, double, int16_t, int32_t, int64_t>(
        call, call.input(0).type(), [&](auto zero) { return range<decltype(zero)>(call); })};
}

Tensors eye_like(Call& call) {
    const ir::Shape shape = call.input(0).shape();
    call.require(shape.size() == 2, "the input must be a matrix");
    ir::ElementType type = call.input(0).type();
    if (call.node().has("dtype")) {
        const auto given = element_type_of_onnx(call.node().integer("dtype", 0));
        call.require(given.has_value(), "the type `dtype` is not supported");
        type = *given;
    }
    constexpr int64_t kFar = int64_t{1} << 31;  // beyond any matrix
    const int64_t diagonal = std::clamp(call.node().integer("k", 0), -kFar, kFar);
    ir::Tensor result(type, shape);
    with_any_type(call, type, [&](auto zero) {
        for (int64_t row = 0; row < shape[0]; ++row) {
            if (row >= -diagonal && row + diagonal < shape[1]) {
                result.data<decltype(zero)>()[row * shape[1] + row + diagonal] = 1;
            }
        }
        return 0;
    });
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

Tensors one_hot(Call& call) {
    const ir::Tensor &indices = call.input(0), &depth_input = call.input(1), &values = call.input(2);
    call.require(depth_input.elements() == 1 && values.elements() == 2, "one depth and two values are needed");
    const auto depth = static_cast<int64_t>(depth_input.to_floats()[0]);
    call.require(depth > 0 && depth < (1 << 30), "the depth is out of range");
    ir::Shape shape = indices.shape();
    const size_t axis = call.normalized_axis(call.node().integer("axis", -1), shape.size() + 1);
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), depth);
    const int64_t inner =
        ir::element_count(ir::Shape(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end()));
    const std::vector<float> positions = indices.to_floats();
    ir::Tensor result = ir::Tensor::uninitialized(values.type(), shape);
    with_any_type(call, values.type(), [&](auto zero) {
        using T = decltype(zero);
        T* to = result.data<T>();
        std::fill_n(to, result.elements(), values.data<T>()[0]);
        for (size_t i = 0; i < positions.size(); ++i) {
            const double given = static_cast<double>(positions[i]);
            const double at = given < 0 ? given + static_cast<double>(depth) : given;
            if (at >= 0 && at < static_cast<double>(depth)) {
                const auto index = static_cast<int64_t>(i);
                to[(index / inner * depth + static_cast<int64_t>(at)) * inner + index % inner] = values.data<T>()[1];
            }
        }
        return 0;
    });
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

Tensors trilu(Call& call) {
    const int64_t diagonal = call.scalar(1, 0);
    const bool upper = call.node().integer("upper", 1) != 0;
    ir::Tensor result = call.input(0);
    call.require(result.shape().size() >= 2, "the input must have two dimensions at least");
    const int64_t columns = result.shape().back(), rows = result.shape()[result.shape().size() - 2];
    with_any_type(call, result.type(), [&](auto zero) {
        for (int64_t i = 0; i < result.elements(); ++i) {
            const int64_t row = i / columns % rows, column = i % columns;
            if (upper ? column - row < diagonal : column - row > diagonal) {
                result.data<decltype(zero)>()[i] = zero;
            }
        }
        return 0;
    });
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

}  // namespace

TINAMIX_FLOAT_OPS(fill_patterns) {
    registry.add("Range", LayoutUse::kOnnx, ranges);
    registry.add("EyeLike", LayoutUse::kOnnx, eye_like);
    registry.add("OneHot", LayoutUse::kOnnx, one_hot);
    registry.add("Trilu", LayoutUse::kOnnx, trilu);
}

}  // namespace tinamix::float_exec
