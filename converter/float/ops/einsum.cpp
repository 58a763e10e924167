// Einsum: sums of products over named axes. The loops run over all labels, outputs' first; nothing is reordered for
// speed.
#include "float/einsum_plan.h"
#include "float/element_types.h"
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

namespace {

EinsumPlan plan_of(const Call& call) {
    std::vector<ir::Shape> shapes;
    for (size_t i = 0; i < call.input_count(); ++i) {
        shapes.push_back(call.input(i).shape());
    }
    return einsum_plan(call.node(), shapes);
}

template <typename T>
ir::Tensor einsum(const Call& call) {
    const EinsumPlan plan = plan_of(call);
    const auto split_at = plan.sizes.begin() + static_cast<std::ptrdiff_t>(plan.output_rank);
    const ir::Shape shape(plan.sizes.begin(), split_at);
    const int64_t summed = ir::element_count(ir::Shape(split_at, plan.sizes.end()));
    std::vector<const T*> from;
    for (size_t i = 0; i < call.input_count(); ++i) {
        call.require(call.input(i).type() == ir::element_type_of<T>(), "all inputs must have one element type");
        from.push_back(call.input(i).data<T>());
    }
    ir::Tensor result = ir::Tensor::uninitialized(ir::element_type_of<T>(), shape);
    std::vector<int64_t> index(plan.sizes.size(), 0);
    for (int64_t i = 0; i < result.elements(); ++i) {
        T sum = 0;
        for (int64_t k = 0; k < summed; ++k) {
            T product = 1;
            for (size_t operand = 0; operand < from.size(); ++operand) {
                product *= from[operand][0];
            }
            sum += product;
            // One odometer over all labels; its last digits are the summed ones.
            for (size_t digit = index.size(); digit-- > 0;) {
                ++index[digit];
                const bool wraps = index[digit] == plan.sizes[digit];
                for (size_t operand = 0; operand < from.size(); ++operand) {
                    from[operand] += plan.steps[operand][digit] * (wraps ? 1 - plan.sizes[digit] : 1);
                }
                if (!wraps) {
                    break;
                }
                index[digit] = 0;
            }
        }
        result.data<T>()[i] = sum;
    }
    return result;
}

}  // namespace

TINAMIX_FLOAT_OPS(einsum) {
    registry.add("Einsum", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        return {with_float_type(call, call.input(0).type(), [&](auto zero) { return einsum<decltype(zero)>(call); })};
    });
}

}  // namespace tinamix::float_exec
