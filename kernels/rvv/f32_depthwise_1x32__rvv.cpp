// float32 depthwise convolution, 1 pixel by 32 channels, RISC-V vectors. The loops and their reasons: depthwise.h.
#include "kernels/kernel_table.h"
#include "kernels/rvv/depthwise.h"

namespace tmx::kernels {

void f32_depthwise_1x32__rvv(const DepthwiseArgs& args, int64_t first, int64_t last) {
    if (!depthwise<float, float, FloatStage>(args, first, last)) f32_depthwise__reference(args, first, last);
}

}  // namespace tmx::kernels
