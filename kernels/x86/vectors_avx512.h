// Sixteen lanes with AVX-512 (F, BW, VL, VNNI). vectors_avx2.h offers the same names; the loops of the other headers
// are written over either. I32x16 holds 32-bit lanes, I64x16 64-bit lanes in order, F32x16 float32.
#ifndef TINAMIX_KERNELS_X86_VECTORS_AVX512_H_
#define TINAMIX_KERNELS_X86_VECTORS_AVX512_H_

#include <immintrin.h>
#include <string.h>

#include "kernels/x86/stage.h"

namespace tmx::kernels {
namespace {

constexpr bool kManyRegisters = true;

using I32x16 = __m512i;
using F32x16 = __m512;
struct I64x16 {
    __m512i low, high;
};

inline __mmask16 lane_mask(int32_t lanes) { return static_cast<__mmask16>(lanes >= 16 ? 0xffff : (1u << lanes) - 1); }

inline I32x16 zero_i32() { return _mm512_setzero_si512(); }
inline I32x16 set_i32(int32_t x) { return _mm512_set1_epi32(x); }
inline I32x16 load_i32(const int32_t* p) { return _mm512_loadu_si512(p); }
inline void store_i32(int32_t* p, I32x16 x) { _mm512_storeu_si512(p, x); }
inline I32x16 add(I32x16 a, I32x16 b) { return _mm512_add_epi32(a, b); }
inline I32x16 sub(I32x16 a, I32x16 b) { return _mm512_sub_epi32(a, b); }
inline I32x16 mul(I32x16 a, I32x16 b) { return _mm512_mullo_epi32(a, b); }

/// 16 codes to 32-bit lanes.
inline I32x16 widen(const int8_t* p) {
    return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
inline I32x16 widen(const int16_t* p) {
    return _mm512_cvtepi16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}

/// 32 weights to int16: a pair per lane.
inline I32x16 load_pairs(const int8_t* p) {
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
inline I32x16 load_pairs(const int16_t* p) { return _mm512_loadu_si512(p); }

/// acc + x0 * w0 + x1 * w1 over the int16 pairs of each lane.
inline I32x16 dot_pairs(I32x16 acc, I32x16 x, I32x16 w) { return _mm512_dpwssd_epi32(acc, x, w); }

/// x = 256 * high_byte(x) + low_byte(x) in int16, 0 <= low_byte < 256.
inline I32x16 low_byte(I32x16 x) { return _mm512_and_si512(x, _mm512_set1_epi16(0xff)); }
inline I32x16 high_byte(I32x16 x) { return _mm512_srai_epi16(x, 8); }

inline I64x16 load_i64(const int64_t* p) { return {_mm512_loadu_si512(p), _mm512_loadu_si512(p + 8)}; }
inline I64x16 widen(I32x16 x) {
    return {_mm512_cvtepi32_epi64(_mm512_castsi512_si256(x)), _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(x, 1))};
}
inline I64x16 add(I64x16 a, I64x16 b) { return {_mm512_add_epi64(a.low, b.low), _mm512_add_epi64(a.high, b.high)}; }
template <int kBits>
inline I64x16 shift_left(I64x16 x) {
    return {_mm512_slli_epi64(x.low, kBits), _mm512_slli_epi64(x.high, kBits)};
}
/// Products of the low 32 bits of each lane.
inline I64x16 mul(I64x16 a, I64x16 b) { return {_mm512_mul_epi32(a.low, b.low), _mm512_mul_epi32(a.high, b.high)}; }

/// Adds the zero point and clamps.
inline I32x16 clamp(I32x16 q, const StageClamp& range) {
    q = _mm512_max_epi32(q, _mm512_set1_epi32(range.low));
    q = _mm512_min_epi32(q, _mm512_set1_epi32(range.high));
    return _mm512_add_epi32(q, _mm512_set1_epi32(range.zero_point));
}

/// Accumulators (bias included) to codes: rescale, zero point, clamp.
inline I32x16 requantize(I32x16 acc, const NarrowBlock& block, const StageClamp& clamp) {
    const __m512i limit = _mm512_load_si512(block.limit);
    const __m512i m = _mm512_load_si512(block.multiplier);
    acc = _mm512_min_epi32(acc, limit);
    acc = _mm512_max_epi32(acc, _mm512_xor_si512(limit, _mm512_set1_epi32(-1)));
    acc = _mm512_sllv_epi32(acc, _mm512_load_si512(block.pre_shift));
    __m512i even = _mm512_mul_epi32(acc, m);
    __m512i odd = _mm512_mul_epi32(_mm512_srli_epi64(acc, 32), _mm512_srli_epi64(m, 32));
    even = _mm512_add_epi64(even, _mm512_load_si512(block.half));
    odd = _mm512_add_epi64(odd, _mm512_load_si512(block.half + 8));
    even = _mm512_srav_epi64(even, _mm512_load_si512(block.shift));
    odd = _mm512_srav_epi64(odd, _mm512_load_si512(block.shift + 8));
    return kernels::clamp(_mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32)), clamp);
}

/// Lanes first..first + 7 of a wide requantization.
inline __m256i requantize_half(__m512i acc, const WideBlock& block, int first, const StageClamp& clamp) {
    const __m512i m = _mm512_load_si512(block.multiplier + first);
    acc = _mm512_max_epi64(acc, _mm512_load_si512(block.low + first));
    acc = _mm512_min_epi64(acc, _mm512_load_si512(block.high + first));
    acc = _mm512_sllv_epi64(acc, _mm512_load_si512(block.pre_shift + first));
    const __m512i high = _mm512_mul_epi32(_mm512_srli_epi64(acc, 32), m);
    const __m512i low = _mm512_srli_epi64(_mm512_mul_epu32(acc, m), 32);
    __m512i q = _mm512_add_epi64(_mm512_add_epi64(high, low), _mm512_load_si512(block.half + first));
    q = _mm512_srav_epi64(q, _mm512_load_si512(block.shift + first));
    q = _mm512_max_epi64(q, _mm512_set1_epi64(clamp.low));
    q = _mm512_min_epi64(q, _mm512_set1_epi64(clamp.high));
    return _mm256_add_epi32(_mm512_cvtepi64_epi32(q), _mm256_set1_epi32(clamp.zero_point));
}
inline I32x16 requantize(I64x16 acc, const WideBlock& block, const StageClamp& clamp) {
    return _mm512_inserti64x4(_mm512_castsi256_si512(requantize_half(acc.low, block, 0, clamp)),
                              requantize_half(acc.high, block, 8, clamp), 1);
}

/// Stores the first `lanes` lanes (16 or more: all) as codes.
inline void store_codes(int8_t* output, I32x16 q, int32_t lanes) {
    _mm_mask_storeu_epi8(output, lane_mask(lanes), _mm512_cvtepi32_epi8(q));
}
inline void store_codes(int16_t* output, I32x16 q, int32_t lanes) {
    _mm256_mask_storeu_epi16(output, lane_mask(lanes), _mm512_cvtepi32_epi16(q));
}

inline F32x16 set_f32(float x) { return _mm512_set1_ps(x); }
inline F32x16 load_f32(const float* p) { return _mm512_loadu_ps(p); }
inline F32x16 add(F32x16 a, F32x16 b) { return _mm512_add_ps(a, b); }
inline F32x16 sub(F32x16 a, F32x16 b) { return _mm512_sub_ps(a, b); }
inline F32x16 mul(F32x16 a, F32x16 b) { return _mm512_mul_ps(a, b); }
/// The instructions return their second operand where they cannot decide, as the contract's max and min do.
inline F32x16 clamp(F32x16 x, float low, float high) {
    return _mm512_min_ps(_mm512_max_ps(x, _mm512_set1_ps(low)), _mm512_set1_ps(high));
}
inline F32x16 nan_to_zero(F32x16 x) { return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(x, x, _CMP_ORD_Q), x); }
/// Of whole numbers within int32.
inline I32x16 to_i32(F32x16 x) { return _mm512_cvttps_epi32(x); }
inline void store_f32(float* output, F32x16 x, int32_t lanes) { _mm512_mask_storeu_ps(output, lane_mask(lanes), x); }

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_X86_VECTORS_AVX512_H_
