// From the element type of a tensor to a C++ type.
#pragma once

#include "float/call.h"

namespace tinamix::float_exec {

/// Calls `visit(T{})` with the one of `Types` that stores `type`; throws Error naming the node when none does.
template <typename... Types, typename Visit>
auto with_type(const Call& call, ir::ElementType type, Visit&& visit) {
    using Result = std::common_type_t<decltype(visit(Types{}))...>;
    Result result{};
    const bool found =
        ((ir::element_type_of<Types>() == type && (static_cast<void>(result = visit(Types{})), true)) || ...);
    if (!found) {
        call.fail("element type " + std::string(element_type_name(type)) + " is not supported");
    }
    return result;
}

template <typename Visit>
auto with_float_type(const Call& call, ir::ElementType type, Visit&& visit) {
    return with_type<float, double>(call, type, visit);
}

template <typename Visit>
auto with_number_type(const Call& call, ir::ElementType type, Visit&& visit) {
    return with_type<float, double, int8_t, uint8_t, int16_t, uint16_t, int32_t, int64_t>(call, type, visit);
}

template <typename Visit>
auto with_any_type(const Call& call, ir::ElementType type, Visit&& visit) {
    return with_type<float, double, int8_t, uint8_t, int16_t, uint16_t, int32_t, int64_t, bool>(call, type, visit);
}

}  // namespace tinamix::float_exec
