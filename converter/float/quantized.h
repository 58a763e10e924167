// Integer tensors with scale and zero point, as ONNX's own quantized operators define them.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "float/call.h"

namespace tinamix::float_exec {

/// round(value) + zero_point, halves to even, limited to the range of T. NaN becomes the zero point.
template <typename T>
T quantized(float value, int64_t zero_point) {
    constexpr float kEnough = 1 << 24;  // beyond every T, and exact as an integer
    const float rounded = std::nearbyint(value);
    const float bounded = rounded != rounded   ? 0.0F
                          : rounded < -kEnough ? -kEnough
                          : rounded > kEnough  ? kEnough
                                               : rounded;
    const int64_t shifted = static_cast<int64_t>(bounded) + zero_point;
    const int64_t low = std::numeric_limits<T>::lowest(), high = std::numeric_limits<T>::max();
    return static_cast<T>(shifted < low ? low : shifted > high ? high : shifted);
}

/// Input `index` (uint8 or int8) minus its zero point at input `zero_index`, which is 0 where absent, one number, or
/// one per entry of axis `axis`.
std::vector<int32_t> centred(const Call& call, size_t index, size_t zero_index, size_t axis);

}  // namespace tinamix::float_exec
