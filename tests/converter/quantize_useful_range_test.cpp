#include "quantize/useful_range.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tinamix::quantize {
namespace {

double silu(double x) { return x / (1.0 + std::exp(-x)); }

TEST(UsefulRange, CutsTheFlatTailOfSilu) {
    const calibrate::Range range = useful_range(silu, {-30, 10, -30, 10}, 0.02);
    EXPECT_LT(range.min, -4.0F);
    EXPECT_GT(range.min, -7.0F);
    EXPECT_NEAR(silu(range.min), silu(-30), 0.02);
    EXPECT_GT(range.max, 9.9F);
    EXPECT_EQ(range.observed_min, -30.0F);
}

TEST(UsefulRange, CutsBothTailsOfSigmoid) {
    const auto sigmoid = [](double x) { return 1.0 / (1.0 + std::exp(-x)); };
    const calibrate::Range range = useful_range(sigmoid, {-20, 40, -20, 40}, 1.0 / 512);
    EXPECT_NEAR(range.min, -6.24, 0.05);  // sigmoid(-6.24) = 1/512
    EXPECT_NEAR(range.max, 6.24, 0.05);
}

TEST(UsefulRange, KeepsWhatIsSteepAndWhatIsFlatEverywhere) {
    const calibrate::Range steep = useful_range([](double x) { return x; }, {-3, 5, -3, 5}, 0.001);
    EXPECT_NEAR(steep.min, -3, 0.01);
    EXPECT_NEAR(steep.max, 5, 0.01);
    const calibrate::Range flat = useful_range([](double) { return 1.0; }, {-3, 5, -3, 5}, 0.001);
    EXPECT_EQ(flat.min, -3);
    EXPECT_EQ(flat.max, 5);
}

TEST(UsefulRange, DoesNotJumpOverABump) {
    // Low again behind a bump that is larger than the tolerance: the bump stays inside.
    const auto bump = [](double x) { return x > -2 && x < -1 ? 1.0 : x > 0 ? x : 0.0; };
    EXPECT_LE(useful_range(bump, {-4, 4, -4, 4}, 0.1).min, -2.0F + 0.01F);
}

}  // namespace
}  // namespace tinamix::quantize
