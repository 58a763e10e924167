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

}  // namespace

TINAMIX_FLOAT_OPS(unary) {
    add_number(registry, "Relu", ELEMENT(x < 0 ? decltype(x)(0) : x));
    add_number(registry, "Neg", ELEMENT(decltype(x)(-x)));
    add_number(registry, "Abs", ELEMENT(decltype(x)(x < 0 ? -x : x)));
    add_float(registry, "Sigmoid", ELEMENT(sigmoid(x)));
    add_float(registry, "Tanh", ELEMENT(std::tanh(x)));
    add_float(registry, "Exp", ELEMENT(fast_exp(x)));
    add_float(registry, "Log", ELEMENT(std::log(x)));
    add_float(registry, "Sqrt", ELEMENT(std::sqrt(x)));
    add_float(registry, "HardSwish", ELEMENT(x * std::clamp<decltype(x)>(x / decltype(x)(6) + decltype(x)(0.5), 0, 1)));
    add_float(registry, "LeakyRelu", [](const ir::Node& node) {
        return [alpha = node.real("alpha", 0.01F)](auto x) -> decltype(x) { return x < 0 ? alpha * x : x; };
    });
    add_float(registry, "HardSigmoid", [](const ir::Node& node) {
        return [alpha = node.real("alpha", 0.2F), beta = node.real("beta", 0.5F)](auto x) -> decltype(x) {
            return std::clamp<decltype(x)>(alpha * x + beta, 0, 1);
        };
    });
    registry.set_domain("tinamix");
    add_float(registry, "Silu", ELEMENT(x * sigmoid(x)));
}

}  // namespace tinamix::float_exec
