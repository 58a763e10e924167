// The threshold of least KL divergence.
#pragma once

#include "calibrate/histogram.h"

namespace tinamix::calibrate {

/// Magnitude at which to clip; the largest magnitude seen when clipping gains nothing; 0 when all values were 0.
/// `levels`: magnitudes that a code can tell apart.
float kl_threshold(const MagnitudeHistogram& histogram, size_t levels);

}  // namespace tinamix::calibrate
