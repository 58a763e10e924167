#include "reduction_op.h"

#include <inttypes.h>

namespace tmx::runtime {

tmx_status check_reduction(const OpSite& site, int32_t output, int32_t kept, ReductionShape* shape) {
    const Tensor& in = site.input(0);
    const Tensor& out = site.output(output);
    if (in.rank != 3) return site.fail("input '%.80s' has %" PRId32 " dimensions, needs 3", in.name, in.rank);
    *shape = {in.shape[0], in.shape[1], in.shape[2]};
    const int32_t rank = kept == 0 ? 2 : 3;
    const bool fits = out.rank == rank && out.shape[0] == in.shape[0] && out.shape[rank - 1] == in.shape[2] &&
                      (kept == 0 || out.shape[1] == kept);
    if (!fits) return site.fail("output '%.80s' does not have the shape of the input without its middle", out.name);
    return site.check_precision_of(in);
}

}  // namespace tmx::runtime
