// Every operator that only moves elements (Transpose, Slice, Concat, Split, Expand, Pad) is one strided copy.
#pragma once

#include <pthreadpool.h>

#include <vector>

#include "ir/graph.h"

namespace tinamix::float_exec {

using Strides = std::vector<int64_t>;

/// Elements from one index to the next along each dimension, row-major.
Strides row_major_strides(const ir::Shape& shape);

/// Copies `shape` elements of `element_bytes` each. Strides count elements and may be 0 (repeat) or negative
/// (backwards) on the source side; destinations must not overlap each other or the source.
void strided_copy(std::byte* destination, const Strides& destination_strides, const std::byte* source,
                  const Strides& source_strides, const ir::Shape& shape, size_t element_bytes, pthreadpool_t pool);

/// Dimension i of the result is dimension axes[i] of `tensor`.
ir::Tensor transposed(const ir::Tensor& tensor, const std::vector<size_t>& axes, pthreadpool_t pool);

/// `tensor` repeated to `shape`, to which its own shape must broadcast.
ir::Tensor expanded(const ir::Tensor& tensor, const ir::Shape& shape, pthreadpool_t pool);

}  // namespace tinamix::float_exec
