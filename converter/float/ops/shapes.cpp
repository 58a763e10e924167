// Operators that only give the same elements another shape, and those that make shapes.
#include <algorithm>
#include <limits>

#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

/// The input's elements under `shape`; its memory too when nobody else needs it.
Tensors shown_as(Call& call, ir::Shape shape) {
    const ir::Tensor& x = call.input(0);
    if (ir::element_count(shape) != x.elements()) {
        call.fail("cannot show " + ir::shape_text(x.shape()) + " as " + ir::shape_text(shape));
    }
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

Tensors reshape(Call& call) {
    const ir::Shape& from = call.input(0).shape();
    ir::Shape shape = call.ints_of(1, "shape");
    const bool zero_is_zero = call.node().integer("allowzero", 0) != 0;
    auto open = shape.end();
    int64_t known = 1;
    for (auto dim = shape.begin(); dim != shape.end(); ++dim) {
        const auto i = static_cast<size_t>(dim - shape.begin());
        if (*dim == 0 && !zero_is_zero) {
            call.require(i < from.size(), "a 0 in the shape stands where the input has no dimension");
            *dim = from[i];
        }
        if (*dim == -1) {
            call.require(open == shape.end(), "the shape has two unknown dimensions");
            open = dim;
        } else {
            call.require(*dim >= 0 && (*dim == 0 || known <= std::numeric_limits<int64_t>::max() / *dim),
                         "the shape has an impossible dimension");
            known *= *dim;
        }
    }
    if (open != shape.end()) {
        const int64_t elements = call.input(0).elements();
        call.require(known != 0 && elements % known == 0, "the elements do not fill the shape");
        *open = elements / known;
    }
    return shown_as(call, shape);
}

Tensors flatten(Call& call) {
    const ir::Shape& from = call.input(0).shape();
    const int64_t given = call.node().integer("axis", 1);
    const size_t axis =
        given == static_cast<int64_t>(from.size()) ? from.size() : call.normalized_axis(given, from.size());
    const auto split = from.begin() + static_cast<std::ptrdiff_t>(axis);
    return shown_as(
        call, {ir::element_count(ir::Shape(from.begin(), split)), ir::element_count(ir::Shape(split, from.end()))});
}

Tensors squeeze(Call& call) {
    const ir::Shape& from = call.input(0).shape();
    std::vector<char> drop(from.size(), 0);
    const std::vector<int64_t> axes = call.ints_of(1, "axes");
    for (int64_t axis : axes) {
        const size_t i = call.normalized_axis(axis, from.size());
        call.require(from[i] == 1, "an axis to drop is not of size 1");
        drop[i] = 1;
    }
    ir::Shape shape;
    for (size_t i = 0; i < from.size(); ++i) {
        if (axes.empty() ? from[i] != 1 : drop[i] == 0) {
            shape.push_back(from[i]);
        }
    }
    return shown_as(call, shape);
}

Tensors unsqueeze(Call& call) {
    const ir::Shape& from = call.input(0).shape();
    const std::vector<int64_t> axes = call.ints_of(1, "axes");
    std::vector<char> added(from.size() + axes.size(), 0);
    for (int64_t axis : axes) {
        const size_t i = call.normalized_axis(axis, added.size());
        call.require(added[i] == 0, "an axis is named twice");
        added[i] = 1;
    }
    ir::Shape shape;
    auto next = from.begin();
    for (char is_new : added) {
        shape.push_back(is_new ? 1 : *next++);
    }
    return shown_as(call, shape);
}

Tensors shape_of(Call& call) {
    const ir::Shape& from = call.declared_shape(0);
    const auto rank = static_cast<int64_t>(from.size());
    auto bound = [&](const char* name, int64_t otherwise) {
        const int64_t given = call.node().integer(name, otherwise);
        return std::clamp<int64_t>(given < 0 ? given + rank : given, 0, rank);
    };
    const int64_t start = bound("start", 0), end = std::max(start, bound("end", rank));
    Tensors results;
    results.push_back(ir::Tensor::from<int64_t>({end - start}, {from.begin() + start, from.begin() + end}));
    return results;
}

}  // namespace

TINAMIX_FLOAT_OPS(shapes) {
    registry.add("Reshape", LayoutUse::kOnnx, reshape);
    registry.add("Flatten", LayoutUse::kOnnx, flatten);
    registry.add("Squeeze", LayoutUse::kOnnx, squeeze);
    registry.add("Unsqueeze", LayoutUse::kOnnx, unsqueeze);
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
