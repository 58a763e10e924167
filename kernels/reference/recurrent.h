// What the specification of recurrent layers (recurrent.cpp) and their optimized kernels share: everything but the
// products of weights and vectors, which take the time.
#ifndef TINAMIX_KERNELS_REFERENCE_RECURRENT_H_
#define TINAMIX_KERNELS_REFERENCE_RECURRENT_H_

#include "kernels/kernel_types.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {

/// Bound of a Q16 sum: two of them still fit in 32 bits.
inline constexpr int32_t kSumBound = 1 << 29;

static inline int32_t bounded_sum(int64_t value) {
    return static_cast<int32_t>(clamp_i64(value, -kSumBound, kSumBound));
}

/// Rows [first, last) of weights [rows][k] by a vector of k, rescaled to bounded Q16 sums: sums[first] .. sums[last -
/// 1].
using IntegerGateProduct = void (*)(const GateProduct& product, const int16_t* x, int32_t k, int32_t first,
                                    int32_t last, int32_t* sums);

/// An integer recurrent op that computes its products by `product`.
void recurrent_by(IntegerGateProduct product, const RecurrentArgs& args, int64_t first, int64_t last);

}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_REFERENCE_RECURRENT_H_
