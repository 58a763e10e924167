// What ScatterElements and ScatterND do where an update meets an element: replace it, or one of the reductions.
#pragma once

#include <algorithm>
#include <string>

#include "float/call.h"

namespace tinamix::float_exec {

/// "" or why the node's attribute `reduction` is not known.
inline std::string scatter_refusal(const ir::Node& node) {
    const std::string reduction = node.text("reduction", "none");
    for (const char* known : {"none", "add", "mul", "min", "max"}) {
        if (reduction == known) {
            return "";
        }
    }
    return "unknown reduction `" + reduction + "`";
}

/// The function of (element, update) that the node asks for.
template <typename T>
T (*scatter_reduction(const Call& call))
(T, T) {
    const std::string reduction = call.node().text("reduction", "none");
    if (reduction == "add") {
        return [](T a, T b) { return static_cast<T>(a + b); };
    }
    if (reduction == "mul") {
        return [](T a, T b) { return static_cast<T>(a * b); };
    }
    if (reduction == "min") {
        return [](T a, T b) { return std::min(a, b); };
    }
    if (reduction == "max") {
        return [](T a, T b) { return std::max(a, b); };
    }
    return [](T, T b) { return b; };
}

}  // namespace tinamix::float_exec
