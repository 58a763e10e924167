// The threshold of least KL divergence.
#pragma once

#include <cstddef>

#include "calibrate/histogram.h"
#include "calibrate/ranges.h"

namespace tinamix::calibrate {

/// Magnitude at which to clip values whose extremes are `min` and `max`; the largest magnitude seen when clipping gains
/// nothing; 0 when all values were 0.
float kl_threshold(const Histogram& histogram, float min, float max);

/// The same by TPU-MLIR's conventions: `bins` bins (a multiple of 128) that are rounded to, not cut off at; 128 codes
/// for the magnitudes whatever their signs; every 128th threshold is a candidate.
float kl_threshold_tpu_mlir(const Histogram& histogram, size_t bins);

/// The extremes seen, clipped to magnitudes up to `threshold`.
Range clipped_to(float threshold, const Range& seen);

}  // namespace tinamix::calibrate
