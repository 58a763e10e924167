#include "calibrate/aciq.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tinamix::calibrate {

namespace {

/// Half the derivative of the mean squared error by the half width: what clipping loses less, and rounding loses more.
double derivative(Distribution distribution, double width, double levels_squared) {
    const double rounding = width / (3 * levels_squared);
    if (distribution == Distribution::kLaplace) return rounding - std::exp(-width);
    const double tail =
        width * std::erfc(width / std::numbers::sqrt2) - std::sqrt(2 / std::numbers::pi) * std::exp(-width * width / 2);
    return rounding + tail;
}

}  // namespace

double optimal_clipping(Distribution distribution, int bits) {
    const double levels_squared = std::ldexp(1.0, 2 * bits);
    double low = 0, high = 64;
    constexpr int kHalvings = 60;
    for (int i = 0; i < kHalvings; ++i) {
        const double middle = (low + high) / 2;
        (derivative(distribution, middle, levels_squared) < 0 ? low : high) = middle;
    }
    return high;
}

Range aciq_range(const Histogram& histogram, const Range& seen, Distribution distribution) {
    Range range = seen;
    const std::vector<uint64_t>& bins = histogram.bins();
    const auto middle = [&](size_t i) {
        return (static_cast<double>(i) + 0.5 - static_cast<double>(bins.size() / 2)) * histogram.bin_width();
    };
    auto count = static_cast<double>(histogram.zeros());
    double sum = 0;
    for (size_t i = 0; i < bins.size(); ++i) {
        count += static_cast<double>(bins[i]);
        sum += static_cast<double>(bins[i]) * middle(i);
    }
    if (count == 0) return range;
    const double mean = sum / count;
    const auto away = [&](double x) {
        return distribution == Distribution::kLaplace ? std::fabs(x - mean) : (x - mean) * (x - mean);
    };
    double deviation = static_cast<double>(histogram.zeros()) * away(0);
    for (size_t i = 0; i < bins.size(); ++i) {
        if (bins[i] > 0) deviation += static_cast<double>(bins[i]) * away(middle(i));
    }
    deviation /= count;
    if (distribution == Distribution::kGauss) deviation = std::sqrt(deviation);
    constexpr int kBits = 8;
    const bool one_sign = seen.observed_min >= 0 || seen.observed_max <= 0;
    const double width = deviation * optimal_clipping(distribution, one_sign ? kBits + 1 : kBits);
    range.min = static_cast<float>(std::clamp<double>(mean - width, seen.observed_min, seen.observed_max));
    range.max = static_cast<float>(std::clamp<double>(mean + width, seen.observed_min, seen.observed_max));
    return range;
}

}  // namespace tinamix::calibrate
