// Walks the outer dimensions of a tensor: which element a row of the last dimension starts at.
#ifndef TINAMIX_KERNELS_REFERENCE_OUTER_INDEX_H_
#define TINAMIX_KERNELS_REFERENCE_OUTER_INDEX_H_

#include <stdint.h>

#include "kernels/kernel_types.h"

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

/// The same offsets, row after row: rows of a few elements cannot afford a division per dimension.
struct RowWalk {
    RowWalk(int64_t outer, int32_t outer_rank, const int32_t* outer_shape, const int64_t* outer_strides)
        : rank(outer_rank),
          shape(outer_shape),
          strides(outer_strides),
          offset(row_offset(outer, outer_rank, outer_shape, outer_strides)) {
        for (int32_t d = rank - 2; d >= 0; --d) {
            index[d] = static_cast<int32_t>(outer % shape[d]);
            outer /= shape[d];
        }
    }
    void next() { skip(1); }
    /// `rows` rows on, not beyond the end of the dimension before the last.
    void skip(int64_t rows) {
        for (int32_t d = rank - 2; d >= 0; --d) {
            offset += rows * strides[d];
            index[d] += static_cast<int32_t>(rows);
            if (index[d] < shape[d]) return;
            offset -= shape[d] * strides[d];
            index[d] = 0;
            rows = 1;
        }
    }

    int32_t rank;
    const int32_t* shape;
    const int64_t* strides;
    int32_t index[kMaxRank];
    int64_t offset;
};

}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_REFERENCE_OUTER_INDEX_H_
