// w8a16 convolution, 3 pixels by 64 output channels, RISC-V vectors. The loops and their reasons: conv.h.
#include "kernels/kernel_table.h"
#include "kernels/rvv/conv.h"

namespace tmx::kernels {

void w8a16_conv_3x64__rvv(const ConvArgs& args, int64_t first, int64_t last) {
    const bool done = args.wide_accumulator ? conv<int16_t, int8_t, WideStage>(args, first, last)
                                            : conv<int16_t, int8_t, NarrowStage>(args, first, last);
    if (!done) w8a16_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
