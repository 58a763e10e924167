// f32 convolution, 4 pixels by 16 output channels, AVX2. The loops and their reasons: f32_conv.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/vectors_avx2.h"
// Over the vectors:
#include "kernels/x86/f32_conv.h"

namespace tmx::kernels {

void f32_conv_4x16__avx2(const ConvArgs& args, int64_t first, int64_t last) {
    if (!indirect_gemm<F32Conv>(args, first, last)) f32_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
