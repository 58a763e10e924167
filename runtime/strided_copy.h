// What Slice and Transpose share: a copy that reads the input with other strides.
#ifndef TINAMIX_RUNTIME_STRIDED_COPY_H_
#define TINAMIX_RUNTIME_STRIDED_COPY_H_

#include "op.h"
#include "op_site.h"

namespace tmx::runtime {

/// One input of the output's rank, type, quantization and precision.
tmx_status check_copy(const OpSite& site);

/// Strides, in elements, of a dense tensor.
void dense_strides(const Tensor& tensor, int64_t* strides);

/// Prepares the copy; output dimension d steps by stride_in[d] through the input from element `start` on.
tmx_status prepare_strided_copy(const OpSite& site, PreparedOp* op, int64_t start, const int64_t* stride_in);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_STRIDED_COPY_H_
