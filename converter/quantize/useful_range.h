// How much of a tensor's range the function that alone reads it can tell apart.
#pragma once

#include "calibrate/ranges.h"
#include "quantize/tables.h"

namespace tinamix::quantize {

/// The part of `range` worth spending codes on when `function` is all that reads the tensor: at either end, inputs are
/// cut off as long as the function stays within `tolerance` of its value at the cut. SiLU, sigmoid and their kin are
/// flat for large negative inputs, so a convolution before them gets a finer scale at no cost. Keeps observed_min and
/// observed_max. `tolerance` is in units of the function's result, a part of an output step for instance.
calibrate::Range useful_range(const ScalarFunction& function, const calibrate::Range& range, double tolerance);

}  // namespace tinamix::quantize
