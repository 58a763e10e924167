// Element-wise functions of two tensors with broadcasting, and Min and Max of any number: one table line each.
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "float/broadcast.h"
#include "float/element_types.h"
#include "float/parallel.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

/// One innermost loop; the constant steps let the compiler vectorize it.
template <typename T, typename U, typename Function>
void combine_row(T* to, const T* a, int64_t step_a, const U* b, int64_t step_b, int64_t count, Function function) {
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

template <typename T, typename U, typename Function>
void combine(ir::Tensor& result, const T* a, const U* b, const Broadcast& plan, pthreadpool_t pool, Function function) {
    T* to = result.data<T>();
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

/// A tensor for the result, in the memory of an input where the shapes allow it.
ir::Tensor result_for(Call& call, const Broadcast& plan, ir::ElementType type) {
    for (size_t i = 0; i < 2; ++i) {
        if (call.input(i).shape() == plan.shape && call.layout(i) == plan.layout && call.input(i).type() == type) {
            return call.reuse(i);
        }
    }
    return ir::Tensor::uninitialized(type, plan.shape);
}

template <typename T, typename U, typename Function>
ir::Tensor apply(Call& call, Function function) {
    const Broadcast plan = broadcast(call, call.input(0), call.layout(0), call.input(1), call.layout(1));
    const T* a = call.input(0).data<T>();
    const U* b = call.input(1).data<U>();
    ir::Tensor result = result_for(call, plan, ir::element_type_of<T>());
    call.output_layout = plan.layout;
    combine(result, a, b, plan, call.pool(), function);
    return result;
}

template <typename Function>
void add(Registry& registry, const char* name, Function function) {
    registry.add(name, LayoutUse::kMixed, [function](Call& call) -> Tensors {
        call.require(call.input(0).type() == call.input(1).type(), "both inputs must have one element type");
        return {with_number_type(call, call.input(0).type(), [&](auto zero) {
            using T = decltype(zero);
            return apply<T, T>(call, function);
        })};
    });
}

/// Min and Max take any number of inputs.
template <typename Function>
void add_variadic(Registry& registry, const char* name, Function function) {
    registry.add(name, LayoutUse::kOnnx, [function](Call& call) -> Tensors {
        ir::Tensor result = call.input(0);
        for (size_t i = 1; i < call.input_count(); ++i) {
            const ir::Tensor& next = call.input(i);
            call.require(next.type() == result.type(), "all inputs must have one element type");
            const Broadcast plan = broadcast(call, result, Layout::kOnnx, next, Layout::kOnnx);
            ir::Tensor combined = ir::Tensor::uninitialized(result.type(), plan.shape);
            with_number_type(call, result.type(), [&](auto zero) {
                using T = decltype(zero);
                combine(combined, result.data<T>(), next.data<T>(), plan, call.pool(), function);
                return 0;
            });
            result = std::move(combined);
        }
        return {std::move(result)};
    });
}

/// Integers divide towards zero; a zero divisor has no answer in ONNX and gives 0 here, so that no model can trap.
template <typename T>
T divide(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
        return b == 0 ? T(0) : b == T(-1) ? static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a)) : T(a / b);
    } else {
        return a / b;
    }
}

/// Integer sums wrap, as two's complement does, without undefined behaviour.
template <typename T, typename Function>
T wrapping(T a, T b, Function function) {
    if constexpr (std::is_integral_v<T>) {
        return static_cast<T>(function(static_cast<uint64_t>(a), static_cast<uint64_t>(b)));
    } else {
        return function(a, b);
    }
}

template <typename T>
T smaller(T a, T b) {
    return a != a ? a : b < a || b != b ? b : a;
}

template <typename T>
T larger(T a, T b) {
    return a != a ? a : b > a || b != b ? b : a;
}

template <typename T, typename U>
T power(T base, U exponent) {
    if (exponent == U(2)) {
        return wrapping(base, base, [](auto a, auto b) { return a * b; });
    }
    if constexpr (std::is_floating_point_v<T> && std::is_same_v<T, U>) {
        return std::pow(base, exponent);
    } else {
        const double result = std::pow(static_cast<double>(base), static_cast<double>(exponent));
        if constexpr (std::is_integral_v<T>) {
            const double low = static_cast<double>(std::numeric_limits<T>::lowest());
            const double high = static_cast<double>(std::numeric_limits<T>::max());
            return !(result > low)  ? std::numeric_limits<T>::lowest()
                   : result >= high ? std::numeric_limits<T>::max()
                                    : static_cast<T>(result);
        } else {
            return static_cast<T>(result);
        }
    }
}

}  // namespace

TINAMIX_FLOAT_OPS(binary) {
    add(registry, "Add", [](auto a, decltype(a) b) { return wrapping(a, b, [](auto x, auto y) { return x + y; }); });
    add(registry, "Sub", [](auto a, decltype(a) b) { return wrapping(a, b, [](auto x, auto y) { return x - y; }); });
    add(registry, "Mul", [](auto a, decltype(a) b) { return wrapping(a, b, [](auto x, auto y) { return x * y; }); });
    add(registry, "Div", [](auto a, decltype(a) b) { return divide(a, b); });
    add_variadic(registry, "Min", [](auto a, decltype(a) b) { return smaller(a, b); });
    add_variadic(registry, "Max", [](auto a, decltype(a) b) { return larger(a, b); });
    registry.add("Pow", LayoutUse::kMixed, [](Call& call) -> Tensors {
        return {with_type<float, double, int32_t, int64_t>(call, call.input(0).type(), [&](auto base) {
            return with_number_type(call, call.input(1).type(), [&](auto exponent) {
                using T = decltype(base);
                using U = decltype(exponent);
                return apply<T, U>(call, [](T a, U b) { return power(a, b); });
            });
        })};
    });
}

}  // namespace tinamix::float_exec
