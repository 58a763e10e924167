// i8 to i8 requantization (also what concat is made of), 16 elements at a time.
#include "kernels/kernel_table.h"
#include "kernels/neon/elementwise.h"

namespace tmx::kernels {

void i8_i8_requantize_1x16__neon(const RequantizeArgs& args, int64_t first, int64_t last) {
    if (args.input_zero_point < INT8_MIN || args.input_zero_point > INT8_MAX || args.output_zero_point < INT8_MIN ||
        args.output_zero_point > INT8_MAX) {
        i8_i8_requantize__reference(args, first, last);
        return;
    }
    const CommonRescale rescale(args.rescale.multiplier, args.rescale.shift);
    const ToCodes8 to_codes(args.output_zero_point, args.clamp_min, args.clamp_max);
    const int8x8_t zero = vdup_n_s8(static_cast<int8_t>(args.input_zero_point));
    for (int64_t row = first; row < last; ++row) {
        const int8_t* input = static_cast<const int8_t*>(args.input) + row * args.inner;
        int8_t* output = static_cast<int8_t*>(args.output) + row * args.output_stride;
        for (int32_t i = 0; i < args.inner; i += 16) {
            store_codes(output + i, to_codes(rescale(difference(vld1q_s8(input + i), zero))), args.inner - i);
        }
    }
}

}  // namespace tmx::kernels
