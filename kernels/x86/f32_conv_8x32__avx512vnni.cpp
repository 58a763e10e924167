// f32 convolution, 8 pixels by 32 output channels, AVX-512 VNNI. The loops and their reasons: f32_conv.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/vectors_avx512.h"
// Over the vectors:
#include "kernels/x86/f32_conv.h"

namespace tmx::kernels {

void f32_conv_8x32__avx512vnni(const ConvArgs& args, int64_t first, int64_t last) {
    if (!indirect_gemm<F32Conv>(args, first, last)) f32_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
