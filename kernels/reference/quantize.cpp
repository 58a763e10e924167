// Between float32 and integer codes, the specification (docs/arithmetic.md, 7).
#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

template <typename T>
void quantize_all(const QuantizeArgs& args, int64_t first, int64_t last) {
    T* output = static_cast<T*>(args.output);
    for (int64_t i = first; i < last; ++i) output[i] = quantize<T>(args.input[i], args.inverse_scale, args.zero_point);
}

template <typename T>
void dequantize_all(const DequantizeArgs& args, int64_t first, int64_t last) {
    const T* input = static_cast<const T*>(args.input);
    for (int64_t i = first; i < last; ++i) args.output[i] = dequantize(input[i], args.scale, args.zero_point);
}

}  // namespace

void i8_quantize__reference(const QuantizeArgs& args, int64_t first, int64_t last) {
    quantize_all<int8_t>(args, first, last);
}
void i16_quantize__reference(const QuantizeArgs& args, int64_t first, int64_t last) {
    quantize_all<int16_t>(args, first, last);
}
void i8_dequantize__reference(const DequantizeArgs& args, int64_t first, int64_t last) {
    dequantize_all<int8_t>(args, first, last);
}
void i16_dequantize__reference(const DequantizeArgs& args, int64_t first, int64_t last) {
    dequantize_all<int16_t>(args, first, last);
}
void i32_dequantize__reference(const DequantizeArgs& args, int64_t first, int64_t last) {
    dequantize_all<int32_t>(args, first, last);
}

}  // namespace tmx::kernels
