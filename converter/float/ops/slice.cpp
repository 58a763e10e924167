// Slice: ranges are attributes up to opset 9 and inputs, with steps, from 10 on.
#include "float/layout.h"
#include "float/movement_shapes.h"
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

TINAMIX_FLOAT_OPS(slice) {
    registry.add("Slice", LayoutUse::kUniform, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        SliceLists lists{call.ints_of(1, "starts"), call.ints_of(2, "ends"), std::nullopt, call.ints_of(4, "steps")};
        if (call.has(3) || call.node().has("axes")) {
            lists.axes = call.ints_of(3, "axes");
        }
        const size_t rank = x.shape().size();
        ir::Shape shape = x.shape();
        Strides strides = row_major_strides(shape);
        int64_t offset = 0;
        for (const AxisRange& range :
             slice_ranges(call.node(), onnx_shape(x.shape(), call.layout(0)), std::move(lists))) {
            const size_t axis = storage_axis(range.axis, rank, call.layout(0));
            offset += range.first * strides[axis];
            shape[axis] = range.count;
            // With one element left the step is never taken, and its product might not fit.
            strides[axis] = range.count > 1 ? strides[axis] * range.step : 0;
        }
        ir::Tensor result = ir::Tensor::uninitialized(x.type(), shape);
        const size_t bytes = ir::element_bytes(x.type());
        strided_copy(result.raw(), row_major_strides(shape), x.raw() + offset * static_cast<int64_t>(bytes), strides,
                     shape, bytes, call.pool());
        return {std::move(result)};
    });
}

}  // namespace tinamix::float_exec
