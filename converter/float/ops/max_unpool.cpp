// MaxUnpool: elements back to the positions that MaxPool found them at, zeros elsewhere.
#include <algorithm>

#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

TINAMIX_FLOAT_OPS(max_unpool) {
    registry.add("MaxUnpool", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        const ir::Tensor &x = call.input(0), &indices = call.input(1);
        const size_t rank = x.shape().size(), spatial = rank - 2;
        call.require(rank >= 3 && x.type() == ir::ElementType::kFloat32, "the input must be a float32 image");
        call.require(indices.type() == ir::ElementType::kInt64 && indices.shape() == x.shape(),
                     "one int64 index per element is needed");
        const std::vector<int64_t> kernel = call.node().integers("kernel_shape");
        const std::vector<int64_t> strides = call.node().integers("strides", std::vector<int64_t>(spatial, 1));
        const std::vector<int64_t> pads = call.node().integers("pads", std::vector<int64_t>(2 * spatial, 0));
        call.require(kernel.size() == spatial && strides.size() == spatial && pads.size() == 2 * spatial,
                     "kernel_shape, strides and pads must have one entry per spatial axis");
        // Indices count in the shape that the attributes give; `output_shape` may be larger.
        ir::Shape inner{x.shape()[0], x.shape()[1]};
        for (size_t i = 0; i < spatial; ++i) {
            inner.push_back((x.shape()[i + 2] - 1) * strides[i] - pads[i] - pads[spatial + i] + kernel[i]);
        }
        const ir::Shape outer = call.has(2) ? ir::Shape(call.ints(2)) : inner;
        call.require(outer.size() == rank, "`output_shape` has another number of dimensions");
        for (size_t i = 0; i < rank; ++i) {
            call.require(inner[i] >= 0 && outer[i] >= inner[i], "`output_shape` is smaller than what was pooled");
        }
        const Strides from = row_major_strides(inner), to = row_major_strides(outer);
        const int64_t limit = ir::element_count(inner);
        ir::Tensor result(x.type(), outer);
        for (int64_t i = 0; i < x.elements(); ++i) {
            const int64_t index = indices.data<int64_t>()[i];
            call.require(index >= 0 && index < limit, "an index is out of range");
            int64_t at = 0;
            for (size_t axis = 0; axis < rank; ++axis) {
                at += index / from[axis] % inner[axis] * to[axis];
            }
            result.data<float>()[at] = x.data<float>()[i];
        }
        return {std::move(result)};
    });
}

}  // namespace tinamix::float_exec
