// float32 to i16, 16 elements at a time, AVX-512 VNNI. The loop and its reasons: elementwise.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/vectors_avx512.h"
// Over the vectors:
#include "kernels/x86/elementwise.h"

namespace tmx::kernels {

void i16_quantize_1x16__avx512vnni(const QuantizeArgs& args, int64_t first, int64_t last) {
    quantize_range<int16_t>(args, first, last);
}

}  // namespace tmx::kernels
