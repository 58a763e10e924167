// w8a16 convolution, 8 pixels by 32 output channels, AVX-512 VNNI. The loops and their reasons: a16_conv.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/vectors_avx512.h"
// Over the vectors:
#include "kernels/x86/a16_conv.h"

namespace tmx::kernels {

void w8a16_conv_8x32__avx512vnni(const ConvArgs& args, int64_t first, int64_t last) {
    const bool done = args.wide_accumulator ? indirect_gemm<W8A16WideTile>(args, first, last)
                                            : indirect_gemm<A16Narrow<int8_t>>(args, first, last);
    if (!done) w8a16_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
