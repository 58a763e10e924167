// The formulas of kernels/reference/arithmetic.h against independent ones: 128-bit integers, double precision, and the
// worked examples of docs/arithmetic.md.
#include "kernels/reference/arithmetic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "random.h"

namespace tmx::kernels::test {
namespace {

/// Distance in units in the last place between two floats of the same sign.
int64_t ulps(float a, float b) {
    int32_t x, y;
    std::memcpy(&x, &a, 4);
    std::memcpy(&y, &b, 4);
    return std::llabs(int64_t{x} - y);
}

TEST(Rescale, WorkedExamplesOfTheContract) {
    EXPECT_EQ(rescale(3, 1 << 30, 31), 2);
    EXPECT_EQ(rescale(-3, 1 << 30, 31), -1);
    EXPECT_EQ(rescale(5000, 1319413953, 42), 1);
    EXPECT_EQ(rescale_wide(3, 1 << 30, 31), 2);
    EXPECT_EQ(rescale_wide(-3, 1 << 30, 31), -1);
    EXPECT_EQ(rescale_wide(5000, 1319413953, 42), 1);
}

TEST(Rescale, RoundsHalfUp) {
    for (int32_t x = -9; x <= 9; ++x) {
        EXPECT_EQ(rescale(x, 1 << 30, 31), static_cast<int64_t>(std::floor(x / 2.0 + 0.5))) << x;
        EXPECT_EQ(rescale(x, 1 << 30, 32), static_cast<int64_t>(std::floor(x / 4.0 + 0.5))) << x;
        EXPECT_EQ(rescale_wide(x, 1 << 30, 33), static_cast<int64_t>(std::floor(x / 8.0 + 0.5))) << x;
    }
}

TEST(Rescale, EqualQuantizationCopies) {
    for (int32_t x = -65536; x <= 65536; ++x) ASSERT_EQ(rescale(x, 1 << 30, 30), x);
}

TEST(Rescale, IsDefinedForFieldsOutOfRange) {
    for (const int32_t shift : {-1, 0, 63, 64, 255, INT32_MIN, INT32_MAX}) {
        for (const int32_t multiplier : {INT32_MIN, -1, 0, INT32_MAX}) {
            for (const int64_t acc : {INT64_MIN, int64_t{INT32_MIN}, int64_t{0}, int64_t{INT32_MAX}, INT64_MAX}) {
                const int8_t narrow =
                    to_code<int8_t>(rescale(static_cast<int32_t>(acc), multiplier, shift), INT32_MIN, -128, 127);
                const int8_t wide = to_code<int8_t>(rescale_wide(acc, multiplier, shift), INT32_MAX, -128, 127);
                EXPECT_LE(int{narrow}, 127);
                EXPECT_GE(int{wide}, -128);
            }
        }
    }
}

#ifdef __SIZEOF_INT128__

__extension__ typedef __int128 Int128;

/// (acc * m + 2^(s-1)) >> s over the integers, as long as that fits, saturated to 64 bits.
int64_t exact_rescale(int64_t acc, int32_t multiplier, int32_t shift) {
    const Int128 value = (Int128{acc} * multiplier + (Int128{1} << (shift - 1))) >> shift;
    if (value > INT64_MAX) return INT64_MAX;
    if (value < INT64_MIN) return INT64_MIN;
    return static_cast<int64_t>(value);
}

/// Checks both forms; the wide one may saturate before an int16 clamp, which is all that follows it.
void check_rescale(int64_t acc, int32_t multiplier, int32_t shift) {
    const int64_t exact = exact_rescale(acc, multiplier, shift);
    const int64_t wide = rescale_wide(acc, multiplier, shift);
    if (shift > 32) {
        ASSERT_EQ(wide, exact) << acc << " " << multiplier << " " << shift;
    } else {
        ASSERT_EQ(clamp_i64(wide, -32768 - 128, 32767 + 128), clamp_i64(exact, -32768 - 128, 32767 + 128))
            << acc << " " << multiplier << " " << shift;
    }
    if (acc >= INT32_MIN && acc <= INT32_MAX) {
        ASSERT_EQ(rescale(static_cast<int32_t>(acc), multiplier, shift), exact)
            << acc << " " << multiplier << " " << shift;
    }
}

TEST(Rescale, EqualsTheIntegersAtEveryEdge) {
    const int64_t edges[] = {0,
                             1,
                             2,
                             3,
                             127,
                             128,
                             32767,
                             32768,
                             65535,
                             65536,
                             INT32_MAX,
                             int64_t{INT32_MAX} + 1,
                             int64_t{1} << 32,
                             (int64_t{1} << 32) - 1,
                             int64_t{1} << 47,
                             int64_t{1} << 62,
                             INT64_MAX};
    const int32_t multipliers[] = {1 << 30, (1 << 30) + 1, INT32_MAX, INT32_MAX - 1, 1319413953};
    for (const int64_t edge : edges) {
        for (const int64_t acc : {edge, -edge, -edge - 1}) {
            for (int32_t shift = 1; shift <= 62; ++shift) {
                for (const int32_t multiplier : multipliers) check_rescale(acc, multiplier, shift);
            }
            for (const int32_t multiplier : {0, 1, 12345, (1 << 30) - 1}) check_rescale(acc, multiplier, 62);
        }
    }
}

TEST(Rescale, EqualsTheIntegersForAMillionRandomAccumulators) {
    Random random(1);
    for (int i = 0; i < 1000000; ++i) {
        const int64_t acc = static_cast<int64_t>(random.bits()) >> random.int32(0, 62);
        check_rescale(acc, random.int32(1 << 30, INT32_MAX), random.int32(1, 62));
    }
}

#endif  // __SIZEOF_INT128__

TEST(RoundHalfEven, EqualsTheProcessorsRounding) {
    Random random(2);
    for (const float x : {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 65535.5f, -65535.5f, 65536.0f, 0.49999997f}) {
        EXPECT_EQ(round_half_even(x), std::nearbyint(x)) << x;
    }
    for (int i = 0; i < 100000; ++i) {
        const float x = random.real(65536.0f);
        ASSERT_EQ(round_half_even(x), std::nearbyint(x)) << x;
    }
}

TEST(Quantize, ClampsAndMapsNanToTheZeroPoint) {
    EXPECT_EQ(quantize<int8_t>(1.0f, 2.0f, 3), 5);
    EXPECT_EQ(quantize<int8_t>(0.25f, 2.0f, 0), 0);
    EXPECT_EQ(quantize<int8_t>(0.75f, 2.0f, 0), 2);
    EXPECT_EQ(quantize<int8_t>(1e30f, 1e30f, 3), 127);
    EXPECT_EQ(quantize<int8_t>(-1e30f, 1.0f, 3), -128);
    EXPECT_EQ(quantize<int8_t>(__builtin_nanf(""), 1.0f, -7), -7);
    EXPECT_EQ(quantize<int8_t>(0.0f, __builtin_inff(), -7), -7);
    EXPECT_EQ(quantize<int16_t>(40000.0f, 1.0f, 0), 32767);
    EXPECT_EQ(quantize<int16_t>(-32768.5f, 1.0f, 0), -32768);
}

TEST(Exp, IsWithinTwoUnitsInTheLastPlace) {
    int64_t worst = 0;
    for (int i = 0; i <= 200000; ++i) {
        const float x = -87.3f + 176.0f * static_cast<float>(i) / 200000.0f;
        worst = std::max(worst, ulps(exp_f32(x), static_cast<float>(std::exp(static_cast<double>(x)))));
    }
    EXPECT_LE(worst, 2);
}

TEST(Exp, HasTheRightEnds) {
    EXPECT_EQ(exp_f32(0.0f), 1.0f);
    EXPECT_EQ(exp_f32(-0.0f), 1.0f);
    EXPECT_EQ(exp_f32(-87.4f), 0.0f);
    EXPECT_EQ(exp_f32(-__builtin_inff()), 0.0f);
    EXPECT_EQ(exp_f32(88.8f), __builtin_inff());
    EXPECT_EQ(exp_f32(__builtin_inff()), __builtin_inff());
    EXPECT_TRUE(std::isfinite(exp_f32(88.72283f)));
    EXPECT_GT(exp_f32(88.72283f), 3.4e38f);
    EXPECT_GT(exp_f32(-87.33654f), 1.17e-38f);
    EXPECT_TRUE(std::isnan(exp_f32(__builtin_nanf(""))));
}

TEST(Sigmoid, IsCloseToTheRealFunctionEverywhere) {
    for (int i = -100000; i <= 100000; ++i) {
        const float x = static_cast<float>(i) * 0.001f;
        const double real = 1.0 / (1.0 + std::exp(-static_cast<double>(x)));
        ASSERT_NEAR(sigmoid_f32(x), real, 2e-7) << x;  // 2 units at 1
    }
    EXPECT_EQ(sigmoid_f32(0.0f), 0.5f);
    EXPECT_EQ(sigmoid_f32(200.0f), 1.0f);
    EXPECT_EQ(sigmoid_f32(-200.0f), 0.0f);
}

TEST(Tanh, IsCloseToTheRealFunctionAndOdd) {
    for (int i = -20000; i <= 20000; ++i) {
        const float x = static_cast<float>(i) * 0.0005f;
        ASSERT_NEAR(tanh_f32(x), std::tanh(static_cast<double>(x)), 4e-7) << x;
    }
    for (int i = -1000; i <= 1000; ++i) {  // the polynomial part is relatively accurate down to zero
        const float x = static_cast<float>(i) * 0.000624f;
        const double real = std::tanh(static_cast<double>(x));
        ASSERT_NEAR(tanh_f32(x), real, std::abs(real) * 3e-7) << x;
        ASSERT_EQ(tanh_f32(-x), -tanh_f32(x));
    }
    EXPECT_EQ(tanh_f32(100.0f), 1.0f);
    EXPECT_EQ(tanh_f32(-100.0f), -1.0f);
}

TEST(HardFunctions, FollowTheirFormulas) {
    EXPECT_EQ(hard_sigmoid_f32(0.0f, 0.2f, 0.5f), 0.5f);
    EXPECT_EQ(hard_sigmoid_f32(10.0f, 0.2f, 0.5f), 1.0f);
    EXPECT_EQ(hard_sigmoid_f32(-10.0f, 0.2f, 0.5f), 0.0f);
    EXPECT_EQ(hard_swish_f32(-3.0f), 0.0f);
    EXPECT_EQ(hard_swish_f32(6.0f), 6.0f);
    EXPECT_EQ(leaky_relu_f32(-2.0f, 0.25f), -0.5f);
    EXPECT_EQ(leaky_relu_f32(2.0f, 0.25f), 2.0f);
    EXPECT_EQ(silu_f32(0.0f), 0.0f);
}

TEST(MinMax, ReturnTheSecondOperandForNan) {
    EXPECT_EQ(max_f32(__builtin_nanf(""), 1.0f), 1.0f);
    EXPECT_EQ(min_f32(__builtin_nanf(""), 1.0f), 1.0f);
    EXPECT_EQ(clamp_f32(__builtin_nanf(""), -1.0f, 1.0f), -1.0f);
}

}  // namespace
}  // namespace tmx::kernels::test
