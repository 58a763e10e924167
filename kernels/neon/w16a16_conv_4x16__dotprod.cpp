// w16a16 convolution, 4 pixels by 16 output channels, int8 dot product: four passes over bytes (a16_conv__dotprod.h)
// where sums need 64 bits; where they fit 32, smlal does it in fewer instructions.
#include "kernels/kernel_table.h"
#include "kernels/neon/a16_conv__dotprod.h"

namespace tmx::kernels {

void w16a16_conv_4x16__dotprod(const ConvArgs& args, int64_t first, int64_t last) {
    if (!w16a16_conv(args, first, last)) w16a16_conv_4x16__neon(args, first, last);
}

}  // namespace tmx::kernels
