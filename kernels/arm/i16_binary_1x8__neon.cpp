// i16 add, subtract and multiply, 8 elements at a time (elementwise.h).
#include "kernels/arm/elementwise.h"
#include "kernels/kernel_table.h"

namespace tmx::kernels {

void i16_binary_1x8__neon(const BinaryArgs& args, int64_t first, int64_t last) {
    if (!binary<int16_t>(args, first, last)) i16_binary__reference(args, first, last);
}

}  // namespace tmx::kernels
