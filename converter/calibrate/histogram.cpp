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

/// Adds `from` to `to` (of the same size) with the magnitudes of `group` bins taken together.
void add_grouped(const std::vector<uint64_t>& from, size_t group, std::vector<uint64_t>& to) {
    const size_t half = from.size() / 2;
    for (size_t i = 0; i < half; ++i) {
        to[half + i / group] += from[half + i];
        to[half - 1 - i / group] += from[half - 1 - i];
    }
}

}  // namespace

// For each sign twice the bins asked for: the largest magnitude lies in the upper half of the limit.
Histogram::Histogram(int bins) : bins_(4 * std::bit_ceil(static_cast<size_t>(std::max(bins, 1)))) {}

void Histogram::make_room(int exponent) {
    const int steps = exponent - exponent_;
    if (largest_ > 0 && steps > 0) {
        std::vector<uint64_t> grown(bins_.size());
        add_grouped(bins_, steps < 63 ? size_t{1} << steps : bins_.size(), grown);
        bins_ = std::move(grown);
    }
    if (largest_ == 0 || steps > 0) exponent_ = exponent;
}

void Histogram::add(const float* values, size_t count, float largest) {
    if (!(largest > 0)) {
        zeros_ += count;
        return;
    }
    make_room(exponent_above(largest));
    largest_ = std::max(largest_, largest);

    // Magnitude bin of x: floor(|x| * bins / limit), exact because the factor is a power of two. Values so small that
    // the factor overflows a float lie in limits so small that a double is needed.
    const double factor = std::ldexp(static_cast<double>(half()), -exponent_);
    const bool fits_float = factor < 1e30 && factor > 1e-30;
    uint64_t* const zero = bins_.data() + half();
    // Bin m of a negative value is -1 - m, that is ~m. Zeros, of which ReLU makes many, are taken back at the end: no
    // branch in the loop.
    const auto signed_bin = [](int32_t bin, float value) { return value < 0.0F ? ~bin : bin; };
    uint64_t zeros = 0;
    if (fits_float) {
        const auto scale = static_cast<float>(factor);
        constexpr size_t kStep = 16;
        std::array<int32_t, kStep> bin;
        size_t i = 0;
        for (; i + kStep <= count; i += kStep) {
            for (size_t lane = 0; lane < kStep; ++lane)
                bin[lane] = signed_bin(static_cast<int32_t>(std::fabs(values[i + lane]) * scale), values[i + lane]);
            for (size_t lane = 0; lane < kStep; ++lane) zeros += values[i + lane] == 0.0F ? 1 : 0;
            for (size_t lane = 0; lane < kStep; ++lane) ++zero[bin[lane]];
        }
        for (; i < count; ++i) {
            zeros += values[i] == 0.0F ? 1 : 0;
            ++zero[signed_bin(static_cast<int32_t>(std::fabs(values[i]) * scale), values[i])];
        }
    } else {
        for (size_t i = 0; i < count; ++i) {
            zeros += values[i] == 0.0F ? 1 : 0;
            const double bin = std::fabs(static_cast<double>(values[i])) * factor;
            ++zero[signed_bin(static_cast<int32_t>(bin), values[i])];
        }
    }
    *zero -= zeros;
    zeros_ += zeros;
}

void Histogram::merge(const Histogram& other) {
    zeros_ += other.zeros_;
    if (other.largest_ == 0) return;
    make_room(other.exponent_);
    const int steps = exponent_ - other.exponent_;
    add_grouped(other.bins_, steps < 63 ? size_t{1} << steps : bins_.size(), bins_);
    largest_ = std::max(largest_, other.largest_);
}

double Histogram::bin_width() const { return std::ldexp(1.0, exponent_) / static_cast<double>(half()); }

std::vector<uint64_t> Histogram::magnitudes() const {
    if (largest_ == 0) return {};
    const auto last = static_cast<size_t>(static_cast<double>(largest_) / bin_width());
    std::vector<uint64_t> counts(std::min(last + 1, half()));
    for (size_t i = 0; i < counts.size(); ++i) counts[i] = bins_[half() + i] + bins_[half() - 1 - i];
    return counts;
}

}  // namespace tinamix::calibrate
