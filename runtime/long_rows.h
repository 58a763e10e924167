// Kernels of element-wise ops and of data movement walk rows: the last dimension in a tight loop, the others by
// counting. Channels-last tensors often have short last dimensions (an image's 16 channels, a box's 2 corners), so
// dimensions that lie evenly behind each other are joined into longer rows.
#ifndef TINAMIX_RUNTIME_LONG_ROWS_H_
#define TINAMIX_RUNTIME_LONG_ROWS_H_

#include <stdint.h>

namespace tmx::runtime {

/// Drops dimensions of size 1 and joins the last ones of `shape` where all operands allow it, until a row has kLongRow
/// elements; what remains are the rows that threads share. `strides`: one array per operand (elements; 0 where it
/// repeats), joined alike; the output is dense. Returns the new rank, at least 1.
int32_t join_short_rows(int32_t rank, int32_t* shape, int64_t* const* strides, int32_t operands);

/// Rows of a shape: the product of all dimensions but the last.
int64_t row_count(int32_t rank, const int32_t* shape);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_LONG_ROWS_H_
