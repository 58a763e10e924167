// w16a16 depthwise convolution, 8 pixels by 16 channels, AVX-512 VNNI. The loops and their reasons: depthwise.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/vectors_avx512.h"
// Over the vectors:
#include "kernels/x86/depthwise.h"

namespace tmx::kernels {

void w16a16_depthwise_8x16__avx512vnni(const DepthwiseArgs& args, int64_t first, int64_t last) {
    const bool done = args.wide_accumulator ? depthwise<DepthwiseW16A16Wide>(args, first, last)
                                            : depthwise<DepthwiseInteger<int16_t, int16_t, false>>(args, first, last);
    if (!done) w16a16_depthwise__reference(args, first, last);
}

}  // namespace tmx::kernels
