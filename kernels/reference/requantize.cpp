// From one integer quantization to another, the specification (docs/arithmetic.md, 4); also what concat is made of.
#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

template <typename In, typename Out>
void requantize(const RequantizeArgs& args, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
        const In* input = static_cast<const In*>(args.input) + row * args.inner;
        Out* output = static_cast<Out*>(args.output) + row * args.output_stride;
        for (int32_t i = 0; i < args.inner; ++i) {
            const int32_t centered = difference(input[i], args.input_zero_point);
            output[i] = to_code<Out>(rescale(centered, args.rescale.multiplier, args.rescale.shift),
                                     args.output_zero_point, args.clamp_min, args.clamp_max);
        }
    }
}

}  // namespace

void i8_i8_requantize__reference(const RequantizeArgs& args, int64_t first, int64_t last) {
    requantize<int8_t, int8_t>(args, first, last);
}
void i8_i16_requantize__reference(const RequantizeArgs& args, int64_t first, int64_t last) {
    requantize<int8_t, int16_t>(args, first, last);
}
void i16_i8_requantize__reference(const RequantizeArgs& args, int64_t first, int64_t last) {
    requantize<int16_t, int8_t>(args, first, last);
}
void i16_i16_requantize__reference(const RequantizeArgs& args, int64_t first, int64_t last) {
    requantize<int16_t, int16_t>(args, first, last);
}

}  // namespace tmx::kernels
