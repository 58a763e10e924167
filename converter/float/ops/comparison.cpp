// Comparisons and logic of two tensors with broadcasting: one table line each.
#include "float/combine.h"
#include "float/element_types.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

template <typename Function>
void add_comparison(Registry& registry, const char* name, Function function) {
    registry.add(name, LayoutUse::kMixed, [function](Call& call) -> Tensors {
        call.require(call.input(0).type() == call.input(1).type(), "both inputs must have one element type");
        return {with_any_type(call, call.input(0).type(), [&](auto zero) {
            using T = decltype(zero);
            return combined_inputs<bool, T, T>(call, function);
        })};
    });
}

template <typename Function>
void add_logic(Registry& registry, const char* name, Function function) {
    registry.add(name, LayoutUse::kMixed, [function](Call& call) -> Tensors {
        for (size_t i = 0; i < 2; ++i) {
            call.require(call.input(i).type() == ir::ElementType::kBool, "the inputs must be bool");
        }
        return {combined_inputs<bool, bool, bool>(call, function)};
    });
}

}  // namespace

TINAMIX_FLOAT_OPS(comparison) {
    add_comparison(registry, "Equal", [](auto a, decltype(a) b) { return a == b; });
    add_comparison(registry, "Greater", [](auto a, decltype(a) b) { return a > b; });
    add_comparison(registry, "GreaterOrEqual", [](auto a, decltype(a) b) { return a >= b; });
    add_comparison(registry, "Less", [](auto a, decltype(a) b) { return a < b; });
    add_comparison(registry, "LessOrEqual", [](auto a, decltype(a) b) { return a <= b; });
    add_logic(registry, "And", [](bool a, bool b) { return a && b; });
    add_logic(registry, "Or", [](bool a, bool b) { return a || b; });
    add_logic(registry, "Xor", [](bool a, bool b) { return a != b; });
}

}  // namespace tinamix::float_exec
