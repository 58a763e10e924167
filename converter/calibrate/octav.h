// The symmetric clipping of least error, by iteration.
#pragma once

#include "calibrate/histogram.h"
#include "calibrate/ranges.h"

namespace tinamix::calibrate {

/// Magnitude s at which clipping to 8 bits adds the least to the mean squared error, the rounding error being taken as
/// uniform: the fixed point of s = E[|x|; |x| > s] / (4^-8 / 3 / u * P(0 < |x| <= s) + P(|x| > s)), u = 4 where values
/// have one sign only (twice the codes per length), else 1 (C. Sakr et al., "Optimal Clipping and Magnitude-aware
/// Differentiation", 2022). At most the largest magnitude seen; 0 when all values were 0.
float octav_threshold(const Histogram& histogram, const Range& seen);

}  // namespace tinamix::calibrate
