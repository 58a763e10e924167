// Element-wise functions of one tensor: one table line each. A line names the operator and gives, for a node, the
// function of one element.
#include <algorithm>
#include <cmath>

#include "float/element_types.h"
#include "float/fast_exp.h"
#include "float/parallel.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

template <typename T, typename Function>
ir::Tensor map_elements(Call& call, Function function) {
    const T* from = call.input(0).data<T>();
    const auto count = static_cast<size_t>(call.input(0).elements());
    ir::Tensor result = call.reuse(0);
    T* to = result.data<T>();
    parallel_for(call.pool(), count, kElementGrain, [&](size_t begin, size_t size) {
        for (size_t i = begin; i < begin + size; ++i) {
            to[i] = function(from[i]);
        }
    });
    return result;
}

/// `make(node)` gives a generic function of one element.
template <typename Make>
void add_float(Registry& registry, const char* name, Make make) {
    registry.add(name, LayoutUse::kUniform, [make](Call& call) -> Tensors {
        return {with_float_type(call, call.input(0).type(),
                                [&](auto zero) { return map_elements<decltype(zero)>(call, make(call.node())); })};
    });
}

template <typename Make>
void add_number(Registry& registry, const char* name, Make make) {
    registry.add(name, LayoutUse::kUniform, [make](Call& call) -> Tensors {
        return {with_number_type(call, call.input(0).type(),
                                 [&](auto zero) { return map_elements<decltype(zero)>(call, make(call.node())); })};
    });
}

/// A function without attributes.
#define ELEMENT(expression) [](const ir::Node&) { return [](auto x) -> decltype(x) { return expression; }; }

template <typename T>
T sigmoid(T x) {
    return T(1) / (T(1) + fast_exp(-x));
}

/// log(1 + exp(x)) without overflow.
template <typename T>
T softplus(T x) {
    return std::max(x, T(0)) + std::log1p(std::exp(-std::fabs(x)));
}

template <typename T>
T sign(T x) {
    return static_cast<T>((x > 0 ? 1 : 0) - (x < 0 ? 1 : 0));
}

/// A question to a float, answered with bool. `make(node)` gives a generic function of one element.
template <typename Make>
void add_question(Registry& registry, const char* name, Make make) {
    registry.add(name, LayoutUse::kUniform, [make](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        ir::Tensor result = ir::Tensor::uninitialized(ir::ElementType::kBool, x.shape());
        with_float_type(call, x.type(), [&](auto zero) {
            const auto* from = x.data<decltype(zero)>();
            std::transform(from, from + x.elements(), result.data<bool>(), make(call.node()));
            return 0;
        });
        return {std::move(result)};
    });
}

}  // namespace

TINAMIX_FLOAT_OPS(unary) {
    add_number(registry, "Relu", ELEMENT(x < 0 ? decltype(x)(0) : x));
    add_number(registry, "Neg", ELEMENT(decltype(x)(-x)));
    add_number(registry, "Abs", ELEMENT(decltype(x)(x < 0 ? -x : x)));
    add_number(registry, "Sign", ELEMENT(sign(x)));
    add_float(registry, "Sigmoid", ELEMENT(sigmoid(x)));
    add_float(registry, "Exp", ELEMENT(fast_exp(x)));
    add_float(registry, "Log", ELEMENT(std::log(x)));
    add_float(registry, "Sqrt", ELEMENT(std::sqrt(x)));
    add_float(registry, "Reciprocal", ELEMENT(decltype(x)(1) / x));
    add_float(registry, "Erf", ELEMENT(std::erf(x)));
    add_float(registry, "Floor", ELEMENT(std::floor(x)));
    add_float(registry, "Ceil", ELEMENT(std::ceil(x)));
    add_float(registry, "Round", ELEMENT(std::nearbyint(x)));  // halves to even
    add_float(registry, "Sin", ELEMENT(std::sin(x)));
    add_float(registry, "Cos", ELEMENT(std::cos(x)));
    add_float(registry, "Tan", ELEMENT(std::tan(x)));
    add_float(registry, "Asin", ELEMENT(std::asin(x)));
    add_float(registry, "Acos", ELEMENT(std::acos(x)));
    add_float(registry, "Atan", ELEMENT(std::atan(x)));
    add_float(registry, "Sinh", ELEMENT(std::sinh(x)));
    add_float(registry, "Cosh", ELEMENT(std::cosh(x)));
    add_float(registry, "Tanh", ELEMENT(std::tanh(x)));
    add_float(registry, "Asinh", ELEMENT(std::asinh(x)));
    add_float(registry, "Acosh", ELEMENT(std::acosh(x)));
    add_float(registry, "Atanh", ELEMENT(std::atanh(x)));
    add_float(registry, "Softplus", ELEMENT(softplus(x)));
    add_float(registry, "Softsign", ELEMENT(x / (1 + std::fabs(x))));
    add_float(registry, "Mish", ELEMENT(x * std::tanh(softplus(x))));
    add_float(registry, "HardSwish", ELEMENT(x * std::clamp<decltype(x)>(x / decltype(x)(6) + decltype(x)(0.5), 0, 1)));
    add_float(registry, "LeakyRelu", [](const ir::Node& node) {
        return [alpha = node.real("alpha", 0.01F)](auto x) -> decltype(x) { return x < 0 ? alpha * x : x; };
    });
    add_float(registry, "ThresholdedRelu", [](const ir::Node& node) {
        return [alpha = node.real("alpha", 1)](auto x) -> decltype(x) { return x > alpha ? x : 0; };
    });
    add_float(registry, "Elu", [](const ir::Node& node) {
        return [alpha = node.real("alpha", 1)](auto x) -> decltype(x) { return x < 0 ? alpha * std::expm1(x) : x; };
    });
    add_float(registry, "Celu", [](const ir::Node& node) {
        return [alpha = node.real("alpha", 1)](auto x) -> decltype(x) {
            return x < 0 ? alpha * std::expm1(x / alpha) : x;
        };
    });
    add_float(registry, "Selu", [](const ir::Node& node) {
        return [alpha = node.real("alpha", 1.67326319F), gamma = node.real("gamma", 1.05070102F)](
                   auto x) -> decltype(x) { return gamma * (x < 0 ? alpha * std::expm1(x) : x); };
    });
    add_float(registry, "HardSigmoid", [](const ir::Node& node) {
        return [alpha = node.real("alpha", 0.2F), beta = node.real("beta", 0.5F)](auto x) -> decltype(x) {
            return std::clamp<decltype(x)>(alpha * x + beta, 0, 1);
        };
    });
    add_number(registry, "Shrink", [](const ir::Node& node) {
        return [limit = node.real("lambd", 0.5F), bias = node.real("bias", 0)](auto x) -> decltype(x) {
            return static_cast<decltype(x)>(x < -limit ? x + bias : x > limit ? x - bias : 0);
        };
    });
    add_question(registry, "IsNaN", [](const ir::Node&) { return [](auto x) { return std::isnan(x); }; });
    add_question(registry, "IsInf", [](const ir::Node& node) {
        return [positive = node.integer("detect_positive", 1) != 0, negative = node.integer("detect_negative", 1) != 0](
                   auto x) { return std::isinf(x) && (x > 0 ? positive : negative); };
    });
    registry.add("Not", LayoutUse::kUniform, [](Call& call) -> Tensors {
        call.require(call.input(0).type() == ir::ElementType::kBool, "the input must be bool");
        return {map_elements<bool>(call, [](bool x) { return !x; })};
    });
    registry.set_domain("tinamix");
    add_float(registry, "Silu", ELEMENT(x * sigmoid(x)));
}

}  // namespace tinamix::float_exec
