// The error of a range in closed form, and the range of least error.
#include "calibrate/mean_squared_error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "calibrate/observer.h"

namespace tinamix::calibrate {
namespace {

using Floats = std::vector<float>;

double silu(double x) { return x / (1.0 + std::exp(-x)); }

Floats normal_values(size_t count, float mean, float deviation) {
    std::mt19937 generator(5);
    std::normal_distribution<float> normal(mean, deviation);
    Floats values(count);
    for (float& value : values) value = normal(generator);
    return values;
}

Histogram histogram_of(const Floats& values) {
    Histogram histogram(2048);
    const Extremes extremes = find_extremes(values.data(), values.size());
    histogram.add(values.data(), values.size(), std::max(std::fabs(extremes.min), std::fabs(extremes.max)));
    return histogram;
}

Range range_of(const Floats& values, const RealFunction& function = {}) {
    const Extremes extremes = find_extremes(values.data(), values.size());
    return least_error_range(histogram_of(values), extremes.min, extremes.max, function);
}

/// The definition, value by value.
double plain_error(const Floats& values, double min, double max, const RealFunction& function) {
    const double low = std::min(min, 0.0), high = std::max(max, 0.0), scale = (high - low) / 255;
    const double zero_point = std::round(-128 - low / scale);
    double error = 0, count = 0;
    for (const float x : values) {
        if (x == 0) continue;
        const double code = std::clamp(std::round(x / scale) + zero_point, -128.0, 127.0);
        error += std::pow(function(scale * (code - zero_point)) - function(x), 2);
        count += 1;
    }
    return error / count;
}

TEST(MeanSquaredError, IsThatOfThePlainDefinition) {
    const Floats values = normal_values(20000, 0.5F, 2);
    const Histogram histogram = histogram_of(values);
    const auto identity = [](double x) { return x; };
    for (const auto& [min, max] : {std::pair{-6.0F, 8.0F}, {-3.0F, 4.0F}, {0.0F, 2.0F}, {-1.0F, 0.0F}, {1.0F, 9.0F}}) {
        const double plain = plain_error(values, min, max, identity);
        EXPECT_NEAR(quantization_error(histogram, min, max), plain, 0.02 * plain);
        const double behind = plain_error(values, min, max, silu);
        EXPECT_NEAR(quantization_error(histogram, min, max, silu), behind, 0.02 * behind);
    }
}

TEST(MeanSquaredError, ChoosesTheBestOfAFineGrid) {
    Floats values = normal_values(30000, 0, 1);
    for (size_t i = 0; i < 30; ++i) values[i] *= 4;
    const Histogram histogram = histogram_of(values);
    const Range range = range_of(values);
    const double least = quantization_error(histogram, range.min, range.max);
    EXPECT_LT(range.max, range.observed_max);
    for (int low = 2; low <= 30; ++low) {
        for (int high = 2; high <= 30; ++high) {
            const float part = 1.0F / 30;
            EXPECT_LE(least, 1.02 * quantization_error(histogram, range.observed_min * part * static_cast<float>(low),
                                                       range.observed_max * part * static_cast<float>(high)));
        }
    }
}

TEST(MeanSquaredError, SpendsNoCodesOnWhatAFunctionHides) {
    const Floats values = normal_values(50000, -2, 6);
    const Range plain = range_of(values), behind = range_of(values, silu);
    EXPECT_LT(plain.min, -15);
    EXPECT_GT(behind.min, -8);
    EXPECT_LT(behind.min, -3);
    EXPECT_EQ(behind.observed_min, plain.observed_min);
    EXPECT_LT(plain_error(values, behind.min, behind.max, silu), 0.7 * plain_error(values, plain.min, plain.max, silu));
}

TEST(MeanSquaredError, KeepsAUniformRange) {
    Floats values(100000);
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 50000 - 1;
    const Range range = range_of(values);
    EXPECT_GT(range.max, 0.97F);
    EXPECT_LT(range.min, -0.97F);
}

TEST(MeanSquaredError, StaysWithinWhatWasSeen) {
    Floats values = normal_values(100000, 0, 1);
    for (float& value : values) value = std::max(value, 0.0F);
    const Range range = range_of(values);
    EXPECT_EQ(range.min, 0);
    EXPECT_LE(range.max, range.observed_max);
    for (float& value : values) value = -value - 1;
    EXPECT_EQ(range_of(values).max, -1);
}

TEST(MeanSquaredError, IsDefinedForFewAndConstantValues) {
    for (const float value : {0.0F, 1.0F, -3.5F, 1e-45F, 3e38F}) {
        const Range range = range_of(Floats(100, value));
        EXPECT_EQ(range.observed_min, value);
        EXPECT_EQ(range.observed_max, value);
        EXPECT_TRUE(std::isfinite(range.min) && std::isfinite(range.max));
        EXPECT_LE(range.min, range.max);
    }
}

}  // namespace
}  // namespace tinamix::calibrate
