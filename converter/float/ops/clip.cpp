// Clip: bounds are attributes up to opset 10 and optional inputs from 11 on.
#include <algorithm>
#include <limits>

#include "float/element_types.h"
#include "float/parallel.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

template <typename T>
T bound(Call& call, size_t index, const char* attribute, T otherwise) {
    if (call.has(index)) {
        const ir::Tensor& tensor = call.input(index);
        call.require(tensor.type() == ir::element_type_of<T>(), "bounds must have the type of the input");
        call.require(tensor.elements() == 1, "bounds must be scalars");
        return *tensor.data<T>();
    }
    return call.node().has(attribute) ? static_cast<T>(call.node().real(attribute, 0)) : otherwise;
}

template <typename T>
ir::Tensor clip(Call& call) {
    // Without a bound even infinity passes.
    constexpr bool kHasInfinity = std::numeric_limits<T>::has_infinity;
    const T low =
        bound<T>(call, 1, "min", kHasInfinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest());
    const T high =
        bound<T>(call, 2, "max", kHasInfinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max());
    const T* from = call.input(0).data<T>();
    const auto count = static_cast<size_t>(call.input(0).elements());
    ir::Tensor result = call.reuse(0);
    T* to = result.data<T>();
    parallel_for(call.pool(), count, kElementGrain, [&](size_t begin, size_t size) {
        for (size_t i = begin; i < begin + size; ++i) {
            const T x = from[i] < low ? low : from[i];
            to[i] = x > high ? high : x;
        }
    });
    return result;
}

}  // namespace

TINAMIX_FLOAT_OPS(clip) {
    registry.add("Clip", LayoutUse::kUniform, [](Call& call) -> Tensors {
        return {with_number_type(call, call.input(0).type(), [&](auto zero) { return clip<decltype(zero)>(call); })};
    });
}

}  // namespace tinamix::float_exec
