// Concat: joins along one axis, in whichever storage order the inputs are.
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

TINAMIX_FLOAT_OPS(concat) {
    registry.add("Concat", LayoutUse::kUniform, [](Call& call) -> Tensors {
        ir::Shape shape = call.input(0).shape();
        call.require(!shape.empty(), "scalars cannot be joined");
        const int64_t onnx_axis = call.node().integer("axis", call.opset() < 4 ? 1 : 0);
        const size_t axis = call.axis(onnx_axis);
        const ir::ElementType type = call.input(0).type();
        for (size_t i = 1; i < call.input_count(); ++i) {
            ir::Shape other = call.input(i).shape();
            call.require(call.input(i).type() == type, "all inputs must have one element type");
            call.require(other.size() == shape.size(), "all inputs must have as many dimensions");
            const int64_t length = other[axis];
            other[axis] = shape[axis];
            call.require(other == shape, "the inputs differ in more than the joined axis");
            shape[axis] += length;
        }
        ir::Tensor result = ir::Tensor::uninitialized(type, shape);
        const Strides strides = row_major_strides(shape);
        const size_t bytes = ir::element_bytes(type);
        int64_t at = 0;
        for (size_t i = 0; i < call.input_count(); ++i) {
            const ir::Tensor& part = call.input(i);
            strided_copy(result.raw() + at * strides[axis] * static_cast<int64_t>(bytes), strides, part.raw(),
                         row_major_strides(part.shape()), part.shape(), bytes, call.pool());
            at += part.shape()[axis];
        }
        return {std::move(result)};
    });
}

}  // namespace tinamix::float_exec
