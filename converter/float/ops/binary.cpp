// Element-wise functions of two tensors with broadcasting, and those of any number: one table line each.
#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "float/combine.h"
#include "float/element_types.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

template <typename Function>
void add(Registry& registry, const char* name, Function function) {
    registry.add(name, LayoutUse::kMixed, [function](Call& call) -> Tensors {
        call.require(call.input(0).type() == call.input(1).type(), "both inputs must have one element type");
        return {with_number_type(call, call.input(0).type(), [&](auto zero) {
            using T = decltype(zero);
            return combined_inputs<T, T, T>(call, function);
        })};
    });
}

/// Any number of inputs. `finish` may change the result.
template <typename Function, typename Finish>
void add_variadic(Registry& registry, const char* name, Function function, Finish finish) {
    registry.add(name, LayoutUse::kOnnx, [function, finish](Call& call) -> Tensors {
        ir::Tensor result = call.input(0);
        for (size_t i = 1; i < call.input_count(); ++i) {
            const ir::Tensor& next = call.input(i);
            call.require(next.type() == result.type(), "all inputs must have one element type");
            const Broadcast plan = broadcast(call, result, Layout::kOnnx, next, Layout::kOnnx);
            ir::Tensor combined = ir::Tensor::uninitialized(result.type(), plan.shape);
            with_number_type(call, result.type(), [&](auto zero) {
                using T = decltype(zero);
                combine<T>(combined, result.data<T>(), next.data<T>(), plan, call.pool(), function);
                return 0;
            });
            result = std::move(combined);
        }
        finish(call, result);
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

/// The remainder with the sign of the divisor, as Python has it; a zero divisor gives 0.
template <typename T>
T floored_modulo(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
        if (b == 0 || b == T(-1)) {
            return 0;
        }
        const T rest = static_cast<T>(a % b);
        return rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
    } else {
        const T rest = std::fmod(a, b);
        return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    }
}

/// The remainder with the sign of the dividend, as C has it.
template <typename T>
T truncated_modulo(T a, T b) {
    if constexpr (std::is_integral_v<T>) {
        return b == 0 || b == T(-1) ? T(0) : static_cast<T>(a % b);
    } else {
        return std::fmod(a, b);
    }
}

void keep(Call&, ir::Tensor&) {}

/// Sum -> Mean.
void divide_by_count(Call& call, ir::Tensor& sum) {
    with_float_type(call, sum.type(), [&](auto zero) {
        using T = decltype(zero);
        T* values = sum.data<T>();
        std::transform(values, values + sum.elements(), values,
                       [&](T value) { return value / static_cast<T>(call.input_count()); });
        return 0;
    });
}

}  // namespace

TINAMIX_FLOAT_OPS(binary) {
    add(registry, "Add", [](auto a, decltype(a) b) { return wrapping(a, b, [](auto x, auto y) { return x + y; }); });
    add(registry, "Sub", [](auto a, decltype(a) b) { return wrapping(a, b, [](auto x, auto y) { return x - y; }); });
    add(registry, "Mul", [](auto a, decltype(a) b) { return wrapping(a, b, [](auto x, auto y) { return x * y; }); });
    add(registry, "Div", [](auto a, decltype(a) b) { return divide(a, b); });
    add_variadic(
        registry, "Min", [](auto a, decltype(a) b) { return smaller(a, b); }, keep);
    add_variadic(
        registry, "Max", [](auto a, decltype(a) b) { return larger(a, b); }, keep);
    auto sum = [](auto a, decltype(a) b) { return wrapping(a, b, [](auto x, auto y) { return x + y; }); };
    add_variadic(registry, "Sum", sum, keep);
    add_variadic(registry, "Mean", sum, divide_by_count);
    add(registry, "PRelu",
        [](auto a, decltype(a) b) { return a < 0 ? wrapping(a, b, [](auto x, auto y) { return x * y; }) : a; });
    registry.add("Mod", LayoutUse::kMixed, [](Call& call) -> Tensors {
        call.require(call.input(0).type() == call.input(1).type(), "both inputs must have one element type");
        const bool truncated = call.node().integer("fmod", 0) != 0;
        return {with_number_type(call, call.input(0).type(), [&](auto zero) {
            using T = decltype(zero);
            return truncated ? combined_inputs<T, T, T>(call, truncated_modulo<T>)
                             : combined_inputs<T, T, T>(call, floored_modulo<T>);
        })};
    });
    registry.add("BitShift", LayoutUse::kMixed, [](Call& call) -> Tensors {
        call.require(call.input(1).type() == call.input(0).type(), "both inputs must have one element type");
        const bool left = call.node().text("direction", "") == "LEFT";
        return {with_type<uint8_t, uint16_t>(call, call.input(0).type(), [&](auto zero) {
            using T = decltype(zero);
            return combined_inputs<T, T, T>(call, [left](T a, T b) {
                return b >= std::numeric_limits<T>::digits ? T(0) : static_cast<T>(left ? a << b : a >> b);
            });
        })};
    });
    registry.limit("BitShift", [](const ir::Node& node) -> std::string {
        const std::string direction = node.text("direction", "");
        return direction == "LEFT" || direction == "RIGHT" ? "" : "`direction` must be LEFT or RIGHT";
    });
    registry.add("Pow", LayoutUse::kMixed, [](Call& call) -> Tensors {
        return {with_type<float, double, int32_t, int64_t>(call, call.input(0).type(), [&](auto base) {
            return with_number_type(call, call.input(1).type(), [&](auto exponent) {
                using T = decltype(base);
                using U = decltype(exponent);
                return combined_inputs<T, T, U>(call, [](T a, U b) { return power(a, b); });
            });
        })};
    });
}

}  // namespace tinamix::float_exec
