// w16a16 convolution, 4 pixels by 16 output channels, plain NEON. The inner loop and its reasons: a16_tiles__neon.S;
// the loops around it: a16_conv.h.
#include "kernels/kernel_table.h"
#include "kernels/neon/a16_conv.h"

namespace tmx::kernels {

void w16a16_conv_4x16__neon(const ConvArgs& args, int64_t first, int64_t last) {
    if (!a16_conv<int16_t>(args, first, last)) w16a16_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
