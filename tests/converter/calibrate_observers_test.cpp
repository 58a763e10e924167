#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <numeric>
#include <random>

#include "calibrate/histogram.h"
#include "calibrate/kl_divergence.h"
#include "calibrate/observer.h"

namespace tinamix::calibrate {
namespace {

using Floats = std::vector<float>;

void observe(Observer& observer, const Floats& values) {
    observer.observe(0, values.data(), values.size(), find_extremes(values.data(), values.size()));
}

Floats normal_values(size_t count, uint32_t seed, float deviation = 1.0F) {
    std::mt19937 generator(seed);
    std::normal_distribution<float> normal(0, deviation);
    Floats values(count);
    for (float& value : values) value = normal(generator);
    return values;
}

TEST(Extremes, AreFoundAtEveryLengthAndPlace) {
    for (size_t count = 1; count < 70; ++count) {
        for (size_t place = 0; place < count; ++place) {
            Floats values(count, 0.25F);
            values[place] = -7;
            values[(place + 1) % count] = count > 1 ? 1e30F : -7;
            const Extremes extremes = find_extremes(values.data(), count);
            EXPECT_TRUE(extremes.finite);
            EXPECT_EQ(extremes.min, -7);
            EXPECT_EQ(extremes.max, count > 1 ? 1e30F : -7);
        }
    }
}

TEST(Extremes, SeeNaNAndInfEverywhere) {
    const float nan = std::nanf("1");
    for (const float bad :
         {nan, -nan, std::bit_cast<float>(0xffc00001), std::bit_cast<float>(0x7f800001), INFINITY, -INFINITY}) {
        for (size_t place = 0; place < 40; ++place) {
            Floats values(40, -3);
            values[place] = bad;
            EXPECT_FALSE(find_extremes(values.data(), values.size()).finite) << bad << " at " << place;
        }
    }
}

TEST(Extremes, HoldTheEdgesOfFloat) {
    const Floats values{std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest(), 1e-45F};
    const Extremes extremes = find_extremes(values.data(), values.size());
    EXPECT_TRUE(extremes.finite);
    EXPECT_EQ(extremes.max, values[0]);
    EXPECT_EQ(extremes.min, values[1]);
    const Floats zeros{-0.0F, -0.0F};
    EXPECT_FALSE(std::signbit(find_extremes(zeros.data(), 2).min));
}

TEST(MinMax, CoversAllSamples) {
    const auto observer = make_min_max_observer();
    observe(*observer, {1, 2, 3});
    observe(*observer, {-4, 0});
    const auto other = make_min_max_observer();
    observe(*other, {5});
    observer->merge(*other);
    observer->merge(*make_min_max_observer());  // a thread that got no sample
    const Range range = observer->range();
    EXPECT_EQ(range.min, -4);
    EXPECT_EQ(range.max, 5);
    EXPECT_EQ(range.observed_min, -4);
    EXPECT_EQ(range.observed_max, 5);
}

uint64_t total(const std::vector<uint64_t>& bins) { return std::accumulate(bins.begin(), bins.end(), uint64_t{0}); }

TEST(Histogram, CountsMagnitudesInBins) {
    Histogram histogram(4);  // 8 bins below 2^exponent
    const Floats values{0.1F, -0.6F, 0.9F, 0, -0.0F, 0.99F};
    histogram.add(values.data(), values.size(), 0.99F);
    EXPECT_EQ(histogram.bin_width(), 0.125);
    EXPECT_EQ(histogram.magnitudes(), (std::vector<uint64_t>{1, 0, 0, 0, 1, 0, 0, 2}));  // zeros are in no bin
    EXPECT_EQ(histogram.zeros(), 2U);
    const Floats zeros(5, 0.0F);
    histogram.add(zeros.data(), zeros.size(), 0);
    EXPECT_EQ(histogram.zeros(), 7U);
}

TEST(Histogram, KeepsTheSignsApart) {
    Histogram histogram(2);  // 4 bins below 2^exponent for each sign
    const Floats values{0.1F, -0.1F, -0.3F, 0.9F, -0.9F, -0.95F, 0, -0.0F};
    histogram.add(values.data(), values.size(), 0.95F);
    EXPECT_EQ(histogram.bins(), (std::vector<uint64_t>{2, 0, 1, 1, 1, 0, 0, 1}));
    const Floats large{-1.5F};
    histogram.add(large.data(), 1, 1.5F);
    EXPECT_EQ(histogram.bins(), (std::vector<uint64_t>{1, 0, 2, 2, 1, 1, 0, 0}));
    Histogram merged(2);
    merged.merge(histogram);
    EXPECT_EQ(merged.bins(), histogram.bins());
}

TEST(Histogram, MergesBinsWhenItGrows) {
    Histogram histogram(4);
    const Floats small{0.1F, 0.2F, 0.6F, 0.99F}, large{3.0F};
    histogram.add(small.data(), small.size(), 0.99F);
    histogram.add(large.data(), large.size(), 3.0F);
    EXPECT_EQ(histogram.bin_width(), 0.5);
    EXPECT_EQ(histogram.magnitudes(), (std::vector<uint64_t>{2, 2, 0, 0, 0, 0, 1}));
    const Floats huge{1e30F};
    histogram.add(huge.data(), 1, 1e30F);
    EXPECT_EQ(histogram.magnitudes().front(), 5U);
    EXPECT_EQ(histogram.magnitudes().back(), 1U);
}

TEST(Histogram, HasAtLeastTheBinsAskedFor) {
    for (const float largest : {1.0F, 1.01F, 1.5F, 1.99F, 2.0F, 3e-39F, 1e-45F, 3e38F, 7e-12F}) {
        Histogram histogram(2048);
        const Floats values{largest, largest / 3, -largest};
        histogram.add(values.data(), values.size(), largest);
        const std::vector<uint64_t> bins = histogram.magnitudes();
        EXPECT_GE(bins.size(), 2048U) << largest;
        EXPECT_LE(bins.size(), 4096U) << largest;
        EXPECT_EQ(total(bins), largest / 3 == 0 ? 2U : 3U) << largest;
        EXPECT_EQ(bins.back(), 2U) << largest;
    }
}

TEST(Histogram, DoesNotDependOnOrderOrSplit) {
    const Floats parts[3] = {normal_values(1000, 1, 0.01F), normal_values(1003, 2, 30), normal_values(77, 3, 2)};
    const auto add = [](Histogram& histogram, const Floats& values) {
        const Extremes extremes = find_extremes(values.data(), values.size());
        histogram.add(values.data(), values.size(), std::max(-extremes.min, extremes.max));
    };
    Histogram forwards(256), backwards(256), first(256), second(256);
    for (int i = 0; i < 3; ++i) add(forwards, parts[i]);
    for (int i = 3; i-- > 0;) add(backwards, parts[i]);
    add(first, parts[1]);
    add(second, parts[0]);
    add(second, parts[2]);
    Histogram merged = first, merged_back = second;
    merged.merge(second);
    merged_back.merge(first);
    merged.merge(Histogram(256));
    for (const Histogram* other : {&backwards, &merged, &merged_back}) {
        EXPECT_EQ(other->magnitudes(), forwards.magnitudes());
        EXPECT_EQ(other->bin_width(), forwards.bin_width());
        EXPECT_EQ(other->largest(), forwards.largest());
    }
    EXPECT_EQ(total(forwards.magnitudes()), 2080U);
}

Range kl_range(const Floats& values) {
    const auto observer = make_histogram_observer(2048, [](const Histogram& histogram, const Range& seen) {
        return clipped_to(kl_threshold(histogram, seen.observed_min, seen.observed_max), seen);
    });
    observe(*observer, values);
    return observer->range();
}

TEST(KlDivergence, ClipsAFarOutlier) {
    Floats values = normal_values(200000, 7);
    const Extremes body = find_extremes(values.data(), values.size());
    values.push_back(100);
    const Range range = kl_range(values);
    EXPECT_EQ(range.observed_max, 100);
    EXPECT_LT(range.max, 12);
    EXPECT_GT(range.max, 3);
    EXPECT_LT(range.min, -3);
    EXPECT_GE(range.min, body.min);
}

TEST(KlDivergence, KeepsAUniformRange) {
    Floats values(100000);
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 50000 - 1;
    const Range range = kl_range(values);
    EXPECT_GT(range.max, 0.95F);
    EXPECT_LT(range.min, -0.95F);
}

TEST(KlDivergence, ClipsWithinTheObservedRange) {
    Floats values = normal_values(100000, 9);
    for (float& value : values) value = std::max(value, -0.25F);
    const Range range = kl_range(values);
    EXPECT_EQ(range.min, -0.25F);
    EXPECT_EQ(range.observed_min, -0.25F);
    EXPECT_LE(range.max, range.observed_max);
    EXPECT_GT(range.max, 2);
}

TEST(KlDivergence, IsDefinedForFewAndConstantValues) {
    for (const float value : {0.0F, 1.0F, -3.5F, 1e-45F, 3e38F}) {
        const Range range = kl_range(Floats(100, value));
        EXPECT_EQ(range.min, value);
        EXPECT_EQ(range.max, value);
    }
}

/// The definition, bin by bin.
double plain_divergence(const std::vector<uint64_t>& bins, size_t kept, size_t levels) {
    double tail = 0, inside = 0, divergence = 0;
    for (size_t i = 0; i < bins.size(); ++i) (i < kept ? inside : tail) += static_cast<double>(bins[i]);
    std::vector<double> p(bins.begin(), bins.begin() + static_cast<long>(kept)), q(kept);
    double mean = 0;
    for (size_t level = 0; level < levels; ++level) {
        double sum = 0, occupied = 0;
        const size_t begin = level * kept / levels, end = (level + 1) * kept / levels;
        for (size_t i = begin; i < end; ++i) {
            sum += static_cast<double>(bins[i]);
            occupied += bins[i] > 0 ? 1 : 0;
        }
        mean = occupied > 0 ? sum / occupied : 0;
        for (size_t i = begin; i < end; ++i) q[i] = mean / inside;
    }
    for (size_t i = 0; i < kept; ++i)
        if (p[i] > 0) divergence += p[i] * std::log(p[i] / (tail + inside) / q[i]);
    // The tail comes to the last group's mean.
    if (mean > 0) divergence -= mean * std::log(mean / (tail + inside) / q.back());
    if (mean + tail > 0)
        divergence += (mean + tail) * std::log((mean + tail) / (tail + inside) / std::max(q.back(), 1e-30));
    return divergence / (tail + inside);
}

TEST(KlDivergence, FindsTheLeastDivergenceOfThePlainDefinition) {
    Floats values = normal_values(50000, 21);
    for (size_t i = 0; i < 40; ++i) values[i] *= 3;
    const Extremes extremes = find_extremes(values.data(), values.size());
    const float largest = std::max(-extremes.min, extremes.max);
    Histogram histogram(512);
    histogram.add(values.data(), values.size(), largest);
    const std::vector<uint64_t> bins = histogram.magnitudes();
    double least = plain_divergence(bins, bins.size(), 128);
    double best = largest;
    for (size_t kept = bins.size() - 1; kept >= 128; --kept) {
        if (kept % 4 != 0) continue;
        const double divergence = plain_divergence(bins, kept, 128);
        if (divergence >= least) continue;
        least = divergence;
        best = static_cast<double>(kept) * histogram.bin_width();
    }
    // Symmetric extremes: 128 levels for each sign at every threshold.
    EXPECT_EQ(kl_threshold(histogram, -largest, largest), static_cast<float>(best));
    EXPECT_LT(best, largest);
}

}  // namespace
}  // namespace tinamix::calibrate
