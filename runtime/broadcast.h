// Operands that repeat over the dimensions they lack: how element-wise ops with several inputs find their elements.
#ifndef TINAMIX_RUNTIME_BROADCAST_H_
#define TINAMIX_RUNTIME_BROADCAST_H_

#include "op_site.h"

namespace tmx::runtime {

/// Strides of input `operand` over the dimensions of output 0, aligned at the last one, in elements; 0 where it
/// repeats. Fails unless each of its dimensions is the output's or 1.
tmx_status broadcast_strides(const OpSite& site, int32_t operand, int64_t* strides);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_BROADCAST_H_
