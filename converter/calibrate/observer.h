// What a calibration method remembers of one tensor. Observers do not depend on the order of elements or samples, so
// several threads can each keep their own and merge them without changing a bit of the result.
#pragma once

#include <cstddef>
#include <memory>

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
    /// One sample's values, all finite; `extremes` is find_extremes of them.
    virtual void observe(const float* values, size_t count, const Extremes& extremes) = 0;
    /// Takes over what an observer of the same kind and options has seen.
    virtual void merge(const Observer& other) = 0;
    /// The interval to cover. Called after at least one observe().
    virtual Range range() const = 0;
};

/// The full range (min_max.cpp).
std::unique_ptr<Observer> make_min_max_observer();
/// The range whose 8-bit quantization loses the least information (kl_divergence.cpp).
std::unique_ptr<Observer> make_kl_observer(int histogram_bins);
/// The range whose 8-bit quantization has the least mean squared error, behind `function` where one is given
/// (mean_squared_error.cpp).
std::unique_ptr<Observer> make_mse_observer(int histogram_bins, RealFunction function = {});

}  // namespace tinamix::calibrate
