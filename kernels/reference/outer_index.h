// Walks the outer dimensions of a tensor: which element a row of the last dimension starts at.
#ifndef TINAMIX_KERNELS_REFERENCE_OUTER_INDEX_H_
#define TINAMIX_KERNELS_REFERENCE_OUTER_INDEX_H_

#include <stdint.h>

namespace tmx::kernels {

/// Offset, in elements, of row `outer` of shape[0] * ... * shape[rank - 2] rows under `strides`.
static inline int64_t row_offset(int64_t outer, int32_t rank, const int32_t* shape, const int64_t* strides) {
    int64_t offset = 0;
    for (int32_t d = rank - 2; d >= 0; --d) {
        offset += outer % shape[d] * strides[d];
        outer /= shape[d];
    }
    return offset;
}

}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_REFERENCE_OUTER_INDEX_H_
