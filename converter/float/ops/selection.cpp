// Operators whose result is as long as the data says: NonZero, Compress, Unique. They run where the shape of the result
// is known when the model is imported, which is when their inputs are constant.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "float/element_types.h"
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

namespace {

Tensors non_zero(Call& call) {
    const ir::Tensor& x = call.input(0);
    std::vector<int64_t> found;
    with_any_type(call, x.type(), [&](auto zero) {
        for (int64_t i = 0; i < x.elements(); ++i) {
            if (x.data<decltype(zero)>()[i] != zero) {
                found.push_back(i);
            }
        }
        return 0;
    });
    const Strides strides = row_major_strides(x.shape());
    const auto count = static_cast<int64_t>(found.size()), rank = static_cast<int64_t>(x.shape().size());
    ir::Tensor result = ir::Tensor::uninitialized(ir::ElementType::kInt64, {rank, count});
    int64_t* to = result.data<int64_t>();
    for (size_t axis = 0; axis < x.shape().size(); ++axis) {
        for (int64_t at : found) {
            *to++ = at / strides[axis] % x.shape()[axis];
        }
    }
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

/// [outer][length][inner] of `x` seen from one axis, or all of it as one axis.
struct AxisView {
    int64_t outer = 1, length, inner = 1;
    ir::Shape shape;  ///< of the input as seen: flat without an axis
    size_t axis = 0;
};

AxisView axis_view(const Call& call) {
    const ir::Tensor& x = call.input(0);
    if (!call.node().has("axis")) {
        return {1, x.elements(), 1, {x.elements()}, 0};
    }
    const size_t axis = call.axis(call.node().integer("axis", 0));
    const auto at = x.shape().begin() + static_cast<std::ptrdiff_t>(axis);
    return {ir::element_count(ir::Shape(x.shape().begin(), at)), *at,
            ir::element_count(ir::Shape(at + 1, x.shape().end())), x.shape(), axis};
}

/// The slices `picked` along the axis of `view`.
ir::Tensor picked_slices(const ir::Tensor& x, const AxisView& view, const std::vector<int64_t>& picked) {
    ir::Shape shape = view.shape;
    shape[view.axis] = static_cast<int64_t>(picked.size());
    ir::Tensor result = ir::Tensor::uninitialized(x.type(), shape);
    const size_t bytes = static_cast<size_t>(view.inner) * ir::element_bytes(x.type());
    std::byte* to = result.raw();
    for (int64_t i = 0; i < view.outer; ++i) {
        for (int64_t index : picked) {
            std::memcpy(to, x.raw() + static_cast<size_t>(i * view.length + index) * bytes, bytes);
            to += bytes;
        }
    }
    return result;
}

Tensors compress(Call& call) {
    const AxisView view = axis_view(call);
    const ir::Tensor& condition = call.input(1);
    call.require(condition.type() == ir::ElementType::kBool && condition.elements() <= view.length,
                 "the condition must be bool and no longer than the axis");
    std::vector<int64_t> picked;
    for (int64_t i = 0; i < condition.elements(); ++i) {
        if (condition.data<bool>()[i]) {
            picked.push_back(i);
        }
    }
    Tensors results;
    results.push_back(picked_slices(call.input(0), view, picked));
    return results;
}

ir::Tensor list(const std::vector<int64_t>& values) {
    return ir::Tensor::from<int64_t>({static_cast<int64_t>(values.size())}, values);
}

template <typename T>
Tensors unique(const Call& call) {
    const ir::Tensor& x = call.input(0);
    const AxisView view = axis_view(call);
    // -1, 0 or 1: slice a against slice b, in the order of their elements.
    auto compare = [&](int64_t a, int64_t b) {
        for (int64_t i = 0; i < view.outer; ++i) {
            for (int64_t k = 0; k < view.inner; ++k) {
                const T left = x.data<T>()[(i * view.length + a) * view.inner + k];
                const T right = x.data<T>()[(i * view.length + b) * view.inner + k];
                if (left < right || right < left) {
                    return left < right ? -1 : 1;
                }
            }
        }
        return 0;
    };
    std::vector<int64_t> order(static_cast<size_t>(view.length));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return compare(a, b) < 0; });
    std::vector<std::vector<int64_t>> groups;  // equal slices, in ascending order of index
    for (int64_t index : order) {
        if (groups.empty() || compare(groups.back()[0], index) != 0) {
            groups.emplace_back();
        }
        groups.back().push_back(index);
    }
    if (call.node().integer("sorted", 1) == 0) {
        std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a[0] < b[0]; });
    }
    std::vector<int64_t> first, inverse(order.size()), counts;
    for (size_t i = 0; i < groups.size(); ++i) {
        first.push_back(groups[i][0]);
        counts.push_back(static_cast<int64_t>(groups[i].size()));
        for (int64_t index : groups[i]) {
            inverse[static_cast<size_t>(index)] = static_cast<int64_t>(i);
        }
    }
    return {picked_slices(x, view, first), list(first), list(inverse), list(counts)};
}

}  // namespace

TINAMIX_FLOAT_OPS(selection) {
    registry.add("NonZero", LayoutUse::kOnnx, non_zero);
    registry.add("Compress", LayoutUse::kOnnx, compress);
    registry.add("Unique", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        return with_number_type(call, call.input(0).type(), [&](auto zero) { return unique<decltype(zero)>(call); });
    });
}

}  // namespace tinamix::float_exec
