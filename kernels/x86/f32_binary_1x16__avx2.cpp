// f32 add, subtract and multiply, 16 elements at a time, AVX2. The loops and their reasons: elementwise.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/vectors_avx2.h"
// Over the vectors:
#include "kernels/x86/elementwise.h"

namespace tmx::kernels {

void f32_binary_1x16__avx2(const BinaryArgs& args, int64_t first, int64_t last) {
    if (!binary_f32(args, first, last)) f32_binary__reference(args, first, last);
}

}  // namespace tmx::kernels
