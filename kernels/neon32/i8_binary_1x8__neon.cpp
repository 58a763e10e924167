// i8 add, subtract and multiply, 8 elements at a time (elementwise.h).
#include "kernels/arm/elementwise.h"
#include "kernels/kernel_table.h"

namespace tmx::kernels {

void i8_binary_1x8__neon(const BinaryArgs& args, int64_t first, int64_t last) {
    if (!binary<int8_t>(args, first, last)) i8_binary__reference(args, first, last);
}

}  // namespace tmx::kernels
