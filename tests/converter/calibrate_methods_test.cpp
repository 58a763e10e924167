// Each method against its definition, computed plainly from the values.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "calibrate/aciq.h"
#include "calibrate/kl_divergence.h"
#include "calibrate/mean_squared_error.h"
#include "calibrate/methods.h"
#include "calibrate/octav.h"
#include "calibrate/percentile.h"

namespace tinamix::calibrate {
namespace {

using Floats = std::vector<float>;

Floats normal_values(size_t count, uint32_t seed) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal(0, 1);
    Floats values(count);
    for (float& value : values) value = normal(generator);
    return values;
}

struct Seen {
    explicit Seen(const Floats& values) {
        const Extremes extremes = find_extremes(values.data(), values.size());
        range = {extremes.min, extremes.max, extremes.min, extremes.max};
        histogram.add(values.data(), values.size(), std::max(-extremes.min, extremes.max));
    }
    Histogram histogram{2048};
    Range range;
};

TEST(Percentile, LeavesOutThePartAskedForAtEachEnd) {
    Floats values = normal_values(100000, 3);
    const Seen seen(values);
    const Range range = percentile_range(seen.histogram, seen.range, 99.9);
    std::sort(values.begin(), values.end());
    const double bin = seen.histogram.bin_width();
    EXPECT_NEAR(range.max, values[values.size() - 101], 1.5 * bin);
    EXPECT_NEAR(range.min, values[100], 1.5 * bin);
    EXPECT_GE(std::count_if(values.begin(), values.end(), [&](float x) { return x <= range.max; }), 99900);
    EXPECT_EQ(percentile_range(seen.histogram, seen.range, 100).max, seen.range.observed_max);
}

TEST(Percentile, CountsZerosAsValues) {
    Floats values(100000, 0.0F);
    for (size_t i = 0; i < 50; ++i) values[i] = static_cast<float>(i + 1);
    const Seen seen(values);
    const Range range = percentile_range(seen.histogram, seen.range, 99.99);  // ten may be left out
    EXPECT_NEAR(range.max, 40, 0.1);
    EXPECT_EQ(range.min, 0);
    EXPECT_EQ(percentile_range(seen.histogram, seen.range, 99).max, 0);
}

TEST(Percentile, RisesWithTheDepth) {
    EXPECT_DOUBLE_EQ(percent_of_depth(0, 100), 99.99);
    EXPECT_GT(percent_of_depth(99, 100), 99.9998);
    EXPECT_LT(percent_of_depth(99, 100), 99.999999);
}

TEST(Octav, FindsTheLeastErrorOfClippingAndUniformRounding) {
    Floats values = normal_values(200000, 5);
    for (size_t i = 0; i < 200; ++i) values[i] *= 5;
    const Seen seen(values);
    // Its own model of the error, on a fine grid of thresholds.
    double best = 0, least = INFINITY;
    for (double s = 1; s < 20; s += 0.01) {
        double error = 0;
        for (const float x : values) {
            const double beyond = std::fabs(x) - s;
            error += beyond > 0 ? beyond * beyond : s * s / 3 / 65536;
        }
        if (error < least) best = s;
        least = std::min(least, error);
    }
    EXPECT_NEAR(octav_threshold(seen.histogram, seen.range), best, 0.05 * best);
    EXPECT_EQ(octav_threshold(Histogram(2048), {}), 0);
}

TEST(Aciq, SolvesForThePublishedConstants) {
    EXPECT_NEAR(optimal_clipping(Distribution::kGauss, 8), 3.92403337, 1e-5);
    EXPECT_NEAR(optimal_clipping(Distribution::kGauss, 4), 2.55913642, 1e-5);
    EXPECT_NEAR(optimal_clipping(Distribution::kLaplace, 8), 9.89675982, 1e-5);
    EXPECT_NEAR(optimal_clipping(Distribution::kLaplace, 4), 5.02864014, 1e-5);
}

TEST(Aciq, ClipsAboutTheMeanWithinWhatWasSeen) {
    Floats values = normal_values(100000, 11);
    for (float& x : values) x += 0.5F;
    values.push_back(90);
    const Seen seen(values);
    const Range gauss = aciq_range(seen.histogram, seen.range, Distribution::kGauss);
    EXPECT_NEAR(gauss.max, 0.5 + 3.924 * 1.04, 0.1);  // the outlier widens the deviation a little
    EXPECT_NEAR(gauss.min, std::max<double>(0.5 - 3.924 * 1.04, seen.range.observed_min), 0.1);
    const Range laplace = aciq_range(seen.histogram, seen.range, Distribution::kLaplace);
    EXPECT_NEAR(laplace.max, 0.5 + 9.897 * std::sqrt(2 / M_PI), 0.1);
    EXPECT_EQ(laplace.min, seen.range.observed_min);
}

TEST(KlDivergence, OfTpuMlirTriesEvery128thThresholdOf2048) {
    Floats values = normal_values(300000, 13);
    values.push_back(20);
    const Seen seen(values);
    const float threshold = kl_threshold_tpu_mlir(seen.histogram, 2048);
    const double width = 20.0 / 2047;
    const double steps = threshold / width / 128;
    EXPECT_NEAR(steps, std::round(steps), 1e-3);
    EXPECT_LT(threshold, 10);
    EXPECT_GE(threshold, 128 * width * 0.999);
    const Floats uniform = [] {
        Floats all(65536);
        for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<float>(i + 1) / 65536;
        return all;
    }();
    EXPECT_GT(kl_threshold_tpu_mlir(Seen(uniform).histogram, 2048), 0.93F);
    EXPECT_EQ(kl_threshold_tpu_mlir(Histogram(2048), 2048), 0);
}

Range input_range(const std::vector<Floats>& samples) {
    std::unique_ptr<Observer> observers[2] = {make_input_observer(), make_input_observer()};
    for (size_t i = 0; i < samples.size(); ++i) {
        observers[i % 2]->observe(i, samples[i].data(), samples[i].size(),
                                  find_extremes(samples[i].data(), samples[i].size()));
    }
    observers[0]->merge(*observers[1]);
    return observers[0]->range();
}

TEST(Inputs, ThatHoldMultiplesOfAStepGetItAsScale) {
    constexpr float kStep = 0.58470291F;
    std::vector<Floats> samples(4);
    std::mt19937 random(3);
    for (Floats& sample : samples) {
        for (int i = 0; i < 400; ++i)
            sample.push_back(static_cast<float>(static_cast<int>(random() % 150) - 110) * kStep);
    }
    const Range range = input_range(samples);
    EXPECT_NEAR((range.max - range.min) / 255, kStep, 1e-6);
    EXPECT_LE(range.min, range.observed_min);
    EXPECT_GE(range.max, range.observed_max);
    EXPECT_NEAR(range.min / kStep, std::round(range.min / kStep), 1e-3);
    samples[2].push_back(0.3F * kStep);
    EXPECT_EQ(input_range(samples).max, input_range(samples).observed_max);
}

TEST(Inputs, OfPixelsCoverAllOfThem) {
    Floats dark, both;
    for (int i = 0; i < 200; ++i) dark.push_back(static_cast<float>(i));
    const Range range = input_range({dark});
    EXPECT_EQ(range.min, 0);
    EXPECT_EQ(range.max, 255);
    // 127.5 as the mean: 0 is between two values, so that no zero point fits.
    for (int i = 0; i < 256; ++i) both.push_back((static_cast<float>(i) - 127.5F) / 127.5F);
    EXPECT_EQ(input_range({both}).max, 1);
    // 257 different values, or two only: nothing to be seen of a step.
    Floats many;
    for (int i = 0; i < 257; ++i) many.push_back(static_cast<float>(i));
    EXPECT_EQ(input_range({many, dark}).max, 256);
    EXPECT_EQ(input_range({Floats{0, 5}}).max, 5);
    // Few steps are divided: 85 codes to each.
    EXPECT_EQ(input_range({Floats{-3, -2, -1}}).min, -3);
    EXPECT_EQ(input_range({Floats{-3, -2, -1}}).max, 0);
}

TEST(MovingAverage, FollowsTheOrderOfSamplesWhateverThreadSawThem) {
    constexpr size_t kSamples = 40;
    const auto one = make_moving_average_observer(0.1, kSamples), two = make_moving_average_observer(0.1, kSamples);
    double max = 0;
    for (size_t i = 0; i < kSamples; ++i) {
        const Floats values{-1, static_cast<float>(1 + i % 7)};
        const size_t reversed = kSamples - 1 - i;  // the threads get them in another order
        const Floats of_reversed{-1, static_cast<float>(1 + reversed % 7)};
        (reversed % 3 == 0 ? two : one)->observe(reversed, of_reversed.data(), 2, find_extremes(of_reversed.data(), 2));
        max = i == 0 ? values[1] : max + 0.1 * (values[1] - max);
    }
    one->merge(*two);
    EXPECT_NEAR(one->range().max, max, 1e-6);
    EXPECT_EQ(one->range().min, -1);
    EXPECT_EQ(one->range().observed_max, 7);
}

TEST(MovingAverage, RemembersOnlyWhatMatters) {
    EXPECT_LE(make_moving_average_observer(0.1, 1000000)->bytes(), 16U * 250);
    const auto observer = make_moving_average_observer(1, 10);  // the last sample alone
    for (size_t i = 0; i < 10; ++i) {
        const Floats values{0, static_cast<float>(10 + i)};
        observer->observe(i, values.data(), 2, find_extremes(values.data(), 2));
    }
    EXPECT_EQ(observer->range().max, 19);
}

TEST(Auto, HasTheLeastErrorOnTheSamplesHeldOut) {
    CalibrationOptions options;
    constexpr size_t kSamples = 12;
    const auto chosen = make_observer(Method::kAuto, options, {3, 10, kSamples, {}});
    Histogram held_out(2048);
    std::vector<std::unique_ptr<Observer>> others;
    for (const std::string& name : method_names()) {
        const Method method = method_from_name(name);
        if (method == Method::kAuto || method == Method::kMovingAverage) continue;
        others.push_back(make_observer(method, options, {3, 10, kSamples, {}}));
    }
    for (size_t i = 0; i < kSamples; ++i) {
        Floats values = normal_values(20000, static_cast<uint32_t>(i));
        for (size_t k = 0; k < 20; ++k) values[k] *= 4;
        const Extremes extremes = find_extremes(values.data(), values.size());
        chosen->observe(i, values.data(), values.size(), extremes);
        if (i % kHeldOutStride == kHeldOutStride - 1) {
            held_out.add(values.data(), values.size(), std::max(-extremes.min, extremes.max));
        } else {
            for (const auto& other : others) other->observe(i, values.data(), values.size(), extremes);
        }
    }
    const Range range = chosen->range();
    const double error = quantization_error(held_out, range.min, range.max);
    for (const auto& other : others) {
        EXPECT_LE(error, 1.001 * quantization_error(held_out, other->range().min, other->range().max));
    }
    EXPECT_TRUE(range.method);
}

}  // namespace
}  // namespace tinamix::calibrate
