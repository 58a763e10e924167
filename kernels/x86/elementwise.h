// Requantize, add, subtract, multiply and quantize over vectors of 16 elements. Include after vectors_avx2.h or
// vectors_avx512.h.
//
// They reuse the convolutions' requantization with the same constants in every lane. Addition has its own shift and no
// multiplier: (acc + 2^(s-1)) >> s is rescale(acc, 2^30, s + 30). Rows may end in a part of a vector: loads run into
// the readable slack, stores are cut.
#ifndef TINAMIX_KERNELS_X86_ELEMENTWISE_H_
#define TINAMIX_KERNELS_X86_ELEMENTWISE_H_

#include "kernels/reference/arithmetic.h"
#include "kernels/reference/outer_index.h"
#include "kernels/x86/stage.h"

namespace tmx::kernels {
namespace {

constexpr int kLanes = 16;

template <typename Block>
void set_all(Block* block, int32_t multiplier, int32_t shift) {
    for (int lane = 0; lane < kLanes; ++lane) block->set(lane, 0, multiplier, shift);
}

template <typename In, typename Out>
void requantize_rows(const RequantizeArgs& args, int64_t first, int64_t last) {
    NarrowBlock block;
    set_all(&block, args.rescale.multiplier, args.rescale.shift);
    const StageClamp clamp(args.output_zero_point, args.clamp_min, args.clamp_max);
    const I32x16 zero_point = set_i32(args.input_zero_point);
    for (int64_t row = first; row < last; ++row) {
        const In* input = static_cast<const In*>(args.input) + row * args.inner;
        Out* output = static_cast<Out*>(args.output) + row * args.output_stride;
        for (int32_t i = 0; i < args.inner; i += kLanes) {
            store_codes(output + i, requantize(sub(widen(input + i), zero_point), block, clamp), args.inner - i);
        }
    }
}

/// Elements [first, last) from float32. NaN becomes zero before the zero point is added.
template <typename T>
void quantize_range(const QuantizeArgs& args, int64_t first, int64_t last) {
    constexpr float kBound = 65536.0f, kMagic = 12582912.0f;  // as in arithmetic.h: quantize, round_half_even
    const StageClamp range(args.zero_point, Range<T>::kMin, Range<T>::kMax);
    const F32x16 scale = set_f32(args.inverse_scale), magic = set_f32(kMagic);
    T* output = static_cast<T*>(args.output);
    for (int64_t i = first; i < last; i += kLanes) {
        const F32x16 scaled = clamp(nan_to_zero(mul(load_f32(args.input + i), scale)), -kBound, kBound);
        const I32x16 code = clamp(to_i32(sub(add(scaled, magic), magic)), range);
        store_codes(output + i, code, static_cast<int32_t>(last - i < kLanes ? last - i : kLanes));
    }
}

/// Rows of a binary operation: combine(a, b) over vectors of codes less their zero points. Operands that repeat along
/// the row are spread over a vector once.
template <typename T, typename Combine>
void binary_rows(const BinaryArgs& args, int64_t first, int64_t last, const Combine& combine) {
    const int32_t inner = args.shape[args.rank - 1];
    const bool a_repeats = args.stride_a[args.rank - 1] == 0, b_repeats = args.stride_b[args.rank - 1] == 0;
    const I32x16 zero_a = set_i32(args.zero_point_a), zero_b = set_i32(args.zero_point_b);
    for (int64_t row = first; row < last; ++row) {
        const T* a = static_cast<const T*>(args.a) + row_offset(row, args.rank, args.shape, args.stride_a);
        const T* b = static_cast<const T*>(args.b) + row_offset(row, args.rank, args.shape, args.stride_b);
        T* output = static_cast<T*>(args.output) + row * inner;
        const I32x16 one_a = sub(set_i32(a[0]), zero_a), one_b = sub(set_i32(b[0]), zero_b);
        for (int32_t i = 0; i < inner; i += kLanes) {
            const I32x16 x = a_repeats ? one_a : sub(widen(a + i), zero_a);
            const I32x16 y = b_repeats ? one_b : sub(widen(b + i), zero_b);
            store_codes(output + i, combine(x, y), inner - i);
        }
    }
}

/// False, with nothing written, for functions, strides or constants that these loops do not take.
template <typename T>
bool binary(const BinaryArgs& args, int64_t first, int64_t last) {
    if (args.function > BinaryFunction::kMul) return false;
    constexpr int32_t kOne = 1 << 30, kOneShift = 30;
    const int64_t step_a = args.stride_a[args.rank - 1], step_b = args.stride_b[args.rank - 1];
    if (step_a < 0 || step_a > 1 || step_b < 0 || step_b > 1) return false;
    const StageClamp clamp(args.zero_point_out, args.clamp_min, args.clamp_max);
    if (args.function == BinaryFunction::kMul) {
        NarrowBlock block;
        set_all(&block, args.multiplier_a, args.shift);
        binary_rows<T>(args, first, last, [&](I32x16 x, I32x16 y) { return requantize(mul(x, y), block, clamp); });
        return true;
    }
    if (args.shift < 1 || args.shift > 62 - kOneShift) return false;
    if constexpr (sizeof(T) == 1) {
        // Multipliers up to 2^20 keep the sum of two 9-bit differences within 32 bits.
        constexpr int32_t kMost = 1 << 20;
        if (args.multiplier_a > kMost || args.multiplier_a < -kMost || args.multiplier_b > kMost ||
            args.multiplier_b < -kMost) {
            return false;
        }
        NarrowBlock block;
        set_all(&block, kOne, args.shift + kOneShift);
        const I32x16 ma = set_i32(args.multiplier_a), mb = set_i32(args.multiplier_b);
        binary_rows<T>(args, first, last,
                       [&](I32x16 x, I32x16 y) { return requantize(add(mul(x, ma), mul(y, mb)), block, clamp); });
    } else {
        WideBlock block;
        set_all(&block, kOne, args.shift + kOneShift);
        const I64x16 ma = widen(set_i32(args.multiplier_a)), mb = widen(set_i32(args.multiplier_b));
        binary_rows<T>(args, first, last, [&](I32x16 x, I32x16 y) {
            return requantize(add(mul(widen(x), ma), mul(widen(y), mb)), block, clamp);
        });
    }
    return true;
}

/// float32: one operation and the clamp. False as above.
inline bool binary_f32(const BinaryArgs& args, int64_t first, int64_t last) {
    if (args.function > BinaryFunction::kMul) return false;
    const int32_t inner = args.shape[args.rank - 1];
    const int64_t step_a = args.stride_a[args.rank - 1], step_b = args.stride_b[args.rank - 1];
    if (step_a < 0 || step_a > 1 || step_b < 0 || step_b > 1) return false;
    for (int64_t row = first; row < last; ++row) {
        const float* a = static_cast<const float*>(args.a) + row_offset(row, args.rank, args.shape, args.stride_a);
        const float* b = static_cast<const float*>(args.b) + row_offset(row, args.rank, args.shape, args.stride_b);
        float* output = static_cast<float*>(args.output) + row * inner;
        for (int32_t i = 0; i < inner; i += kLanes) {
            const F32x16 x = step_a == 0 ? set_f32(a[0]) : load_f32(a + i);
            const F32x16 y = step_b == 0 ? set_f32(b[0]) : load_f32(b + i);
            const F32x16 value = args.function == BinaryFunction::kAdd   ? add(x, y)
                                 : args.function == BinaryFunction::kSub ? sub(x, y)
                                                                         : mul(x, y);
            store_f32(output + i, clamp(value, args.clamp_min_f32, args.clamp_max_f32), inner - i);
        }
    }
    return true;
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_X86_ELEMENTWISE_H_
