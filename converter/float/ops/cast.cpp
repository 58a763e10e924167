// Cast and CastLike between element types. Floats become integers by truncation; what does not fit takes the nearest
// end of the range and NaN becomes 0, so that the result never depends on the machine.
#include <cmath>
#include <limits>

#include "float/element_types.h"
#include "float/onnx_types.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

// Numbers of TensorProto.DataType.
constexpr int64_t kFloat16 = 10, kBfloat16 = 16;

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

Tensors converted(Call& call, ir::ElementType type) {
    const ir::Tensor& x = call.input(0);
    ir::Tensor result = ir::Tensor::uninitialized(type, x.shape());
    with_any_type(call, x.type(), [&](auto from_zero) {
        return with_any_type(call, type, [&](auto to_zero) {
            using From = decltype(from_zero);
            using To = decltype(to_zero);
            const From* from = x.data<From>();
            std::transform(from, from + x.elements(), result.data<To>(), convert<To, From>);
            return 0;
        });
    });
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

/// The nearest float16, halves to even; infinity beyond its range. float16 tensors are held as float32, with the values
/// that they can have.
float rounded_to_float16(float value) {
    if (value == 0 || !std::isfinite(value)) {
        return value;
    }
    const float unit = std::ldexp(1.0F, std::max(std::ilogb(value), -14) - 10);
    const float rounded = std::nearbyint(value / unit) * unit;
    return std::fabs(rounded) > 65504.0F ? std::copysign(std::numeric_limits<float>::infinity(), value) : rounded;
}

}  // namespace

TINAMIX_FLOAT_OPS(cast) {
    registry.add("Cast", LayoutUse::kUniform, [](Call& call) -> Tensors {
        const auto type = element_type_of_onnx(call.node().integer("to", 0));
        call.require(type.has_value(), "the type `to` is not supported");
        Tensors results = converted(call, *type);
        if (call.node().integer("to", 0) == kFloat16) {
            float* values = results[0].data<float>();
            std::transform(values, values + results[0].elements(), values, rounded_to_float16);
        }
        return results;
    });
    registry.limit("Cast", [](const ir::Node& node) -> std::string {
        const int64_t to = node.integer("to", 0);
        if (to == kBfloat16) {
            return "a cast to bfloat16 is not supported";  // ONNX did not say how it rounds until opset 19
        }
        return element_type_of_onnx(to) ? "" : "the element type number " + std::to_string(to) + " is not supported";
    });
    registry.add("CastLike", LayoutUse::kOnnx, [](Call& call) { return converted(call, call.input(1).type()); });
}

}  // namespace tinamix::float_exec
