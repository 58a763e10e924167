// ArgMax and ArgMin: the index of the extreme along one axis; of equal ones the first, or the last if asked for.
#include <functional>

#include "float/element_types.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

template <template <typename> typename Better>
Tensors arg_reduce(Call& call) {
    const ir::Tensor& x = call.input(0);
    const size_t axis = call.axis(call.node().integer("axis", 0));
    const bool last = call.node().integer("select_last_index", 0) != 0;
    const auto at = x.shape().begin() + static_cast<std::ptrdiff_t>(axis);
    const int64_t outer = ir::element_count(ir::Shape(x.shape().begin(), at)), length = *at,
                  inner = ir::element_count(ir::Shape(at + 1, x.shape().end()));
    call.require(length > 0, "the axis is empty");
    ir::Shape shape = x.shape();
    if (call.node().integer("keepdims", 1) != 0) {
        shape[axis] = 1;
    } else {
        shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
    }
    ir::Tensor result = ir::Tensor::uninitialized(ir::ElementType::kInt64, shape);
    with_number_type(call, x.type(), [&](auto zero) {
        using T = decltype(zero);
        const Better<T> better{};
        for (int64_t i = 0; i < outer * inner; ++i) {
            const T* from = x.data<T>() + i / inner * length * inner + i % inner;
            int64_t best = 0;
            for (int64_t k = 1; k < length; ++k) {
                const T value = from[k * inner], held = from[best * inner];
                if (better(value, held) || (last && value == held)) {
                    best = k;
                }
            }
            result.data<int64_t>()[i] = best;
        }
        return 0;
    });
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

}  // namespace

TINAMIX_FLOAT_OPS(arg_reduce) {
    registry.add("ArgMax", LayoutUse::kOnnx, arg_reduce<std::greater>);
    registry.add("ArgMin", LayoutUse::kOnnx, arg_reduce<std::less>);
}

}  // namespace tinamix::float_exec
