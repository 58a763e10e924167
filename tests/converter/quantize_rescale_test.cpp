// Multipliers against exact arithmetic: every double times a power of two is a rational that double holds exactly.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "diagnostics/error.h"
#include "quantize/rescale.h"

namespace tinamix::quantize {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Rescale, MatchesTheWorkedExamples) {
    EXPECT_EQ(to_rescale(0.5), (Rescale{1 << 30, 31}));
    EXPECT_EQ(to_rescale(0.0003), (Rescale{1319413953, 42}));
    EXPECT_EQ(to_rescale(1.0), (Rescale{1 << 30, 30}));
    EXPECT_EQ(to_rescale(0.0), (Rescale{0, 62}));
}

TEST(Rescale, IsTheNearestMultiplierWithThirtyOneBits) {
    std::mt19937_64 random(2);
    std::uniform_real_distribution<double> fraction(1.0, 2.0);
    for (int i = 0; i < 200000; ++i) {
        const int exponent = static_cast<int>(random() % 61) - 32;
        const double real = std::ldexp(fraction(random), exponent);
        const Rescale rescale = to_rescale(real);
        ASSERT_GE(rescale.multiplier, 1 << 30) << real;
        ASSERT_GE(rescale.shift, 1);
        ASSERT_LE(rescale.shift, 62);
        const double exact = std::ldexp(real, rescale.shift);
        // At 2^31 the multiplier moves to the next power of two, where a step is worth twice as much.
        ASSERT_LE(std::fabs(exact - rescale.multiplier), 0.5) << real;
    }
}

TEST(Rescale, RoundsHalvesAwayFromZero) {
    const double just_between = std::ldexp((1 << 30) + 0.5, -40);
    EXPECT_EQ(to_rescale(just_between), (Rescale{(1 << 30) + 1, 40}));
    EXPECT_EQ(to_rescale(std::ldexp(0.5, -62)), (Rescale{1, 62}));
    EXPECT_EQ(to_rescale(std::ldexp(0.49, -62)), (Rescale{0, 62}));
}

TEST(Rescale, CarriesIntoTheNextPowerOfTwo) {
    EXPECT_EQ(to_rescale(std::nextafter(1.0, 0.0)), (Rescale{1 << 30, 30}));
    EXPECT_EQ(to_rescale(std::ldexp(2147483647.5, -31)), (Rescale{1 << 30, 30}));
    EXPECT_EQ(to_rescale(std::ldexp(2147483647.25, -31)), (Rescale{2147483647, 31}));
}

TEST(Rescale, KeepsShiftSixtyTwoForTheSmallest) {
    EXPECT_EQ(to_rescale(std::ldexp(1.0, -32)), (Rescale{1 << 30, 62}));
    EXPECT_EQ(to_rescale(std::ldexp(1.0, -33)), (Rescale{1 << 29, 62}));
    EXPECT_EQ(to_rescale(std::ldexp(1.0, -62)), (Rescale{1, 62}));
    EXPECT_EQ(to_rescale(1e-300), (Rescale{0, 62}));
}

TEST(Rescale, SaturatesForTheLargest) {
    EXPECT_EQ(to_rescale(std::ldexp(1.0, 29)), (Rescale{1 << 30, 1}));
    EXPECT_EQ(to_rescale(std::ldexp(1.0, 30)), (Rescale{2147483647, 1}));
    EXPECT_EQ(to_rescale(std::nextafter(std::ldexp(1.0, 30), 0.0)), (Rescale{2147483647, 1}));
    EXPECT_EQ(to_rescale(1e300), (Rescale{2147483647, 1}));
}

TEST(Rescale, RejectsWhatIsNoMultiplier) {
    EXPECT_THROW(to_rescale(-1.0), Error);
    EXPECT_THROW(to_rescale(kInfinity), Error);
    EXPECT_THROW(to_rescale(std::nan("")), Error);
}

TEST(AddRescale, TakesTheLargestShiftThatFits) {
    std::mt19937_64 random(3);
    std::uniform_real_distribution<double> fraction(1.0, 2.0);
    for (int i = 0; i < 100000; ++i) {
        const double a = std::ldexp(fraction(random), static_cast<int>(random() % 20) - 10);
        const double b = -std::ldexp(fraction(random), static_cast<int>(random() % 20) - 10);
        for (NumberFormat format : {NumberFormat::kInt8, NumberFormat::kInt16}) {
            const double limit = format == NumberFormat::kInt8 ? 0x1p20 : 0x1p30;
            const AddRescale add = to_add_rescale(a, b, format);
            ASSERT_LE(std::fabs(std::ldexp(a, add.shift) - add.multiplier_a), 0.5);
            ASSERT_LE(std::fabs(std::ldexp(b, add.shift) - add.multiplier_b), 0.5);
            ASSERT_LE(std::max(add.multiplier_a, -add.multiplier_b), limit);
            const double next = std::ldexp(std::max(a, -b), add.shift + 1);
            ASSERT_GT(std::round(next), limit);
        }
    }
}

TEST(AddRescale, HandlesWholeAndEmptyRatios) {
    EXPECT_EQ(to_add_rescale(1.0, 1.0, NumberFormat::kInt8), (AddRescale{1 << 20, 1 << 20, 20}));
    EXPECT_EQ(to_add_rescale(1.0, -0.5, NumberFormat::kInt16), (AddRescale{1 << 30, -(1 << 29), 30}));
    EXPECT_EQ(to_add_rescale(0.0, 0.0, NumberFormat::kInt16), (AddRescale{0, 0, 62}));
}

TEST(AddRescale, Int8StaysWithinThirtyTwoBits) {
    std::mt19937_64 random(4);
    std::uniform_real_distribution<double> exponent(-70.0, 30.0);
    for (int i = 0; i < 100000; ++i) {
        const AddRescale add =
            to_add_rescale(std::exp2(exponent(random)), std::exp2(exponent(random)), NumberFormat::kInt8);
        const int64_t peak = int64_t{255} * add.multiplier_a + int64_t{255} * add.multiplier_b;
        ASSERT_LT(peak + (int64_t{1} << (add.shift - 1)), int64_t{1} << 31) << add.shift;
    }
    // All shifts from 31 on give 0, so nothing is lost by stopping there.
    const AddRescale tiny = to_add_rescale(0x1p-40, 0x1p-40, NumberFormat::kInt8);
    EXPECT_EQ(tiny.shift, 31);
}

TEST(AddRescale, SaturatesWhateverIsTooLarge) {
    EXPECT_EQ(to_add_rescale(1e12, -1e12, NumberFormat::kInt8), (AddRescale{1 << 20, -(1 << 20), 1}));
    EXPECT_EQ(to_add_rescale(1e12, 3.0, NumberFormat::kInt16), (AddRescale{1 << 30, 6, 1}));
    EXPECT_THROW(to_add_rescale(kInfinity, 1.0, NumberFormat::kInt8), Error);
    EXPECT_THROW(to_add_rescale(1.0, std::nan(""), NumberFormat::kInt8), Error);
    EXPECT_THROW(to_add_rescale(1.0, 1.0, NumberFormat::kFloat32), Error);
}

TEST(ClampCodes, AreTheNearestToTheBounds) {
    const Quantization int8{NumberFormat::kInt8, 0.1F, -20};
    EXPECT_EQ(clamp_codes(int8, 0.0, kInfinity), (CodeRange{-20, 127}));
    EXPECT_EQ(clamp_codes(int8, 0.0, 6.0), (CodeRange{-20, 40}));
    EXPECT_EQ(clamp_codes(int8, -kInfinity, kInfinity), code_range(NumberFormat::kInt8));
    EXPECT_EQ(clamp_codes({NumberFormat::kInt16, 0.5F, 0}, -1.0, 6.0), (CodeRange{-2, 12}));
    EXPECT_THROW(clamp_codes(int8, 1.0, 0.0), Error);
    EXPECT_THROW(clamp_codes(int8, std::nan(""), 0.0), Error);
    EXPECT_THROW(clamp_codes(Quantization{}, 0.0, 1.0), Error);
}

}  // namespace
}  // namespace tinamix::quantize
