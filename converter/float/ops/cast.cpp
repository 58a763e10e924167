// Cast between element types. Floats become integers by truncation; what does not fit takes the nearest end of the
// range and NaN becomes 0, so that the result never depends on the machine.
#include <cmath>
#include <limits>

#include "float/element_types.h"
#include "float/onnx_types.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

template <typename To, typename From>
To convert(From value) {
    if constexpr (std::is_same_v<To, bool>) {
        return value != From(0);
    } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
        const auto wide = static_cast<double>(value);
        if (std::isnan(wide)) {
            return 0;
        }
        // The largest int64 is no double; from there on up everything is out of range.
        if (wide >= static_cast<double>(std::numeric_limits<To>::max())) {
            return std::numeric_limits<To>::max();
        }
        return wide <= static_cast<double>(std::numeric_limits<To>::lowest()) ? std::numeric_limits<To>::lowest()
                                                                              : static_cast<To>(wide);
    } else {
        return static_cast<To>(value);
    }
}

}  // namespace

TINAMIX_FLOAT_OPS(cast) {
    registry.add("Cast", LayoutUse::kUniform, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        const auto type = element_type_of_onnx(call.node().integer("to", 0));
        call.require(type.has_value(), "the type `to` is not supported");
        ir::Tensor result = ir::Tensor::uninitialized(*type, x.shape());
        with_any_type(call, x.type(), [&](auto from_zero) {
            return with_any_type(call, *type, [&](auto to_zero) {
                using From = decltype(from_zero);
                using To = decltype(to_zero);
                const From* from = x.data<From>();
                std::transform(from, from + x.elements(), result.data<To>(), convert<To, From>);
                return 0;
            });
        });
        return {std::move(result)};
    });
}

}  // namespace tinamix::float_exec
