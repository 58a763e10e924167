// The threshold of least KL divergence.
#pragma once

#include "calibrate/histogram.h"

namespace tinamix::calibrate {

/// Magnitude at which to clip values whose extremes are `min` and `max`; the largest magnitude seen when clipping gains
/// nothing; 0 when all values were 0.
float kl_threshold(const Histogram& histogram, float min, float max);

}  // namespace tinamix::calibrate
