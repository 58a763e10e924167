// Gather: slices of the input along one axis, picked by a tensor of indices.
#include <cstring>

#include "float/registry.h"

namespace tinamix::float_exec {

TINAMIX_FLOAT_OPS(gather) {
    registry.add("Gather", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        const std::vector<int64_t> indices = call.ints(1);
        const size_t axis = call.axis(call.node().integer("axis", 0));
        const auto at = x.shape().begin() + static_cast<std::ptrdiff_t>(axis);
        const int64_t outer = ir::element_count(ir::Shape(x.shape().begin(), at)), length = *at;
        const size_t block =
            static_cast<size_t>(ir::element_count(ir::Shape(at + 1, x.shape().end()))) * ir::element_bytes(x.type());
        ir::Shape shape(x.shape().begin(), at);
        shape.insert(shape.end(), call.input(1).shape().begin(), call.input(1).shape().end());
        shape.insert(shape.end(), at + 1, x.shape().end());
        ir::Tensor result = ir::Tensor::uninitialized(x.type(), shape);
        std::byte* to = result.raw();
        for (int64_t i = 0; i < outer; ++i) {
            for (int64_t index : indices) {
                if (index < -length || index >= length) {
                    call.fail("index " + std::to_string(index) + " in an axis of " + std::to_string(length));
                }
                const int64_t from = i * length + (index < 0 ? index + length : index);
                std::memcpy(to, x.raw() + static_cast<size_t>(from) * block, block);
                to += block;
            }
        }
        return {std::move(result)};
    });
}

}  // namespace tinamix::float_exec
