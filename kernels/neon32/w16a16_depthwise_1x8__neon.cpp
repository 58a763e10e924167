// w16a16 depthwise convolution over 8 channels (a16_depthwise.h). With a 64-bit accumulator at most two
// products are added in 32 bits: three may already leave them.
#include "kernels/kernel_table.h"
#include "kernels/neon32/a16_depthwise.h"

namespace tmx::kernels {

void w16a16_depthwise_1x8__neon(const DepthwiseArgs& args, int64_t first, int64_t last) {
    if (!(args.wide_accumulator ? a16_depthwise<int16_t, true>(args, first, last)
                                : a16_depthwise<int16_t, false>(args, first, last))) {
        w16a16_depthwise__reference(args, first, last);
    }
}

}  // namespace tmx::kernels
