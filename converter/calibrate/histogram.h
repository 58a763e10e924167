// A histogram of magnitudes that grows with the range, in constant memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tinamix::calibrate {

/// Counts |x| of non-zero values in bins of equal width. The upper limit is always a power of two: when a larger value
/// comes, pairs of bins merge until it fits. So binning is exact, and the result depends neither on the order of the
/// values nor on how they were split over histograms that were merged.
class MagnitudeHistogram {
  public:
    /// At least `bins` bins (a power of two of them) will lie below the largest magnitude seen.
    explicit MagnitudeHistogram(int bins);

    /// `largest` is max |values|; all are finite.
    void add(const float* values, size_t count, float largest);
    void merge(const MagnitudeHistogram& other);

    /// Counts from magnitude 0 up to the bin of the largest magnitude seen; empty when all values were zero.
    std::vector<uint64_t> used_bins() const;
    double bin_width() const;
    float largest() const { return largest_; }

  private:
    void make_room(int exponent);

    std::vector<uint64_t> bins_;
    int exponent_ = 0;  ///< the limit is 2^exponent_; meaningless while largest_ is 0
    float largest_ = 0;
};

}  // namespace tinamix::calibrate
