// w8a16 depthwise convolution, 4 pixels by 16 channels, AVX2. The loops and their reasons: depthwise.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/vectors_avx2.h"
// Over the vectors:
#include "kernels/x86/depthwise.h"

namespace tmx::kernels {

void w8a16_depthwise_4x16__avx2(const DepthwiseArgs& args, int64_t first, int64_t last) {
    const bool done = args.wide_accumulator ? depthwise<DepthwiseInteger<int16_t, int8_t, true>>(args, first, last)
                                            : depthwise<DepthwiseInteger<int16_t, int8_t, false>>(args, first, last);
    if (!done) w8a16_depthwise__reference(args, first, last);
}

}  // namespace tmx::kernels
