// Where the operands of a row of a batched matrix product stand.
#ifndef TINAMIX_KERNELS_REFERENCE_MATMUL_H_
#define TINAMIX_KERNELS_REFERENCE_MATMUL_H_

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

/// First elements of a row of `a` and of the matrix of `b` it is multiplied by.
struct RowOffsets {
    int64_t a, b;
};

inline RowOffsets offsets_of(const MatMulArgs& args, int64_t row) {
    RowOffsets offsets = {row % args.m * args.row_stride_a, 0};
    int64_t batch = row / args.m;
    for (int32_t d = args.batch_rank - 1; d >= 0; --d) {
        const int64_t index = batch % args.batch_shape[d];
        batch /= args.batch_shape[d];
        offsets.a += index * args.batch_stride_a[d];
        offsets.b += index * args.batch_stride_b[d];
    }
    return offsets;
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_REFERENCE_MATMUL_H_
