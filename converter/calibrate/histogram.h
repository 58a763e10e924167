// A histogram that grows with the range, in constant memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tinamix::calibrate {

/// Counts non-zero values in bins of equal width, both signs alike. The limit is always a power of two: when a larger
/// magnitude comes, pairs of bins merge until it fits. So binning is exact, and the result depends neither on the order
/// of the values nor on how they were split over histograms that were merged.
class Histogram {
  public:
    /// At least `bins` bins (a power of two of them) will lie below the largest magnitude seen.
    explicit Histogram(int bins);

    /// `largest` is max |values|; all are finite.
    void add(const float* values, size_t count, float largest);
    void merge(const Histogram& other);

    /// All bins, half of them negative: bin i holds magnitudes in steps of bin_width() from 0 at i = size / 2 upwards
    /// (x > 0) and at i = size / 2 - 1 downwards (x < 0).
    const std::vector<uint64_t>& bins() const { return bins_; }
    /// Counts by magnitude, from 0 up to the bin of the largest magnitude seen; empty when all values were zero.
    std::vector<uint64_t> magnitudes() const;
    double bin_width() const;
    float largest() const { return largest_; }
    /// How many values were 0: they are in no bin.
    uint64_t zeros() const { return zeros_; }
    size_t bytes() const { return bins_.size() * sizeof bins_[0]; }

  private:
    size_t half() const { return bins_.size() / 2; }
    void make_room(int exponent);

    std::vector<uint64_t> bins_;
    int exponent_ = 0;  ///< the limit is 2^exponent_; meaningless while largest_ is 0
    float largest_ = 0;
    uint64_t zeros_ = 0;
};

}  // namespace tinamix::calibrate
