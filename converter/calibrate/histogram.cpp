#include "calibrate/histogram.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace tinamix::calibrate {
namespace {

/// Smallest e with magnitude < 2^e.
int exponent_above(float magnitude) {
    int exponent = 0;
    std::frexp(magnitude, &exponent);  // magnitude = f * 2^exponent with 0.5 <= f < 1
    return exponent;
}

}  // namespace

// Twice the bins asked for: the largest magnitude lies in the upper half of the limit.
MagnitudeHistogram::MagnitudeHistogram(int bins) : bins_(2 * std::bit_ceil(static_cast<size_t>(std::max(bins, 1)))) {}

void MagnitudeHistogram::make_room(int exponent) {
    const int steps = exponent - exponent_;
    if (largest_ > 0 && steps > 0) {
        const size_t group = steps < 63 ? size_t{1} << steps : bins_.size();
        for (size_t i = 0; i < bins_.size(); ++i) {
            const uint64_t count = bins_[i];
            bins_[i] = 0;
            bins_[i / group] += count;
        }
    }
    if (largest_ == 0 || steps > 0) exponent_ = exponent;
}

void MagnitudeHistogram::add(const float* values, size_t count, float largest) {
    if (!(largest > 0)) return;
    make_room(exponent_above(largest));
    largest_ = std::max(largest_, largest);

    // Bin of x: floor(|x| * bins / limit), exact because the factor is a power of two. Values so small that the
    // factor overflows a float lie in limits so small that a double is needed.
    const double factor = std::ldexp(static_cast<double>(bins_.size()), -exponent_);
    const bool fits_float = factor < 1e30 && factor > 1e-30;
    // Zeros, of which ReLU makes many, are taken back at the end: no branch in the loop.
    uint64_t zeros = 0;
    if (fits_float) {
        const auto scale = static_cast<float>(factor);
        constexpr size_t kStep = 16;
        std::array<int32_t, kStep> bin;
        size_t i = 0;
        for (; i + kStep <= count; i += kStep) {
            for (size_t lane = 0; lane < kStep; ++lane)
                bin[lane] = static_cast<int32_t>(std::fabs(values[i + lane]) * scale);
            for (size_t lane = 0; lane < kStep; ++lane) zeros += values[i + lane] == 0.0F ? 1 : 0;
            for (size_t lane = 0; lane < kStep; ++lane) ++bins_[static_cast<size_t>(bin[lane])];
        }
        for (; i < count; ++i) {
            zeros += values[i] == 0.0F ? 1 : 0;
            ++bins_[static_cast<size_t>(std::fabs(values[i]) * scale)];
        }
    } else {
        for (size_t i = 0; i < count; ++i) {
            zeros += values[i] == 0.0F ? 1 : 0;
            ++bins_[static_cast<size_t>(std::fabs(static_cast<double>(values[i])) * factor)];
        }
    }
    bins_[0] -= zeros;
}

void MagnitudeHistogram::merge(const MagnitudeHistogram& other) {
    if (other.largest_ == 0) return;
    make_room(other.exponent_);
    const int steps = exponent_ - other.exponent_;
    const size_t group = steps < 63 ? size_t{1} << steps : bins_.size();
    for (size_t i = 0; i < bins_.size(); ++i) bins_[i / group] += other.bins_[i];
    largest_ = std::max(largest_, other.largest_);
}

double MagnitudeHistogram::bin_width() const { return std::ldexp(1.0, exponent_) / static_cast<double>(bins_.size()); }

std::vector<uint64_t> MagnitudeHistogram::used_bins() const {
    if (largest_ == 0) return {};
    const auto last = static_cast<size_t>(static_cast<double>(largest_) / bin_width());
    return {bins_.begin(), bins_.begin() + static_cast<std::ptrdiff_t>(std::min(last + 1, bins_.size()))};
}

}  // namespace tinamix::calibrate
