// f32 depthwise convolution, 4 pixels by 16 channels, AVX2. The loops and their reasons: depthwise.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/vectors_avx2.h"
// Over the vectors:
#include "kernels/x86/depthwise.h"

namespace tmx::kernels {

void f32_depthwise_4x16__avx2(const DepthwiseArgs& args, int64_t first, int64_t last) {
    if (!depthwise<DepthwiseF32>(args, first, last)) f32_depthwise__reference(args, first, last);
}

}  // namespace tmx::kernels
