// TopK: the k largest or smallest along one axis, with their indices; of equal ones the lower index comes first. k is
// an attribute up to opset 9 and an input from 10 on.
#include <algorithm>
#include <numeric>

#include "float/element_types.h"
#include "float/registry.h"

namespace tinamix::float_exec {

TINAMIX_FLOAT_OPS(top_k) {
    registry.add("TopK", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        const size_t axis = call.axis(call.node().integer("axis", -1));
        const bool largest = call.node().integer("largest", 1) != 0;
        const int64_t k = call.scalar(1, call.node().integer("k", 0));
        ir::Shape shape = x.shape();
        const int64_t length = shape[axis];
        call.require(k >= 0 && k <= length, "k is not within the axis");
        shape[axis] = k;
        const auto at = shape.begin() + static_cast<std::ptrdiff_t>(axis);
        const int64_t outer = ir::element_count(ir::Shape(shape.begin(), at)),
                      inner = ir::element_count(ir::Shape(at + 1, shape.end()));
        ir::Tensor values = ir::Tensor::uninitialized(x.type(), shape);
        ir::Tensor indices = ir::Tensor::uninitialized(ir::ElementType::kInt64, shape);
        with_number_type(call, x.type(), [&](auto zero) {
            using T = decltype(zero);
            std::vector<int64_t> order(static_cast<size_t>(length));
            for (int64_t i = 0; i < outer * inner; ++i) {
                const T* from = x.data<T>() + i / inner * length * inner + i % inner;
                std::iota(order.begin(), order.end(), 0);
                std::partial_sort(order.begin(), order.begin() + k, order.end(), [&](int64_t a, int64_t b) {
                    const T left = from[a * inner], right = from[b * inner];
                    if ((left != left) != (right != right)) {
                        return left == left;  // NaN comes after every number
                    }
                    return left < right || right < left ? (largest ? left > right : left < right) : a < b;
                });
                for (int64_t rank = 0; rank < k; ++rank) {
                    const int64_t to = (i / inner * k + rank) * inner + i % inner;
                    values.data<T>()[to] = from[order[static_cast<size_t>(rank)] * inner];
                    indices.data<int64_t>()[to] = order[static_cast<size_t>(rank)];
                }
            }
            return 0;
        });
        Tensors results;
        results.push_back(std::move(values));
        results.push_back(std::move(indices));
        return results;
    });
}

}  // namespace tinamix::float_exec
