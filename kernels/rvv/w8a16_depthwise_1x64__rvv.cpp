// w8a16 depthwise convolution, 1 pixel by 64 channels, RISC-V vectors. The loops and their reasons: depthwise.h.
#include "kernels/kernel_table.h"
#include "kernels/rvv/depthwise.h"

namespace tmx::kernels {

void w8a16_depthwise_1x64__rvv(const DepthwiseArgs& args, int64_t first, int64_t last) {
    const bool done = args.wide_accumulator ? depthwise<int16_t, int8_t, WideStage>(args, first, last)
                                            : depthwise<int16_t, int8_t, NarrowStage>(args, first, last);
    if (!done) w8a16_depthwise__reference(args, first, last);
}

}  // namespace tmx::kernels
