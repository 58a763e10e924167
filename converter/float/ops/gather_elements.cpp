// GatherElements, ScatterElements and its older name Scatter: the indices replace the position along one axis.
#include <algorithm>

#include "float/element_types.h"
#include "float/registry.h"
#include "float/scatter_reduction.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

namespace {

/// For every element of the indices: its own offset in `indices`, and the offset in the data that it points to.
template <typename Visit>
void for_each_index(Call& call, const ir::Shape& data, const Visit& visit) {
    const ir::Shape shape = call.input(1).shape();
    const std::vector<int64_t> indices = call.ints(1);
    call.require(shape.size() == data.size() && !data.empty(), "data and indices must have as many dimensions");
    const size_t axis = call.normalized_axis(call.node().integer("axis", 0), data.size());
    for (size_t i = 0; i < data.size(); ++i) {
        call.require(i == axis || shape[i] <= data[i], "the indices are larger than the data");
    }
    const Strides strides = row_major_strides(data);
    std::vector<int64_t> position(shape.size(), 0);
    for (size_t i = 0; i < indices.size(); ++i) {
        int64_t offset = 0;
        for (size_t dim = 0; dim < shape.size(); ++dim) {
            int64_t at = position[dim];
            if (dim == axis) {
                at = indices[i] < 0 ? indices[i] + data[axis] : indices[i];
                if (at < 0 || at >= data[axis]) {
                    call.fail("index " + std::to_string(indices[i]) + " in an axis of " + std::to_string(data[axis]));
                }
            }
            offset += at * strides[dim];
        }
        visit(static_cast<int64_t>(i), offset);
        for (size_t dim = shape.size(); dim-- > 0 && ++position[dim] == shape[dim];) {
            position[dim] = 0;
        }
    }
}

Tensors gather_elements(Call& call) {
    const ir::Tensor& x = call.input(0);
    ir::Tensor result = ir::Tensor::uninitialized(x.type(), call.input(1).shape());
    with_any_type(call, x.type(), [&](auto zero) {
        using T = decltype(zero);
        for_each_index(call, x.shape(), [&](int64_t i, int64_t at) { result.data<T>()[i] = x.data<T>()[at]; });
        return 0;
    });
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

Tensors scatter_elements(Call& call) {
    const ir::Tensor& updates = call.input(2);
    ir::Tensor result = call.input(0);
    call.require(updates.type() == result.type() && updates.shape() == call.input(1).shape(),
                 "the updates must have the type of the data and the shape of the indices");
    with_any_type(call, result.type(), [&](auto zero) {
        using T = decltype(zero);
        const auto combine = scatter_reduction<T>(call);
        for_each_index(call, result.shape(), [&](int64_t i, int64_t at) {
            result.data<T>()[at] = combine(result.data<T>()[at], updates.data<T>()[i]);
        });
        return 0;
    });
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

}  // namespace

TINAMIX_FLOAT_OPS(gather_elements) {
    registry.add("GatherElements", LayoutUse::kOnnx, gather_elements);
    registry.add("ScatterElements", LayoutUse::kOnnx, scatter_elements);
    registry.add("Scatter", LayoutUse::kOnnx, scatter_elements);
    registry.limit("ScatterElements", scatter_refusal);
}

}  // namespace tinamix::float_exec
