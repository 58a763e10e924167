// w16a16 convolution, 4 pixels by 32 output channels (8 where the sum fits 32 bits), AVX-512 VNNI. The loops and their
// reasons: a16_conv_avx512.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/a16_conv_avx512.h"

namespace tmx::kernels {

void w16a16_conv_4x32__avx512vnni(const ConvArgs& args, int64_t first, int64_t last) {
    const bool done = args.wide_accumulator ? indirect_gemm<W16A16Wide512>(args, first, last)
                                            : indirect_gemm<A16Narrow<int16_t>>(args, first, last);
    if (!done) w16a16_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
