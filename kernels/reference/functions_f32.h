// Functions of one float32 variable, on single numbers (docs/arithmetic.md, 8): each operation is one IEEE float32
// operation in the order written. No libm: its results differ from system to system. `static` for the reason that
// arithmetic.h gives.
#ifndef TINAMIX_KERNELS_REFERENCE_FUNCTIONS_F32_H_
#define TINAMIX_KERNELS_REFERENCE_FUNCTIONS_F32_H_

#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {

static inline float abs_f32(float x) { return x < 0.0f ? -x : x; }

/// Natural logarithm, within 1 unit in the last place: x = m * 2^e with m in [sqrt(1/2), sqrt(2)).
static inline float log_f32(float x) {
    if (x != x) return x;
    if (x < 0.0f) return __builtin_nanf("");
    if (x == 0.0f) return -__builtin_inff();
    if (x == __builtin_inff()) return x;
    constexpr float kSmallestNormal = 1.17549435e-38f, kTwoTo23 = 8388608.0f;
    int32_t exponent = 0;
    if (x < kSmallestNormal) {
        x = x * kTwoTo23;
        exponent = -23;
    }
    uint32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    exponent += static_cast<int32_t>(bits >> 23) - 126;
    bits = (bits & 0x007FFFFFu) | 0x3F000000u;  // the mantissa as a number in [0.5, 1)
    float m;
    memcpy(&m, &bits, sizeof(m));
    if (m < 0.70710678f) {
        m = m + m;
        --exponent;
    }
    const float e = static_cast<float>(exponent);
    const float r = m - 1.0f;
    const float z = r * r;
    float p = 7.0376836292e-2f;
    p = p * r - 1.1514610310e-1f;
    p = p * r + 1.1676998740e-1f;
    p = p * r - 1.2420140846e-1f;
    p = p * r + 1.4249322787e-1f;
    p = p * r - 1.6668057665e-1f;
    p = p * r + 2.0000714765e-1f;
    p = p * r - 2.4999993993e-1f;
    p = p * r + 3.3333331174e-1f;
    const float y = ((p * r) * z + e * -2.12194440e-4f) - 0.5f * z;
    return (r + y) + e * 0.693359375f;
}

/// exp(x) - 1 without the cancellation near 0: W. Kahan's correction of what rounding exp(x) lost.
static inline float expm1_f32(float x) {
    const float u = exp_f32(x);
    const float difference = u - 1.0f;
    if (difference == 0.0f) return x;
    if (difference == -1.0f || u == __builtin_inff()) return difference;
    return (difference * x) / log_f32(u);
}

/// log(1 + x) for x >= 0, by the same correction.
static inline float log1p_f32(float x) {
    const float u = 1.0f + x;
    if (u == 1.0f || u == __builtin_inff()) return x;
    return (log_f32(u) * x) / (u - 1.0f);
}

/// Correctly rounded by every processor this project supports.
static inline float sqrt_f32(float x) { return x < 0.0f ? __builtin_nanf("") : __builtin_sqrtf(x); }

/// Error function: an odd polynomial (the one of the Cephes library) up to 1, beyond that formula 7.1.26 of Abramowitz
/// and Stegun; within 2e-7.
static inline float erf_f32(float x) {
    const float a = abs_f32(x);
    if (a <= 1.0f) {
        const float z = x * x;
        float p = 7.853861353153693e-5f;
        p = p * z - 8.010193625184903e-4f;
        p = p * z + 5.188327685732524e-3f;
        p = p * z - 2.685381193529856e-2f;
        p = p * z + 1.128358514861418e-1f;
        p = p * z - 3.761262582423300e-1f;
        p = p * z + 1.128379165726710f;
        return x * p;
    }
    if (x != x) return x;
    const float t = 1.0f / (1.0f + 0.3275911f * a);
    float p = 1.061405429f;
    p = p * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    const float y = 1.0f - (p * t) * exp_f32(-(a * a));
    return x < 0.0f ? -y : y;
}

static inline float gelu_f32(float x) { return (0.5f * x) * (1.0f + erf_f32(x * 0.707106781f)); }

static inline float gelu_tanh_f32(float x) {
    return (0.5f * x) * (1.0f + tanh_f32(0.797884561f * (x + 0.044715f * ((x * x) * x))));
}

/// x * tanh(log(1 + e)) with e = exp(x), where tanh(log(1 + e)) is n / (n + 2) for n = e * (e + 2).
static inline float mish_f32(float x) {
    if (x > 20.0f) return x;
    const float e = exp_f32(x);
    const float n = e * (e + 2.0f);
    return x * (n / (n + 2.0f));
}

static inline float softplus_f32(float x) { return max_f32(x, 0.0f) + log1p_f32(exp_f32(-abs_f32(x))); }

static inline float elu_f32(float x, float alpha) { return x < 0.0f ? alpha * expm1_f32(x) : x; }
static inline float selu_f32(float x, float alpha, float gamma) { return gamma * elu_f32(x, alpha); }
static inline float celu_f32(float x, float alpha) { return x < 0.0f ? alpha * expm1_f32(x / alpha) : x; }

/// Integer powers up to 64 by squaring, lowest bit first; others as exp(p * log(x)).
static inline float pow_f32(float x, float exponent) {
    constexpr float kMostSquared = 64.0f;
    const float magnitude = abs_f32(exponent);
    const int32_t whole = magnitude <= kMostSquared ? static_cast<int32_t>(magnitude) : -1;
    if (static_cast<float>(whole) == magnitude) {
        float result = 1.0f, power = x;
        for (int32_t n = whole; n != 0; n >>= 1) {
            if ((n & 1) != 0) result = result * power;
            power = power * power;
        }
        return exponent < 0.0f ? 1.0f / result : result;
    }
    if (x == 0.0f) return exponent > 0.0f ? 0.0f : __builtin_inff();
    return exp_f32(exponent * log_f32(x));
}

/// Numbers from 2^23 on have no fraction (and must not be made int32).
static inline bool has_fraction(float x) { return abs_f32(x) < 8388608.0f; }
static inline float floor_f32(float x) {
    if (!has_fraction(x)) return x;
    const float whole = static_cast<float>(static_cast<int32_t>(x));
    return whole > x ? whole - 1.0f : whole;
}
static inline float ceil_f32(float x) { return -floor_f32(-x); }
/// Halves to even.
static inline float round_f32(float x) {
    if (!has_fraction(x)) return x;
    const float below = floor_f32(x);
    const float rest = x - below;
    const bool odd = (static_cast<int32_t>(below) & 1) != 0;
    return rest > 0.5f || (rest == 0.5f && odd) ? below + 1.0f : below;
}
static inline float sign_f32(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x; }

/// sin(x + quarters * pi / 2). x is brought to [-pi/4, pi/4] by a multiple of pi/2 in three parts (Cody and Waite),
/// which holds up to 2^16; beyond that, and for NaN, the result is NaN.
static inline float sine_f32(float x, int32_t quarters) {
    constexpr float kLargest = 65536.0f;
    if (!(abs_f32(x) <= kLargest)) return __builtin_nanf("");
    const float n = round_half_even(x * 0.63661977f);
    const float r = ((x - n * 1.5703125f) - n * 4.837512969970703125e-4f) - n * 7.54978995489188216e-8f;
    const float z = r * r;
    const int32_t quadrant = (static_cast<int32_t>(n) + quarters) & 3;
    float y;
    if ((quadrant & 1) == 0) {
        float p = -1.9515295891e-4f;
        p = p * z + 8.3321608736e-3f;
        p = p * z - 1.6666654611e-1f;
        y = (p * z) * r + r;
    } else {
        float p = 2.443315711809948e-5f;
        p = p * z - 1.388731625493765e-3f;
        p = p * z + 4.166664568298827e-2f;
        y = ((p * z) * z - 0.5f * z) + 1.0f;
    }
    return quadrant >= 2 ? -y : y;
}

}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_REFERENCE_FUNCTIONS_F32_H_
