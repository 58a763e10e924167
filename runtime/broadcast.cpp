#include "broadcast.h"

#include <inttypes.h>

namespace tmx::runtime {

tmx_status broadcast_strides(const OpSite& site, int32_t operand, int64_t* strides) {
    const Tensor& in = site.input(operand);
    const Tensor& out = site.output();
    if (in.rank > out.rank) return site.fail("input '%.80s' has more dimensions than the output", in.name);
    int64_t stride = 1;
    for (int32_t d = out.rank - 1; d >= 0; --d) {
        const int32_t in_dimension = d - (out.rank - in.rank);
        const int32_t size = in_dimension < 0 ? 1 : in.shape[in_dimension];
        if (size != out.shape[d] && size != 1) {
            return site.fail("input '%.80s' of size %" PRId32 " does not broadcast to %" PRId32
                             " in dimension %" PRId32,
                             in.name, size, out.shape[d], d);
        }
        strides[d] = size == 1 ? 0 : stride;
        stride *= size;
    }
    return TMX_OK;
}

}  // namespace tmx::runtime
