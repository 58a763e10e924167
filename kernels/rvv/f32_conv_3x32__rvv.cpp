// float32 convolution, 3 pixels by 32 output channels, RISC-V vectors. The loops and their reasons: conv.h.
#include "kernels/kernel_table.h"
#include "kernels/rvv/conv.h"

namespace tmx::kernels {

void f32_conv_3x32__rvv(const ConvArgs& args, int64_t first, int64_t last) {
    if (!conv<float, float, FloatStage>(args, first, last)) f32_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
