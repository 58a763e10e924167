// Where: one of two tensors, element by element, all three inputs broadcast.
#include "float/broadcast.h"
#include "float/element_types.h"
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

TINAMIX_FLOAT_OPS(where) {
    registry.add("Where", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        const ir::Tensor &condition = call.input(0), &x = call.input(1), &y = call.input(2);
        call.require(condition.type() == ir::ElementType::kBool, "the condition must be bool");
        call.require(x.type() == y.type(), "both choices must have one element type");
        const ir::Shape shape = broadcast_shape(call, condition.shape(), broadcast_shape(call, x.shape(), y.shape()));
        const ir::Tensor wide_condition = expanded(condition, shape, call.pool());
        const ir::Tensor wide_x = expanded(x, shape, call.pool()), wide_y = expanded(y, shape, call.pool());
        ir::Tensor result = ir::Tensor::uninitialized(x.type(), shape);
        with_any_type(call, x.type(), [&](auto zero) {
            using T = decltype(zero);
            for (int64_t i = 0; i < result.elements(); ++i) {
                result.data<T>()[i] = wide_condition.data<bool>()[i] ? wide_x.data<T>()[i] : wide_y.data<T>()[i];
            }
            return 0;
        });
        return {std::move(result)};
    });
}

}  // namespace tinamix::float_exec
