// What a calibration method remembers of one tensor. Observers do not depend on the order of elements or samples, so
// several threads can each keep their own and merge them without changing a bit of the result.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "calibrate/histogram.h"
#include "calibrate/ranges.h"

namespace tinamix::calibrate {

/// Smallest and largest value of a tensor.
struct Extremes {
    float min = 0, max = 0;
    bool finite = true;  ///< false: there is a NaN or an Inf, and min and max mean nothing
};

/// One pass over `count` > 0 values.
Extremes find_extremes(const float* values, size_t count);

/// Observes one tensor over all samples. Not thread-safe.
class Observer {
  public:
    virtual ~Observer() = default;
    /// The values of sample number `sample`, all finite; `extremes` is find_extremes of them.
    virtual void observe(size_t sample, const float* values, size_t count, const Extremes& extremes) = 0;
    /// Takes over what an observer of the same kind and options has seen, of other samples.
    virtual void merge(const Observer& other) = 0;
    /// The interval to cover. Called after at least one observe().
    virtual Range range() const = 0;
    /// Memory held, at most.
    virtual size_t bytes() const = 0;
};

/// The full range (min_max.cpp).
std::unique_ptr<Observer> make_min_max_observer();

/// The full range of a network input; where all values are multiples of one step that 256 codes cover, so widened that
/// the step becomes the scale of int8, which then loses nothing (input_grid.cpp).
std::unique_ptr<Observer> make_input_observer();

/// Each end is the moving average over the samples, in their order: a <- a + weight * (x - a), beginning with the
/// first. `samples`: how many will come (moving_average.cpp).
std::unique_ptr<Observer> make_moving_average_observer(double weight, size_t samples);

/// Chooses the interval to cover from the histogram of all values and the extremes seen (in observed_*).
using RangeChooser = std::function<Range(const Histogram&, const Range& seen)>;

/// Keeps a histogram and lets `choose` decide (histogram_observer.cpp).
std::unique_ptr<Observer> make_histogram_observer(int histogram_bins, RangeChooser choose);

struct Candidate {
    Method method;
    RangeChooser choose;
};
/// Keeps two histograms: of every kHeldOutStride-th sample, and of the others (of all, where there are fewer than two
/// strides of samples). Each candidate decides on the latter; the one whose range has the least quantization error
/// (behind `function`) on the former wins, of equals the first. Range::method says which (held_out_choice.cpp).
inline constexpr size_t kHeldOutStride = 4;
std::unique_ptr<Observer> make_auto_observer(int histogram_bins, size_t samples, std::vector<Candidate> candidates,
                                             RealFunction function = {});

}  // namespace tinamix::calibrate
