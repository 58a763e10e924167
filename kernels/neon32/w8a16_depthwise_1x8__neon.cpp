// w8a16 depthwise convolution over 8 channels (a16_depthwise.h). Sums stay in 32 bits even where the bias has 64: 64
// taps of 2^22 fit.
#include "kernels/kernel_table.h"
#include "kernels/neon32/a16_depthwise.h"

namespace tmx::kernels {

void w8a16_depthwise_1x8__neon(const DepthwiseArgs& args, int64_t first, int64_t last) {
    if (!(args.wide_accumulator ? depthwise<int16_t, int8_t, true>(args, first, last)
                                : a16_depthwise<int8_t, false>(args, first, last))) {
        w8a16_depthwise__reference(args, first, last);
    }
}

}  // namespace tmx::kernels
