// The range of least mean squared error.
#pragma once

#include "calibrate/histogram.h"
#include "calibrate/ranges.h"

namespace tinamix::calibrate {

/// Mean squared error, per value counted, of `function` (empty: the identity) over the histogram when its argument is
/// first quantized to the 256 codes that cover [min, max] and 0 (docs/arithmetic.md, 1). 0 for an empty histogram.
double quantization_error(const Histogram& histogram, float min, float max, const RealFunction& function = {});

/// The part [min, max] of [observed_min, observed_max] with the least quantization_error(). Of equals the widest.
Range least_error_range(const Histogram& histogram, float observed_min, float observed_max,
                        const RealFunction& function = {});

}  // namespace tinamix::calibrate
