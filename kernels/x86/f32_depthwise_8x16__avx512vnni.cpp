// f32 depthwise convolution, 8 pixels by 16 channels, AVX-512 VNNI. The loops and their reasons: depthwise.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/vectors_avx512.h"
// Over the vectors:
#include "kernels/x86/depthwise.h"

namespace tmx::kernels {

void f32_depthwise_8x16__avx512vnni(const DepthwiseArgs& args, int64_t first, int64_t last) {
    if (!depthwise<DepthwiseF32>(args, first, last)) f32_depthwise__reference(args, first, last);
}

}  // namespace tmx::kernels
