// Whether packed int16 weights keep what kernels with `runs_fit` rely on (kernels/kernel_types.h, kRunMagnitude).
#ifndef TINAMIX_TESTS_KERNELS_WEIGHT_RUNS_H_
#define TINAMIX_TESTS_KERNELS_WEIGHT_RUNS_H_

#include "kernels/kernel_types.h"

namespace tmx::kernels::test {

/// True if no run of a w16a16 convolution's weights can leave 32 bits. Reads all weights.
bool conv_runs_fit(const ConvArgs& args);

}  // namespace tmx::kernels::test

#endif  // TINAMIX_TESTS_KERNELS_WEIGHT_RUNS_H_
