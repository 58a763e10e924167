// What MaxPool2D and AveragePool2D share.
#ifndef TINAMIX_RUNTIME_POOL_OP_H_
#define TINAMIX_RUNTIME_POOL_OP_H_

#include "op.h"
#include "op_site.h"

namespace tmx::runtime {

/// Checks counts, types, precision, channels and window, and that every position of the window covers at least one
/// element; fills everything in *pool but the rescales. *most_elements: most elements that a position covers.
tmx_status read_pool(const OpSite& site, const format::Window2D& window, kernels::PoolArgs* pool,
                     int64_t* most_elements);

tmx_status prepare_pool_call(const OpSite& site, PreparedOp* op, const kernels::Kernel<kernels::PoolArgs>* kernels,
                             const kernels::PoolArgs& pool);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_POOL_OP_H_
