// i8 to i8 requantization, 16 elements at a time, AVX2. The loop and its reasons: elementwise.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/vectors_avx2.h"
// Over the vectors:
#include "kernels/x86/elementwise.h"

namespace tmx::kernels {

void i8_i8_requantize_1x16__avx2(const RequantizeArgs& args, int64_t first, int64_t last) {
    requantize_rows<int8_t, int8_t>(args, first, last);
}

}  // namespace tmx::kernels
