// w16a16 convolution, 4 pixels by 32 output channels (8 pixels where the sums fit 32 bits), AVX-512 VNNI.
// The loops and their reasons: a16_conv.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/vectors_avx512.h"
// Over the vectors:
#include "kernels/x86/a16_conv.h"

namespace tmx::kernels {

void w16a16_conv_4x32__avx512vnni(const ConvArgs& args, int64_t first, int64_t last) {
    const bool done = args.wide_accumulator ? indirect_gemm<W16A16WideTile>(args, first, last)
                                            : indirect_gemm<A16Narrow<int16_t>>(args, first, last);
    if (!done) w16a16_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
