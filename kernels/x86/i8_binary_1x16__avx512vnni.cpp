// i8 add, subtract and multiply, 16 elements at a time, AVX-512 VNNI. The loops and their reasons: elementwise.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/vectors_avx512.h"
// Over the vectors:
#include "kernels/x86/elementwise.h"

namespace tmx::kernels {

void i8_binary_1x16__avx512vnni(const BinaryArgs& args, int64_t first, int64_t last) {
    if (!binary<int8_t>(args, first, last)) i8_binary__reference(args, first, last);
}

}  // namespace tmx::kernels
