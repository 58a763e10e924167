// Clipping of least error for values that are Gauss or Laplace distributed.
#pragma once

#include "calibrate/histogram.h"
#include "calibrate/ranges.h"

namespace tinamix::calibrate {

enum class Distribution { kGauss, kLaplace };

/// Half width, in standard deviations (Gauss) or mean deviations (Laplace), of the clipping of least mean squared error
/// when `bits` bits cover both halves: 3.924 and 9.897 for 8 (R. Banner et al., "Post training 4-bit quantization of
/// convolutional networks for rapid-deployment", 2019, solved here instead of tabulated).
double optimal_clipping(Distribution distribution, int bits);

/// The mean of the values plus and minus optimal_clipping times their deviation, both measured; where values have one
/// sign only, the codes of the half that is not there make the other finer, as with one more bit.
Range aciq_range(const Histogram& histogram, const Range& seen, Distribution distribution);

}  // namespace tinamix::calibrate
