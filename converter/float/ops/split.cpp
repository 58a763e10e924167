// Split: sizes are an attribute up to opset 12, an optional input from 13 on; from 18 on `num_outputs` may stand
// instead.
#include "float/movement_shapes.h"
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

TINAMIX_FLOAT_OPS(split) {
    registry.add("Split", LayoutUse::kUniform, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        const size_t axis = call.axis(call.node().integer("axis", 0));
        const Strides strides = row_major_strides(x.shape());
        const size_t bytes = ir::element_bytes(x.type());
        Tensors parts;
        int64_t at = 0;
        for (int64_t size : split_sizes(call.node(), call.opset(), x.shape()[axis], call.ints_of(1, "split"))) {
            ir::Shape shape = x.shape();
            shape[axis] = size;
            parts.push_back(ir::Tensor::uninitialized(x.type(), shape));
            strided_copy(parts.back().raw(), row_major_strides(shape),
                         x.raw() + at * strides[axis] * static_cast<int64_t>(bytes), strides, shape, bytes,
                         call.pool());
            at += size;
        }
        return parts;
    });
}

}  // namespace tinamix::float_exec
