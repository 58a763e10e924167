// What Reduce, ArgMax and TopK share: they work over the middle of three dimensions.
#ifndef TINAMIX_RUNTIME_REDUCTION_OP_H_
#define TINAMIX_RUNTIME_REDUCTION_OP_H_

#include "op_site.h"

namespace tmx::runtime {

/// [outer, count, inner]
struct ReductionShape {
    int32_t outer, count, inner;
};

/// Checks that input 0 has three dimensions and, with `kept` 0, that output `output` is [outer, inner]; otherwise that
/// it is [outer, kept, inner]; and that the op's precision computes in the input's type.
tmx_status check_reduction(const OpSite& site, int32_t output, int32_t kept, ReductionShape* shape);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_REDUCTION_OP_H_
