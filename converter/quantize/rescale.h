// Real multipliers as the integers that kernels use (docs/arithmetic.md, 2 and 4), and clamps in output codes.
#pragma once

#include <cstdint>

#include "quantize/quantization.h"

namespace tinamix::quantize {

/// The real multiplier `multiplier / 2^shift`; 0 <= multiplier < 2^31, 1 <= shift <= 62.
struct Rescale {
    int32_t multiplier = 0;
    int32_t shift = 1;
    bool operator==(const Rescale&) const = default;
};

/// Nearest representable multiplier, with 2^30 <= multiplier as far as shift <= 62 allows; 0 is {0, 62}.
/// Multipliers of 2^30 and more become the largest one, {2^31 - 1, 1}: with either, any accumulator but 0 saturates.
/// Throws Error for a negative, infinite or NaN multiplier.
Rescale to_rescale(double multiplier);

/// Both operands of an Add or Sub: (a * multiplier_a + b * multiplier_b) / 2^shift.
struct AddRescale {
    int32_t multiplier_a = 0;
    int32_t multiplier_b = 0;
    int32_t shift = 1;
    bool operator==(const AddRescale&) const = default;
};

/// `ratio_x` is scale_x / scale_out; a subtraction passes -scale_b / scale_out. |multiplier| <= 2^20 (int8) or 2^30
/// (int16), the shift is the largest that allows it. Ratios too large even for shift 1 become +-2^20 (2^30): then any
/// difference from the zero point saturates, whichever is used. Throws Error for a ratio that is not finite, and for
/// float32.
AddRescale to_add_rescale(double ratio_a, double ratio_b, NumberFormat format);

/// Output codes that a fused Relu or Clip to [lo, hi] allows: the codes nearest to the bounds (infinite: no bound).
/// For Relu lo = 0, hi = infinity. Throws Error for float32 and when lo > hi.
CodeRange clamp_codes(const Quantization& output, double lo, double hi);

}  // namespace tinamix::quantize
