// CumSum: running sums along one axis, forwards or backwards, with or without the element itself.
#include "float/element_types.h"
#include "float/registry.h"

namespace tinamix::float_exec {

TINAMIX_FLOAT_OPS(cum_sum) {
    registry.add("CumSum", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        const std::vector<int64_t> given = call.ints(1);
        call.require(given.size() == 1, "the axis must be one number");
        const size_t axis = call.axis(given[0]);
        const bool exclusive = call.node().integer("exclusive", 0) != 0;
        const bool reverse = call.node().integer("reverse", 0) != 0;
        const int64_t length = x.shape()[axis];
        const int64_t inner =
            ir::element_count(ir::Shape(x.shape().begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.shape().end()));
        ir::Tensor result = ir::Tensor::uninitialized(x.type(), x.shape());
        with_type<float, double, int32_t, int64_t>(call, x.type(), [&](auto zero) {
            using T = decltype(zero);
            using Wide = std::conditional_t<std::is_floating_point_v<T>, double, uint64_t>;  // integers wrap
            for (int64_t i = 0; length > 0 && i < x.elements() / length; ++i) {
                const int64_t first = i / inner * length * inner + i % inner;
                Wide sum = 0;
                for (int64_t k = 0; k < length; ++k) {
                    const int64_t at = first + (reverse ? length - 1 - k : k) * inner;
                    const auto next = sum + static_cast<Wide>(x.data<T>()[at]);
                    result.data<T>()[at] = static_cast<T>(exclusive ? sum : next);
                    sum = next;
                }
            }
            return 0;
        });
        return {std::move(result)};
    });
}

}  // namespace tinamix::float_exec
