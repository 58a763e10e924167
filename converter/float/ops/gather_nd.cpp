// GatherND and ScatterND: the last axis of the indices holds positions, of single elements or of whole slices.
#include <cstring>

#include "float/element_types.h"
#include "float/registry.h"
#include "float/scatter_reduction.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

namespace {

/// Where the slices lie: offsets into the data, in elements, and their common shape.
struct Slices {
    std::vector<int64_t> offsets;
    ir::Shape shape;
};

Slices slices_of(Call& call, size_t batch_dims) {
    const ir::Shape &data = call.input(0).shape(), &shape = call.input(1).shape();
    const std::vector<int64_t> indices = call.ints(1);
    call.require(!shape.empty() && shape.back() >= 1, "the indices need a last axis");
    call.require(batch_dims < shape.size() && batch_dims + static_cast<size_t>(shape.back()) <= data.size(),
                 "the indices name more axes than the data has");
    const auto named = static_cast<size_t>(shape.back());
    const auto batch_end = static_cast<std::ptrdiff_t>(batch_dims);
    call.require(std::equal(data.begin(), data.begin() + batch_end, shape.begin()), "the batches differ");
    const Strides strides = row_major_strides(data);
    const int64_t batches = ir::element_count(ir::Shape(data.begin(), data.begin() + batch_end));
    const int64_t batch_step = ir::element_count(ir::Shape(data.begin() + batch_end, data.end()));
    const int64_t count = ir::element_count(ir::Shape(shape.begin(), shape.end() - 1));
    Slices slices;
    slices.shape.assign(data.begin() + static_cast<std::ptrdiff_t>(batch_dims + named), data.end());
    for (int64_t i = 0; i < count; ++i) {
        int64_t offset = i / (count / batches) * batch_step;
        for (size_t k = 0; k < named; ++k) {
            const int64_t given = indices[static_cast<size_t>(i) * named + k], length = data[batch_dims + k];
            const int64_t at = given < 0 ? given + length : given;
            if (at < 0 || at >= length) {
                call.fail("index " + std::to_string(given) + " in an axis of " + std::to_string(length));
            }
            offset += at * strides[batch_dims + k];
        }
        slices.offsets.push_back(offset);
    }
    return slices;
}

Tensors gather_nd(Call& call) {
    const ir::Tensor& x = call.input(0);
    const int64_t batch_dims = call.node().integer("batch_dims", 0);
    call.require(batch_dims >= 0, "`batch_dims` is negative");
    const Slices slices = slices_of(call, static_cast<size_t>(batch_dims));
    ir::Shape shape(call.input(1).shape().begin(), call.input(1).shape().end() - 1);
    shape.insert(shape.end(), slices.shape.begin(), slices.shape.end());
    ir::Tensor result = ir::Tensor::uninitialized(x.type(), shape);
    const size_t element = ir::element_bytes(x.type()),
                 bytes = static_cast<size_t>(ir::element_count(slices.shape)) * element;
    for (size_t i = 0; i < slices.offsets.size(); ++i) {
        std::memcpy(result.raw() + i * bytes, x.raw() + static_cast<size_t>(slices.offsets[i]) * element, bytes);
    }
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

Tensors scatter_nd(Call& call) {
    const ir::Tensor& updates = call.input(2);
    const Slices slices = slices_of(call, 0);
    ir::Tensor result = call.input(0);
    const int64_t size = ir::element_count(slices.shape);
    call.require(
        updates.type() == result.type() && updates.elements() == size * static_cast<int64_t>(slices.offsets.size()),
        "the updates do not fit data and indices");
    with_any_type(call, result.type(), [&](auto zero) {
        using T = decltype(zero);
        const auto combine = scatter_reduction<T>(call);
        const T* from = updates.data<T>();
        for (int64_t offset : slices.offsets) {
            T* to = result.data<T>() + offset;
            for (int64_t i = 0; i < size; ++i) {
                to[i] = combine(to[i], *from++);
            }
        }
        return 0;
    });
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

}  // namespace

TINAMIX_FLOAT_OPS(gather_nd) {
    registry.add("GatherND", LayoutUse::kOnnx, gather_nd);
    registry.add("ScatterND", LayoutUse::kOnnx, scatter_nd);
    registry.limit("ScatterND", scatter_refusal);
}

}  // namespace tinamix::float_exec
