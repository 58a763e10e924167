// Between float32 and codes, eight elements at a time.
//
// Vectors of 32-bit ARM take subnormal numbers for zeros, which changes nothing here with any sensible scale: a code is
// a whole number, so that its product with a normal scale is normal, and a subnormal product becomes the code of zero.
#include <arm_neon.h>

#include "kernels/arm/vectors.h"
#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

/// To the nearest integer, halves to even, of numbers up to 65536. 64-bit ARM has an instruction for what the contract
/// spells with additions. NaN becomes 0.
inline int32x4_t nearest(float32x4_t x) {
#if defined(__aarch64__)
    return vcvtnq_s32_f32(x);
#else
    const float32x4_t magic = vdupq_n_f32(12582912.0f);
    return vcvtq_s32_f32(vsubq_f32(vaddq_f32(x, magic), magic));
#endif
}

/// Where flushed subnormal numbers could be seen: products of subnormal inputs that are not below 1/2, codes that are.
#if defined(__aarch64__)
constexpr float kMostInverseScale = __builtin_inff(), kLeastScale = -__builtin_inff();
#else
constexpr float kMostInverseScale = 0x1p100f, kLeastScale = 0x1p-126f;
#endif

/// Everything saturates. NaN becomes 0, which the zero point turns into itself.
template <typename T>
void quantize_all(const QuantizeArgs& args, int64_t first, int64_t last) {
    const float32x4_t scale = vdupq_n_f32(args.inverse_scale);
    const float32x4_t bound = vdupq_n_f32(65536.0f);
    const int32x4_t zero_point = vdupq_n_s32(args.zero_point);
    const auto codes = [&](const float* x) {
        const float32x4_t scaled = vmulq_f32(vld1q_f32(x), scale);
        return vqaddq_s32(nearest(vminq_f32(vmaxq_f32(scaled, vnegq_f32(bound)), bound)), zero_point);
    };
    T* output = static_cast<T*>(args.output);
    for (int64_t i = first; i < last; i += kLanes) {
        const int16x8_t narrow = vcombine_s16(vqmovn_s32(codes(args.input + i)), vqmovn_s32(codes(args.input + i + 4)));
        const int32_t lanes = last - i < kLanes ? static_cast<int32_t>(last - i) : kLanes;
        if constexpr (sizeof(T) == 1) {
            store_codes(output + i, vmovl_s8(vqmovn_s16(narrow)), lanes);
        } else {
            store_codes(output + i, narrow, lanes);
        }
    }
}

/// The difference of code and zero point is taken modulo 2^32, as in the specification.
template <typename T>
void dequantize_all(const DequantizeArgs& args, int64_t first, int64_t last) {
    const T* input = static_cast<const T*>(args.input);
    const int32x4_t zero_point = vdupq_n_s32(args.zero_point);
    int64_t i = first;
    for (; i + kLanes <= last; i += kLanes) {
        const int16x8_t codes = widen8(input + i);
        const int32x4_t low = vsubq_s32(vmovl_s16(vget_low_s16(codes)), zero_point);
        const int32x4_t high = vsubq_s32(vmovl_s16(vget_high_s16(codes)), zero_point);
        vst1q_f32(args.output + i, vmulq_n_f32(vcvtq_f32_s32(low), args.scale));
        vst1q_f32(args.output + i + 4, vmulq_n_f32(vcvtq_f32_s32(high), args.scale));
    }
    for (; i < last; ++i) args.output[i] = dequantize(input[i], args.scale, args.zero_point);
}

}  // namespace

void i8_quantize_1x8__neon(const QuantizeArgs& args, int64_t first, int64_t last) {
    if (args.inverse_scale > kMostInverseScale) return i8_quantize__reference(args, first, last);
    quantize_all<int8_t>(args, first, last);
}
void i16_quantize_1x8__neon(const QuantizeArgs& args, int64_t first, int64_t last) {
    if (args.inverse_scale > kMostInverseScale) return i16_quantize__reference(args, first, last);
    quantize_all<int16_t>(args, first, last);
}
void i8_dequantize_1x8__neon(const DequantizeArgs& args, int64_t first, int64_t last) {
    if (args.scale < kLeastScale) return i8_dequantize__reference(args, first, last);
    dequantize_all<int8_t>(args, first, last);
}
void i16_dequantize_1x8__neon(const DequantizeArgs& args, int64_t first, int64_t last) {
    if (args.scale < kLeastScale) return i16_dequantize__reference(args, first, last);
    dequantize_all<int16_t>(args, first, last);
}

}  // namespace tmx::kernels
