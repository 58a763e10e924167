// exp in float32, written so that the compiler vectorizes loops over it. Range reduction to [-ln2/2, ln2/2] and the
// minimax polynomial of the Cephes library; as in docs/arithmetic.md, section 8, but with
// gradual underflow. Relative error below 2e-7. NaN stays NaN.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace tinamix::float_exec {

inline float fast_exp(float x) {
    constexpr float kRounder = 12582912.0F;               // 1.5 * 2^23: adding it rounds to an integer in the low bits
    constexpr float kLowest = -104.0F, kHighest = 89.0F;  // beyond these the result is 0 or infinity by itself
    const float bounded = x < kLowest ? kLowest : x > kHighest ? kHighest : x;
    const float shifted = bounded * 1.44269504F + kRounder;
    const float n = shifted - kRounder;
    const float r = (bounded - n * 0.693359375F) - n * -2.12194440e-4F;
    float p = 1.9875691500e-4F;
    p = p * r + 1.3981999507e-3F;
    p = p * r + 8.3334519073e-3F;
    p = p * r + 4.1665795894e-2F;
    p = p * r + 1.6666665459e-1F;
    p = p * r + 5.0000001201e-1F;
    const float y = p * (r * r) + r + 1.0F;
    // 2^n in two factors, because 2^128 is no float. The integer is in the low bits of `shifted`.
    const auto exponent = static_cast<int32_t>(std::bit_cast<uint32_t>(shifted) - std::bit_cast<uint32_t>(kRounder));
    const int32_t half = exponent >> 1;
    auto power_of_two = [](int32_t e) { return std::bit_cast<float>((static_cast<uint32_t>(e) + 127U) << 23); };
    return y * power_of_two(half) * power_of_two(exponent - half);
}

inline double fast_exp(double x) { return std::exp(x); }

}  // namespace tinamix::float_exec
