// i8 to i8 requantization, 64 elements at a time, AVX-512 VNNI. The loop and its reasons: scaled_rows.h.
#include "kernels/kernel_table.h"
#include "kernels/x86/scaled_rows.h"

namespace tmx::kernels {

void i8_i8_requantize_1x64__avx512vnni(const RequantizeArgs& args, int64_t first, int64_t last) {
    const UniformStage stage(args.rescale, args.output_zero_point, args.clamp_min, args.clamp_max);
    const __m512i zero_point = _mm512_set1_epi32(args.input_zero_point);
    for (int64_t row = first; row < last; ++row) {
        const int8_t* input = static_cast<const int8_t*>(args.input) + row * args.inner;
        scaled_row(stage, args.inner, static_cast<int8_t*>(args.output) + row * args.output_stride,
                   [&](int32_t i) { return sub(widen(input + i), zero_point); });
    }
}

}  // namespace tmx::kernels
