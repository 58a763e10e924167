// QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear: scales per tensor or per slice of one axis; rounding to
// the nearest, halves to even, as the specification says.
#include <algorithm>
#include <cmath>
#include <limits>

#include "float/element_types.h"
#include "float/quantized.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

/// Scale and zero point of every element: entry `index / inner % count`.
struct Grid {
    int64_t count, inner;
    size_t at(int64_t index) const { return static_cast<size_t>(index / inner % count); }
};

/// The scales at input 1 are one number, or one per slice along `axis`.
Grid grid_of(const Call& call) {
    const ir::Shape& shape = call.input(0).shape();
    const ir::Tensor& scale = call.input(1);
    call.require(scale.type() == ir::ElementType::kFloat32, "the scale must be float32");
    if (scale.elements() == 1 && scale.shape().size() <= 1) {
        return {1, 1};
    }
    const size_t axis = call.normalized_axis(call.node().integer("axis", 1), shape.size());
    call.require(scale.shape() == ir::Shape{shape[axis]}, "one scale per slice along `axis` is needed");
    return {shape[axis],
            ir::element_count(ir::Shape(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end()))};
}

/// Zero points, 0 where the input is absent.
std::vector<int64_t> zero_points(const Call& call, const Grid& grid) {
    if (!call.has(2)) {
        return std::vector<int64_t>(static_cast<size_t>(grid.count), 0);
    }
    call.require(call.input(2).elements() == grid.count, "there must be as many zero points as scales");
    return call.ints(2);
}

Tensors quantize_linear(Call& call) {
    const Grid grid = grid_of(call);
    const std::vector<int64_t> zeros = zero_points(call, grid);
    const std::vector<float> values = call.input(0).to_floats();
    const float* scales = call.input(1).data<float>();
    const ir::ElementType type = call.has(2) ? call.input(2).type() : ir::ElementType::kUInt8;
    ir::Tensor result = ir::Tensor::uninitialized(type, call.input(0).shape());
    with_type<uint8_t, int8_t, uint16_t, int16_t>(call, type, [&](auto zero) {
        using T = decltype(zero);
        for (size_t i = 0; i < values.size(); ++i) {
            const size_t slice = grid.at(static_cast<int64_t>(i));
            result.data<T>()[i] = quantized<T>(values[i] / scales[slice], zeros[slice]);
        }
        return 0;
    });
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

Tensors dequantize_linear(Call& call) {
    const ir::Tensor& x = call.input(0);
    const Grid grid = grid_of(call);
    const std::vector<int64_t> zeros = zero_points(call, grid);
    const float* scales = call.input(1).data<float>();
    ir::Tensor result = ir::Tensor::uninitialized(ir::ElementType::kFloat32, x.shape());
    with_type<uint8_t, int8_t, uint16_t, int16_t, int32_t>(call, x.type(), [&](auto zero) {
        using T = decltype(zero);
        for (int64_t i = 0; i < x.elements(); ++i) {
            const size_t slice = grid.at(i);
            result.data<float>()[i] = static_cast<float>(x.data<T>()[i] - zeros[slice]) * scales[slice];
        }
        return 0;
    });
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

/// uint8 over the range of the data, which is widened to contain 0.
Tensors dynamic_quantize_linear(Call& call) {
    const ir::Tensor& x = call.input(0);
    call.require(x.type() == ir::ElementType::kFloat32 && x.elements() > 0, "the input must be float32 and not empty");
    const float* from = x.data<float>();
    const auto [low, high] = std::minmax_element(from, from + x.elements());
    const float least = std::min(*low, 0.0F), largest = std::max(*high, 0.0F);
    const float scale = (largest - least) / 255;
    const uint8_t zero = scale > 0 ? quantized<uint8_t>(-least / scale, 0) : uint8_t{0};
    ir::Tensor result = ir::Tensor::uninitialized(ir::ElementType::kUInt8, x.shape());
    std::transform(from, from + x.elements(), result.data<uint8_t>(),
                   [&](float value) { return scale > 0 ? quantized<uint8_t>(value / scale, zero) : uint8_t{0}; });
    return {std::move(result), ir::Tensor::from<float>({}, {scale}), ir::Tensor::from<uint8_t>({}, {zero})};
}

}  // namespace

TINAMIX_FLOAT_OPS(quantize_linear) {
    registry.add("QuantizeLinear", LayoutUse::kOnnx, quantize_linear);
    registry.add("DequantizeLinear", LayoutUse::kOnnx, dequantize_linear);
    registry.add("DynamicQuantizeLinear", LayoutUse::kOnnx, dynamic_quantize_linear);
}

}  // namespace tinamix::float_exec
