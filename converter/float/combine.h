// Element-wise functions of two broadcast tensors: the loops, for every operator that is one (binary, comparisons).
#pragma once

#include <algorithm>

#include "float/broadcast.h"
#include "float/parallel.h"

namespace tinamix::float_exec {

/// One innermost loop; the constant steps let the compiler vectorize it.
template <typename R, typename T, typename U, typename Function>
void combine_row(R* to, const T* a, int64_t step_a, const U* b, int64_t step_b, int64_t count, Function function) {
    if (step_a == 1 && step_b == 1) {
        for (int64_t i = 0; i < count; ++i) {
            to[i] = function(a[i], b[i]);
        }
    } else if (step_a == 1 && step_b == 0) {
        const U right = *b;
        for (int64_t i = 0; i < count; ++i) {
            to[i] = function(a[i], right);
        }
    } else if (step_a == 0 && step_b == 1) {
        const T left = *a;
        for (int64_t i = 0; i < count; ++i) {
            to[i] = function(left, b[i]);
        }
    } else {
        for (int64_t i = 0; i < count; ++i) {
            to[i] = function(a[i * step_a], b[i * step_b]);
        }
    }
}

/// to[i] = function(a[i], b[i]) over the broadcast shape. `result` has that shape.
template <typename R, typename T, typename U, typename Function>
void combine(ir::Tensor& result, const T* a, const U* b, const Broadcast& plan, pthreadpool_t pool, Function function) {
    R* to = result.data<R>();
    const BroadcastDimension row = plan.dims.back();
    const std::vector<BroadcastDimension> outer(plan.dims.begin(), plan.dims.end() - 1);
    if (result.elements() == 0) {
        return;
    }
    if (outer.empty()) {
        parallel_for(pool, static_cast<size_t>(row.size), kElementGrain, [&](size_t begin, size_t count) {
            const auto first = static_cast<int64_t>(begin);
            combine_row(to + first, a + first * row.step_a, row.step_a, b + first * row.step_b, row.step_b,
                        static_cast<int64_t>(count), function);
        });
        return;
    }
    const int64_t rows = result.elements() / row.size;
    const size_t grain = std::max<size_t>(1, kElementGrain / static_cast<size_t>(row.size));
    parallel_for(pool, static_cast<size_t>(rows), grain, [&](size_t begin, size_t count) {
        for (size_t index = begin; index < begin + count; ++index) {
            int64_t offset_a = 0, offset_b = 0;
            auto rest = static_cast<int64_t>(index);
            for (size_t i = outer.size(); i-- > 0;) {
                offset_a += rest % outer[i].size * outer[i].step_a;
                offset_b += rest % outer[i].size * outer[i].step_b;
                rest /= outer[i].size;
            }
            combine_row(to + static_cast<int64_t>(index) * row.size, a + offset_a, row.step_a, b + offset_b, row.step_b,
                        row.size, function);
        }
    });
}

/// A tensor for the result of a call with two inputs, in the memory of one where shape and type allow it.
inline ir::Tensor result_for(Call& call, const Broadcast& plan, ir::ElementType type) {
    for (size_t i = 0; i < 2; ++i) {
        if (call.input(i).shape() == plan.shape && call.layout(i) == plan.layout && call.input(i).type() == type) {
            return call.reuse(i);
        }
    }
    return ir::Tensor::uninitialized(type, plan.shape);
}

/// function(input 0, input 1) with elements T and U, and results of type R, in any storage order (LayoutUse::kMixed).
template <typename R, typename T, typename U, typename Function>
ir::Tensor combined_inputs(Call& call, Function function) {
    const Broadcast plan = broadcast(call, call.input(0), call.layout(0), call.input(1), call.layout(1));
    const T* a = call.input(0).data<T>();
    const U* b = call.input(1).data<U>();
    ir::Tensor result = result_for(call, plan, ir::element_type_of<R>());
    call.output_layout = plan.layout;
    combine<R>(result, a, b, plan, call.pool(), function);
    return result;
}

}  // namespace tinamix::float_exec
