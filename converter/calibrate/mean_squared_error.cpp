// Mean squared error: clip where the rounding of 256 codes and the clipping of the tails together lose the least. With
// prefix sums over the histogram the error of a range is a closed form of 256 terms, so a fine grid of both ends is
// searched instead of a model of the distribution (R. Banner et al., "Post training 4-bit quantization", 2019, solve
// the same problem for Gauss and Laplace distributions).
#include "calibrate/mean_squared_error.h"

#include <algorithm>
#include <cmath>

namespace tinamix::calibrate {
namespace {

constexpr int kLowestCode = -128, kHighestCode = 127;
/// Candidates for an end of the range: these parts of the extreme that was seen.
constexpr int kSteps = 128, kShortest = 4;

/// Sums over the values in bins [0, i) for every i: 1, f(x) and f(x)^2, x being the centre of a bin.
class ErrorSums {
  public:
    ErrorSums(const Histogram& histogram, const RealFunction& function)
        : function_(function), width_(histogram.bin_width()), sums_(histogram.bins().size() + 1) {
        const std::vector<uint64_t>& bins = histogram.bins();
        for (size_t i = 0; i < bins.size(); ++i) {
            sums_[i + 1] = sums_[i];
            if (bins[i] == 0) continue;
            const auto count = static_cast<double>(bins[i]);
            const double y = value((static_cast<double>(i) + 0.5 - static_cast<double>(bins.size()) / 2) * width_);
            sums_[i + 1].count += count;
            sums_[i + 1].first += count * y;
            sums_[i + 1].second += count * y * y;
        }
    }

    /// Sum of squared errors when x is quantized to cover [min, max].
    double error(double min, double max) const {
        const double low = std::min(min, 0.0), high = std::max(max, 0.0);
        if (low == high) return sums_.back().second;
        const double scale = (high - low) / (kHighestCode - kLowestCode);
        const double zero_point = std::clamp<double>(std::round(kLowestCode - low / scale), kLowestCode, kHighestCode);
        double error = 0;
        size_t begin = 0;
        for (int code = kLowestCode; code <= kHighestCode && begin + 1 < sums_.size(); ++code) {
            const double x = scale * (code - zero_point);
            const size_t end = code == kHighestCode ? sums_.size() - 1 : std::max(begin, bin_above(x + scale / 2));
            const double count = sums_[end].count - sums_[begin].count;
            if (count > 0) {
                const double y = value(x), first = sums_[end].first - sums_[begin].first,
                             second = sums_[end].second - sums_[begin].second;
                error += std::max(0.0, second - 2 * y * first + y * y * count);
            }
            begin = end;
        }
        return error;
    }
    double count() const { return sums_.back().count; }

  private:
    struct Sums {
        double count = 0, first = 0, second = 0;
    };
    double value(double x) const { return function_ ? function_(x) : x; }
    /// The first bin whose centre is not below x.
    size_t bin_above(double x) const {
        const auto bins = static_cast<double>(sums_.size() - 1);
        return static_cast<size_t>(std::clamp(std::ceil(x / width_ + bins / 2 - 0.5), 0.0, bins));
    }

    const RealFunction& function_;
    double width_;
    std::vector<Sums> sums_;
};

}  // namespace

double quantization_error(const Histogram& histogram, float min, float max, const RealFunction& function) {
    if (histogram.largest() == 0) return 0;
    const ErrorSums sums(histogram, function);
    return sums.error(min, max) / sums.count();
}

Range least_error_range(const Histogram& histogram, float observed_min, float observed_max,
                        const RealFunction& function) {
    Range best{observed_min, observed_max, observed_min, observed_max};
    if (histogram.largest() == 0) return best;
    const ErrorSums sums(histogram, function);
    double least = sums.error(best.min, best.max);
    // One end after the other until neither moves: the error falls with every round, so this ends.
    const auto improve = [&](float observed, float Range::*end) {
        bool moved = false;
        for (int step = kSteps; step >= kShortest; --step) {
            Range candidate = best;
            candidate.*end = observed * (static_cast<float>(step) / kSteps);
            const double error = sums.error(candidate.min, candidate.max);
            if (!(error < least)) continue;
            least = error;
            best = candidate;
            moved = true;
        }
        return moved;
    };
    bool moved = true;
    while (moved) {
        moved = observed_max > 0 && improve(observed_max, &Range::max);
        moved = (observed_min < 0 && improve(observed_min, &Range::min)) || moved;
    }
    return best;
}

}  // namespace tinamix::calibrate
