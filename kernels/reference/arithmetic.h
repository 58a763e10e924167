// The formulas of docs/arithmetic.md on single numbers, as C++. Section numbers below are that page's.
//
// Everything is defined for every argument: sums wrap through unsigned types and shift counts are taken modulo 64, so
// a model file that lies gives wrong numbers but never undefined behaviour. Signed >> is floor(x / 2^n) on every
// compiler this project supports. No libm, no 128-bit type: 32-bit ARM has neither cheaply.
//
// Functions are `static`: kernels for different instruction sets include this header, and the linker must not pick one
// set's copy of an inline function for everyone.
#ifndef TINAMIX_KERNELS_REFERENCE_ARITHMETIC_H_
#define TINAMIX_KERNELS_REFERENCE_ARITHMETIC_H_

#include <stdint.h>
#include <string.h>

#include "kernels/kernel_types.h"

namespace tmx::kernels {

/// Range of an integer element type. (<limits> is part of the C++ library.)
template <typename T>
struct Range;
template <>
struct Range<int8_t> {
    static constexpr int32_t kMin = -128, kMax = 127;
};
template <>
struct Range<int16_t> {
    static constexpr int32_t kMin = -32768, kMax = 32767;
};

// 8: the only min and max of float32. Which operand an unordered comparison returns is part of the contract.
static inline float max_f32(float a, float b) { return a > b ? a : b; }
static inline float min_f32(float a, float b) { return a < b ? a : b; }
static inline float clamp_f32(float x, float low, float high) { return min_f32(max_f32(x, low), high); }

static inline int64_t clamp_i64(int64_t x, int64_t low, int64_t high) { return x < low ? low : (x > high ? high : x); }

static inline int64_t wrapping_add(int64_t a, int64_t b) {
    return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
}

/// (x + 2^(shift-1)) >> shift: x / 2^shift rounded to nearest, half up.
static inline int64_t shift_half_up(int64_t x, int32_t shift) {
    const uint32_t s = static_cast<uint32_t>(shift) & 63;
    const uint64_t half = uint64_t{1} << ((s - 1) & 63);
    return static_cast<int64_t>(static_cast<uint64_t>(x) + half) >> s;
}

/// 2: (acc * m + 2^(s-1)) >> s. The product fits 63 bits.
static inline int64_t rescale(int32_t acc, int32_t multiplier, int32_t shift) {
    return shift_half_up(int64_t{acc} * multiplier, shift);
}

/// 2, last paragraph: the same for a 64-bit accumulator, in halves.
static inline int64_t rescale_wide(int64_t acc, int32_t multiplier, int32_t shift) {
    if ((shift & 63) <= 32) {
        return rescale(static_cast<int32_t>(clamp_i64(acc, INT32_MIN, INT32_MAX)), multiplier, shift);
    }
    const int64_t high = acc >> 32;
    const int64_t low = static_cast<int64_t>(static_cast<uint32_t>(acc));
    const int64_t t = high * multiplier + ((low * multiplier) >> 32);
    const int32_t rest = (shift & 63) - 32;
    return (t + (int64_t{1} << (rest - 1))) >> rest;
}

/// 2: the zero point is added and the sum clamped; low..high lies within T.
template <typename T>
static inline T to_code(int64_t rescaled, int32_t zero_point, int32_t low, int32_t high) {
    return static_cast<T>(clamp_i64(wrapping_add(rescaled, zero_point), low, high));
}

/// a - b modulo 2^32: the distance of a code from its zero point.
static inline int32_t difference(int32_t a, int32_t b) {
    return static_cast<int32_t>(static_cast<uint32_t>(a) - static_cast<uint32_t>(b));
}

/// 6: 2^-t in Q30 for an exponent t >= 0 in Q16, by interpolation in the table of kExp2Entries.
static inline int64_t exp2_q30(const int32_t* exp2, int64_t t) {
    constexpr int64_t kLargestExponent = 30;
    const int64_t whole = t >> 16;
    if (whole < 0 || whole > kLargestExponent) return 0;
    const int32_t fraction = static_cast<int32_t>(t & 65535);
    const int32_t entry = fraction >> 8;
    const int32_t rest = fraction & 255;
    const int64_t fall = int64_t{exp2[entry]} - exp2[entry + 1];
    const int64_t y = exp2[entry] - ((fall * rest + 128) >> 8);
    return y >> whole;
}

/// 7: to the nearest integer, ties to even, for |x| below 2^22: the addition pushes the fraction out of the mantissa.
static inline float round_half_even(float x) {
    constexpr float kMagic = 12582912.0f;  // 1.5 * 2^23
    return (x + kMagic) - kMagic;
}

/// 7: float32 to a code. NaN gives the zero point.
template <typename T>
static inline T quantize(float x, float inverse_scale, int32_t zero_point) {
    constexpr float kBound = 65536.0f;
    const float scaled = x * inverse_scale;
    if (scaled != scaled) {
        return static_cast<T>(clamp_i64(zero_point, Range<T>::kMin, Range<T>::kMax));
    }
    const int32_t rounded = static_cast<int32_t>(round_half_even(clamp_f32(scaled, -kBound, kBound)));
    return static_cast<T>(clamp_i64(int64_t{rounded} + zero_point, Range<T>::kMin, Range<T>::kMax));
}

/// 7: a code to float32.
static inline float dequantize(int32_t code, float scale, int32_t zero_point) {
    return static_cast<float>(difference(code, zero_point)) * scale;
}

/// 2^n for -126 <= n <= 127.
static inline float power_of_two(int32_t n) {
    const uint32_t bits = static_cast<uint32_t>(n + 127) << 23;
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/// 8: exp, within 2 units in the last place. Without branches before the end, so that loops become vectors.
static inline float exp_f32(float x) {
    constexpr float kLowest = -87.33654f, kHighest = 88.72283f;
    const float inside = clamp_f32(x, kLowest, kHighest);
    const float n = round_half_even(inside * 1.44269504f);
    const float r = (inside - n * 0.693359375f) - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    const float y = ((p * (r * r)) + r) + 1.0f;
    // n is in -126..128: halved, both factors are normal numbers and the first product is exact.
    const int32_t exponent = static_cast<int32_t>(n);
    const int32_t half = exponent >> 1;
    const float power = (y * power_of_two(half)) * power_of_two(exponent - half);
    const float above_lowest = x < kLowest ? 0.0f : power;
    const float bounded = x > kHighest ? __builtin_inff() : above_lowest;
    return x != x ? x : bounded;
}

/// 8: 1 / sqrt(x) for x > 0, within 2 units in the last place; 0 for x <= 0.
static inline float reciprocal_root_f32(float x) {
    if (!(x > 0.0f)) return 0.0f;
    uint32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    bits = 0x5f3759dfu - (bits >> 1);
    float y;
    memcpy(&y, &bits, sizeof(y));
    const float half = 0.5f * x;
    for (int i = 0; i < 4; ++i) y = y * (1.5f - (half * y) * y);
    return y;
}

static inline float sigmoid_f32(float x) { return 1.0f / (1.0f + exp_f32(-x)); }

static inline float tanh_f32(float x) {
    const float magnitude = x < 0.0f ? -x : x;
    if (magnitude >= 0.625f) return 2.0f * sigmoid_f32(2.0f * x) - 1.0f;
    const float z = x * x;
    float p = -5.70498872745e-3f;
    p = p * z + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    return x + x * (z * p);
}

static inline float silu_f32(float x) { return x * sigmoid_f32(x); }

static inline float hard_sigmoid_f32(float x, float alpha, float beta) {
    return clamp_f32(alpha * x + beta, 0.0f, 1.0f);
}

static inline float hard_swish_f32(float x) { return x * hard_sigmoid_f32(x, 1.0f / 6.0f, 0.5f); }

static inline float leaky_relu_f32(float x, float alpha) { return x < 0.0f ? alpha * x : x; }

}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_REFERENCE_ARITHMETIC_H_
