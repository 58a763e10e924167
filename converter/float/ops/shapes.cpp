// Operators that only give the same elements another shape, and those that make shapes.
#include <algorithm>

#include "float/movement_shapes.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

/// The input's elements under `shape`; its memory too when nobody else needs it.
Tensors shown_as(Call& call, ir::Shape shape) {
    const ir::Tensor& x = call.input(0);
    const std::byte* from = x.raw();
    const size_t bytes = x.bytes();
    ir::Tensor result = call.reuse(0);
    if (result.raw() != from) {
        std::copy_n(from, bytes, result.raw());
    }
    Tensors results;
    results.push_back(std::move(result).reshaped(std::move(shape)));
    return results;
}

Tensors shape_of(Call& call) {
    const ir::Shape shape = stated_part(call.node(), call.declared_shape(0));
    Tensors results;
    results.push_back(ir::Tensor::from<int64_t>({static_cast<int64_t>(shape.size())}, shape));
    return results;
}

}  // namespace

TINAMIX_FLOAT_OPS(shapes) {
    registry.add("Reshape", LayoutUse::kOnnx, [](Call& call) {
        return shown_as(call, reshaped_shape(call.node(), call.input(0).shape(), call.ints_of(1, "shape")));
    });
    registry.add("Flatten", LayoutUse::kOnnx,
                 [](Call& call) { return shown_as(call, flattened_shape(call.node(), call.input(0).shape())); });
    registry.add("Squeeze", LayoutUse::kOnnx, [](Call& call) {
        return shown_as(call, squeezed_shape(call.node(), call.input(0).shape(), call.ints_of(1, "axes")));
    });
    registry.add("Unsqueeze", LayoutUse::kOnnx, [](Call& call) {
        return shown_as(call, unsqueezed_shape(call.node(), call.input(0).shape(), call.ints_of(1, "axes")));
    });
    registry.add("Shape", LayoutUse::kOnnx, shape_of);
    registry.add("Size", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        return {ir::Tensor::from<int64_t>({}, {ir::element_count(call.declared_shape(0))})};
    });
    registry.add("Identity", LayoutUse::kUniform, [](Call& call) { return shown_as(call, call.input(0).shape()); });
    registry.add("Dropout", LayoutUse::kUniform, [](Call& call) {
        const bool training = call.has(2) && call.input(2).elements() == 1 && *call.input(2).raw() != std::byte{0};
        call.require(!training, "training mode is not supported");
        ir::Tensor mask(call.opset() >= 10 ? ir::ElementType::kBool : call.input(0).type(), call.input(0).shape());
        call.require(mask.type() == ir::ElementType::kBool || call.node().outputs.size() == 1,
                     "the mask output is supported from opset 10 on");
        std::fill_n(mask.raw(), mask.bytes(), std::byte{1});
        Tensors results = shown_as(call, call.input(0).shape());
        results.push_back(std::move(mask));
        return results;
    });
}

}  // namespace tinamix::float_exec
