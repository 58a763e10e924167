// w8a16 convolution, 4 pixels by 16 output channels, int8 dot product: two passes over bytes (a16_conv__dotprod.h).
#include "kernels/kernel_table.h"
#include "kernels/neon/a16_conv__dotprod.h"

namespace tmx::kernels {

void w8a16_conv_4x16__dotprod(const ConvArgs& args, int64_t first, int64_t last) {
    if (!w8a16_conv(args, first, last)) w8a16_conv_4x16__neon(args, first, last);
}

}  // namespace tmx::kernels
