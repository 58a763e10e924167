// w8a16 depthwise convolution, eight channels at a time, plain NEON. The loops and their reasons: a16_depthwise.h.
#include "kernels/kernel_table.h"
#include "kernels/neon/a16_depthwise.h"

namespace tmx::kernels {

void w8a16_depthwise_1x8__neon(const DepthwiseArgs& args, int64_t first, int64_t last) {
    if (!a16_depthwise<WideBias16, int8_t>(args, first, last)) w8a16_depthwise__reference(args, first, last);
}

}  // namespace tmx::kernels
