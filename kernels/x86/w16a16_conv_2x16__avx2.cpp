// w16a16 convolution, 2 pixels by 16 output channels (4 pixels where the sums fit 32 bits), AVX2.
// The loops and their reasons: a16_conv.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/vectors_avx2.h"
// Over the vectors:
#include "kernels/x86/a16_conv.h"

namespace tmx::kernels {

void w16a16_conv_2x16__avx2(const ConvArgs& args, int64_t first, int64_t last) {
    const bool done = args.wide_accumulator ? indirect_gemm<W16A16WideTile>(args, first, last)
                                            : indirect_gemm<A16Narrow<int16_t>>(args, first, last);
    if (!done) w16a16_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
