// The range that leaves out a given part of the values at each end.
#pragma once

#include <cstddef>

#include "calibrate/histogram.h"
#include "calibrate/ranges.h"

namespace tinamix::calibrate {

/// `percent`, 50 < percent <= 100, of all values (zeros too) lie below the upper end, as many above the lower end, to
/// the width of a bin. `seen` has the extremes in observed_*.
Range percentile_range(const Histogram& histogram, const Range& seen, double percent);

/// TPU-MLIR's choice: 99.99 for the first of `layers` layers, rising evenly towards 99.999999 for the last. Errors of
/// early layers are averaged away behind them, those of late layers reach the output.
double percent_of_depth(size_t layer, size_t layers);

}  // namespace tinamix::calibrate
