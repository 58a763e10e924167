// Functions of one variable and operations on two operands, against double and against exact fractions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "cases.h"
#include "kernels/reference/functions_f32.h"

namespace tmx::kernels::test {
namespace {

struct FunctionCase {
    const char* name;
    UnaryFunction function;
    std::function<double(double)> expected;
    float low, high;
    /// Largest error: `absolute` + `relative` * |expected|. Float32 has steps of 2^-24 to 2^-23 of a number; the rest
    /// is what the polynomials and the few operations around them add.
    double absolute, relative;
    float alpha = 0.0f, beta = 0.0f;
};

double softplus(double x) { return std::fmax(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }

const FunctionCase kFunctions[] = {
    {"Neg", UnaryFunction::kNeg, [](double x) { return -x; }, -9, 9, 0, 0},
    {"Abs", UnaryFunction::kAbs, [](double x) { return std::fabs(x); }, -9, 9, 0, 0},
    {"Elu", UnaryFunction::kElu, [](double x) { return x < 0 ? 0.5 * std::expm1(x) : x; }, -30, 5, 0, 5e-7, 0.5f},
    {"Selu", UnaryFunction::kSelu, [](double x) { return 1.25 * (x < 0 ? 1.5 * std::expm1(x) : x); }, -30, 5, 0, 6e-7,
     1.5f, 1.25f},
    {"Celu", UnaryFunction::kCelu, [](double x) { return x < 0 ? 2 * std::expm1(x / 2) : x; }, -30, 5, 0, 5e-7, 2.0f},
    {"Gelu", UnaryFunction::kGelu, [](double x) { return 0.5 * x * (1 + std::erf(x * std::sqrt(0.5))); }, -8, 8, 6e-7,
     3e-7},
    {"GeluTanh", UnaryFunction::kGeluTanh,
     [](double x) { return 0.5 * x * (1 + std::tanh(0.79788456080286536 * (x + 0.044715 * x * x * x))); }, -8, 8, 8e-7,
     3e-7},
    {"Erf", UnaryFunction::kErf, [](double x) { return std::erf(x); }, -6, 6, 2.5e-7, 0},
    {"Mish", UnaryFunction::kMish, [](double x) { return x * std::tanh(softplus(x)); }, -30, 30, 0, 1e-6},
    {"Log", UnaryFunction::kLog, [](double x) { return std::log(x); }, 1e-6f, 50, 1e-8, 1.5e-7},
    {"Sqrt", UnaryFunction::kSqrt, [](double x) { return std::sqrt(x); }, 0, 50, 0, 6e-8},
    {"Reciprocal", UnaryFunction::kReciprocal, [](double x) { return 1 / x; }, 0.01f, 50, 0, 6e-8},
    {"Softplus", UnaryFunction::kSoftplus, softplus, -40, 40, 0, 6e-7},
    {"Softsign", UnaryFunction::kSoftsign, [](double x) { return x / (1 + std::fabs(x)); }, -40, 40, 0, 2e-7},
    {"PowThree", UnaryFunction::kPow, [](double x) { return x * x * x; }, -5, 5, 0, 2e-7, 3.0f},
    {"PowMinusTwo", UnaryFunction::kPow, [](double x) { return 1 / (x * x); }, 0.1f, 5, 0, 2e-7, -2.0f},
    {"PowFraction", UnaryFunction::kPow, [](double x) { return std::pow(x, 1.7f); }, 0.1f, 5, 0, 2e-6, 1.7f},
    {"Floor", UnaryFunction::kFloor, [](double x) { return std::floor(x); }, -5, 5, 0, 0},
    {"Ceil", UnaryFunction::kCeil, [](double x) { return std::ceil(x); }, -5, 5, 0, 0},
    {"Round", UnaryFunction::kRound, [](double x) { return std::nearbyint(x); }, -5, 5, 0, 0},
    {"Sign", UnaryFunction::kSign, [](double x) { return x > 0   ? 1
                                                         : x < 0 ? -1
                                                                 : 0; }, -5, 5, 0, 0},
    {"Sin", UnaryFunction::kSin, [](double x) { return std::sin(x); }, -100, 100, 1e-7, 0},
    {"Cos", UnaryFunction::kCos, [](double x) { return std::cos(x); }, -100, 100, 1e-7, 0},
    {"ThresholdedRelu", UnaryFunction::kThresholdedRelu, [](double x) { return x > 0.5 ? x : 0; }, -5, 5, 0, 0, 0.5f},
};

class UnaryF32 : public testing::TestWithParam<FunctionCase> {};

TEST_P(UnaryF32, IsCloseToTheTrueFunction) {
    const FunctionCase& c = GetParam();
    constexpr int kCount = 4097;
    std::vector<float> input(kCount), output(kCount);
    for (int i = 0; i < kCount; ++i) input[i] = c.low + (c.high - c.low) * i / (kCount - 1);
    UnaryArgs args{};
    args.function = c.function;
    args.alpha = c.alpha;
    args.beta = c.beta;
    args.input = input.data();
    args.output = output.data();
    f32_unary__reference(args, 0, kCount);
    for (int i = 0; i < kCount; ++i) {
        const double expected = c.expected(input[i]);
        ASSERT_NEAR(output[i], expected, c.absolute + c.relative * std::fabs(expected)) << "at " << input[i];
    }
}

INSTANTIATE_TEST_SUITE_P(Functions, UnaryF32, testing::ValuesIn(kFunctions),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(FunctionsF32, HaveTheirLimits) {
    const float infinity = __builtin_inff();
    EXPECT_EQ(log_f32(0.0f), -infinity);
    EXPECT_TRUE(std::isnan(log_f32(-1.0f)));
    EXPECT_EQ(log_f32(infinity), infinity);
    EXPECT_NEAR(log_f32(1e-40f), std::log(1e-40), 1e-4);  // 1e-40 itself is coarse: a subnormal number
    EXPECT_TRUE(std::isnan(sqrt_f32(-1.0f)));
    EXPECT_EQ(erf_f32(infinity), 1.0f);
    EXPECT_EQ(erf_f32(-infinity), -1.0f);
    EXPECT_EQ(expm1_f32(-infinity), -1.0f);
    EXPECT_EQ(expm1_f32(1e-10f), 1e-10f);
    EXPECT_EQ(expm1_f32(infinity), infinity);
    EXPECT_EQ(softplus_f32(infinity), infinity);
    EXPECT_EQ(pow_f32(0.0f, 0.5f), 0.0f);
    EXPECT_EQ(pow_f32(0.0f, -0.5f), infinity);
    EXPECT_EQ(pow_f32(3.0f, 0.0f), 1.0f);
    EXPECT_TRUE(std::isnan(pow_f32(-2.0f, 0.5f)));
    EXPECT_EQ(round_f32(2.5f), 2.0f);
    EXPECT_EQ(round_f32(3.5f), 4.0f);
    EXPECT_EQ(round_f32(-2.5f), -2.0f);
    EXPECT_EQ(floor_f32(1e20f), 1e20f);
    EXPECT_TRUE(std::isnan(sine_f32(1e6f, 0)));
    EXPECT_TRUE(std::isnan(sine_f32(infinity, 1)));
    const float nan = __builtin_nanf("");
    for (const FunctionCase& c : kFunctions) {
        if (c.function == UnaryFunction::kThresholdedRelu || std::string(c.name) == "Mish") continue;
        float output = 0.0f;
        UnaryArgs args{};
        args.function = c.function;
        args.alpha = c.alpha;
        args.input = &nan;
        args.output = &output;
        f32_unary__reference(args, 0, 1);
        EXPECT_TRUE(std::isnan(output)) << c.name;
    }
}

/// One element of a binary operation in int8.
int32_t binary_i8(BinaryArgs args, int a, int b) {
    const auto left = static_cast<int8_t>(a), right = static_cast<int8_t>(b);
    int8_t output = 0;
    args.rank = 1;
    args.shape[0] = 1;
    args.a = &left;
    args.b = &right;
    args.clamp_min = -128;
    args.clamp_max = 127;
    args.output = &output;
    i8_binary__reference(args, 0, 1);
    return output;
}

TEST(BinaryDivision, RoundsTheExactQuotientHalfUpOnce) {
    BinaryArgs args{};
    args.function = BinaryFunction::kDiv;
    args.zero_point_a = 3;
    args.zero_point_b = -5;
    args.zero_point_out = 1;
    args.multiplier_a = 1431655765;
    for (const int32_t shift : {26, 31, 46}) {
        args.shift = shift;
        for (int a = -128; a < 128; a += 3) {
            for (int b = -128; b < 128; ++b) {
                const int64_t n = int64_t{a - 3} * args.multiplier_a, d = int64_t{b + 5};
                int64_t expected = 0;
                if (d == 0) {
                    expected = n > 0 ? 127 : n < 0 ? -128 : 1;
                } else {
                    // floor((2 n + d 2^s) / (d 2^(s+1))): all below 2^56
                    const int64_t size = d < 0 ? -d : d;
                    const int64_t top = (2 * n + d * (int64_t{1} << shift)) * (d < 0 ? -1 : 1);
                    const int64_t bottom = size << (shift + 1);
                    const int64_t quotient = top / bottom - (top % bottom < 0 ? 1 : 0);
                    expected = std::min<int64_t>(std::max<int64_t>(quotient + 1, -128), 127);
                }
                ASSERT_EQ(binary_i8(args, a, b), expected) << a << " / " << b << " shift " << shift;
            }
        }
    }
}

TEST(BinaryExtremes, CompareBeforeTheyRound) {
    BinaryArgs args{};
    args.zero_point_b = 10;
    args.multiplier_a = 1 << 20;
    args.multiplier_b = 1 << 19;
    args.shift = 20;
    for (int a = -128; a < 128; a += 5) {
        for (int b = -128; b < 128; b += 3) {
            const double left = a, right = (b - 10) / 2.0;
            args.function = BinaryFunction::kMin;
            EXPECT_EQ(binary_i8(args, a, b), std::max(-128.0, std::floor(std::min(left, right) + 0.5)));
            args.function = BinaryFunction::kMax;
            EXPECT_EQ(binary_i8(args, a, b), std::floor(std::max(left, right) + 0.5));
        }
    }
}

TEST(BinaryPRelu, HasASlopeForNegativeNumbersOnly) {
    BinaryArgs args{};
    args.function = BinaryFunction::kPRelu;
    args.zero_point_a = 2;
    args.multiplier_a = args.multiplier_b = 1 << 30;
    args.shift = 30;    // 1
    args.shift_b = 37;  // 1 / 128
    for (int a = -128; a < 128; a += 3) {
        for (int b = -128; b < 128; b += 3) {
            const double expected = a >= 2 ? a - 2 : std::floor((a - 2) * b / 128.0 + 0.5);
            EXPECT_EQ(binary_i8(args, a, b), std::clamp(expected, -128.0, 127.0)) << a << ", " << b;
        }
    }
}

TEST(LookupInt16, BothLayoutsInterpolateBetweenTheirEntries) {
    // A straight line through all entries comes back as itself.
    std::vector<int16_t> octaves, uniform;
    for (int sign : {1, -1}) {
        for (int i = 0; i <= 640; ++i) {
            const int octave = i < 128 ? 0 : i / 64 - 1;
            octaves.push_back(static_cast<int16_t>(sign * (((i - 64 * octave) << octave) / 2)));
        }
    }
    for (int i = 0; i <= 4096; ++i) uniform.push_back(static_cast<int16_t>((16 * i - 32768) / 2));
    ASSERT_EQ(octaves.size(), static_cast<size_t>(kLookupOctaveEntries));
    std::vector<int16_t> input, output(65536);
    for (int code = -32768; code <= 32767; ++code) input.push_back(static_cast<int16_t>(code));
    LookupArgs args{};
    args.input = input.data();
    args.output = output.data();
    args.octaves = true;
    args.table = octaves.data();
    i16_lookup__reference(args, 0, 65536);
    for (int code = -32768; code <= 32767; ++code) ASSERT_NEAR(output[code + 32768], code / 2.0, 1.0) << code;
    args.octaves = false;
    args.interval_bits = 4;
    args.table = uniform.data();
    i16_lookup__reference(args, 0, 65536);
    for (int code = -32768; code <= 32767; ++code) ASSERT_NEAR(output[code + 32768], code / 2.0, 0.5) << code;
}

}  // namespace
}  // namespace tmx::kernels::test
