// Sixteen lanes with AVX2, in two registers; the same names as vectors_avx512.h, where they are described.
#ifndef TINAMIX_KERNELS_X86_VECTORS_AVX2_H_
#define TINAMIX_KERNELS_X86_VECTORS_AVX2_H_

#include <immintrin.h>
#include <string.h>

#include "kernels/x86/stage.h"

namespace tmx::kernels {
namespace {

constexpr bool kManyRegisters = false;

struct I32x16 {
    __m256i low, high;
};
struct F32x16 {
    __m256 low, high;
};
struct I64x16 {
    __m256i quarter[4];
};

inline __m256i load_256(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
inline __m128i load_128(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }

inline I32x16 zero_i32() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
inline I32x16 set_i32(int32_t x) { return {_mm256_set1_epi32(x), _mm256_set1_epi32(x)}; }
inline I32x16 load_i32(const int32_t* p) { return {load_256(p), load_256(p + 8)}; }
inline void store_i32(int32_t* p, I32x16 x) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x.low);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p + 8), x.high);
}
inline I32x16 add(I32x16 a, I32x16 b) { return {_mm256_add_epi32(a.low, b.low), _mm256_add_epi32(a.high, b.high)}; }
inline I32x16 sub(I32x16 a, I32x16 b) { return {_mm256_sub_epi32(a.low, b.low), _mm256_sub_epi32(a.high, b.high)}; }
inline I32x16 mul(I32x16 a, I32x16 b) { return {_mm256_mullo_epi32(a.low, b.low), _mm256_mullo_epi32(a.high, b.high)}; }

inline I32x16 widen(const int8_t* p) {
    const __m128i codes = load_128(p);
    return {_mm256_cvtepi8_epi32(codes), _mm256_cvtepi8_epi32(_mm_srli_si128(codes, 8))};
}
inline I32x16 widen(const int16_t* p) {
    return {_mm256_cvtepi16_epi32(load_128(p)), _mm256_cvtepi16_epi32(load_128(p + 8))};
}

inline I32x16 load_pairs(const int8_t* p) {
    return {_mm256_cvtepi8_epi16(load_128(p)), _mm256_cvtepi8_epi16(load_128(p + 16))};
}
inline I32x16 load_pairs(const int16_t* p) { return {load_256(p), load_256(p + 16)}; }

inline I32x16 dot_pairs(I32x16 acc, I32x16 x, I32x16 w) {
    return {_mm256_add_epi32(acc.low, _mm256_madd_epi16(x.low, w.low)),
            _mm256_add_epi32(acc.high, _mm256_madd_epi16(x.high, w.high))};
}

inline I32x16 low_byte(I32x16 x) {
    const __m256i mask = _mm256_set1_epi16(0xff);
    return {_mm256_and_si256(x.low, mask), _mm256_and_si256(x.high, mask)};
}
inline I32x16 high_byte(I32x16 x) { return {_mm256_srai_epi16(x.low, 8), _mm256_srai_epi16(x.high, 8)}; }

inline I64x16 load_i64(const int64_t* p) { return {{load_256(p), load_256(p + 4), load_256(p + 8), load_256(p + 12)}}; }
inline I64x16 widen(I32x16 x) {
    return {{_mm256_cvtepi32_epi64(_mm256_castsi256_si128(x.low)),
             _mm256_cvtepi32_epi64(_mm256_extracti128_si256(x.low, 1)),
             _mm256_cvtepi32_epi64(_mm256_castsi256_si128(x.high)),
             _mm256_cvtepi32_epi64(_mm256_extracti128_si256(x.high, 1))}};
}
inline I64x16 add(I64x16 a, I64x16 b) {
    I64x16 sum;
    for (int i = 0; i < 4; ++i) sum.quarter[i] = _mm256_add_epi64(a.quarter[i], b.quarter[i]);
    return sum;
}
template <int kBits>
inline I64x16 shift_left(I64x16 x) {
    for (int i = 0; i < 4; ++i) x.quarter[i] = _mm256_slli_epi64(x.quarter[i], kBits);
    return x;
}
inline I64x16 mul(I64x16 a, I64x16 b) {
    for (int i = 0; i < 4; ++i) a.quarter[i] = _mm256_mul_epi32(a.quarter[i], b.quarter[i]);
    return a;
}

/// Arithmetic shift of 64-bit lanes, which AVX2 lacks: shifted as unsigned from x + 2^63, less 2^(63 - shift).
inline __m256i shift_right(__m256i x, __m256i shift) {
    const __m256i sign = _mm256_set1_epi64x(INT64_MIN);
    return _mm256_sub_epi64(_mm256_srlv_epi64(_mm256_xor_si256(x, sign), shift), _mm256_srlv_epi64(sign, shift));
}
inline __m256i max_i64(__m256i a, __m256i b) { return _mm256_blendv_epi8(b, a, _mm256_cmpgt_epi64(a, b)); }
inline __m256i min_i64(__m256i a, __m256i b) { return _mm256_blendv_epi8(a, b, _mm256_cmpgt_epi64(a, b)); }

inline __m256i clamp_half(__m256i q, const StageClamp& range) {
    q = _mm256_max_epi32(q, _mm256_set1_epi32(range.low));
    q = _mm256_min_epi32(q, _mm256_set1_epi32(range.high));
    return _mm256_add_epi32(q, _mm256_set1_epi32(range.zero_point));
}
inline I32x16 clamp(I32x16 q, const StageClamp& range) { return {clamp_half(q.low, range), clamp_half(q.high, range)}; }

/// Lanes 8 * half ... 8 * half + 7 of a narrow requantization.
inline __m256i requantize_half(__m256i acc, const NarrowBlock& block, int half, const StageClamp& clamp) {
    const __m256i limit = load_256(block.limit + 8 * half);
    const __m256i m = load_256(block.multiplier + 8 * half);
    acc = _mm256_min_epi32(acc, limit);
    acc = _mm256_max_epi32(acc, _mm256_xor_si256(limit, _mm256_set1_epi32(-1)));
    acc = _mm256_sllv_epi32(acc, load_256(block.pre_shift + 8 * half));
    __m256i even = _mm256_mul_epi32(acc, m);
    __m256i odd = _mm256_mul_epi32(_mm256_srli_epi64(acc, 32), _mm256_srli_epi64(m, 32));
    even = _mm256_add_epi64(even, load_256(block.half + 4 * half));
    odd = _mm256_add_epi64(odd, load_256(block.half + 8 + 4 * half));
    even = shift_right(even, load_256(block.shift + 4 * half));
    odd = shift_right(odd, load_256(block.shift + 8 + 4 * half));
    return clamp_half(_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA), clamp);
}
inline I32x16 requantize(I32x16 acc, const NarrowBlock& block, const StageClamp& clamp) {
    return {requantize_half(acc.low, block, 0, clamp), requantize_half(acc.high, block, 1, clamp)};
}

/// Four lanes of a wide requantization, as 64-bit lanes that fit 32.
inline __m256i requantize_quarter(__m256i acc, const WideBlock& block, int first, const StageClamp& clamp) {
    const __m256i m = load_256(block.multiplier + first);
    acc = max_i64(acc, load_256(block.low + first));
    acc = min_i64(acc, load_256(block.high + first));
    acc = _mm256_sllv_epi64(acc, load_256(block.pre_shift + first));
    const __m256i high = _mm256_mul_epi32(_mm256_srli_epi64(acc, 32), m);
    const __m256i low = _mm256_srli_epi64(_mm256_mul_epu32(acc, m), 32);
    __m256i q = _mm256_add_epi64(_mm256_add_epi64(high, low), load_256(block.half + first));
    q = shift_right(q, load_256(block.shift + first));
    q = max_i64(q, _mm256_set1_epi64x(clamp.low));
    return min_i64(q, _mm256_set1_epi64x(clamp.high));
}
/// The low halves of eight 64-bit lanes, in order.
inline __m256i narrow(__m256i low, __m256i high) {
    const __m256i mixed = _mm256_castps_si256(
        _mm256_shuffle_ps(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high), _MM_SHUFFLE(2, 0, 2, 0)));
    return _mm256_permute4x64_epi64(mixed, _MM_SHUFFLE(3, 1, 2, 0));
}
inline I32x16 requantize(const I64x16& acc, const WideBlock& block, const StageClamp& clamp) {
    __m256i q[4];
    for (int i = 0; i < 4; ++i) q[i] = requantize_quarter(acc.quarter[i], block, 4 * i, clamp);
    const __m256i zero_point = _mm256_set1_epi32(clamp.zero_point);
    return {_mm256_add_epi32(narrow(q[0], q[1]), zero_point), _mm256_add_epi32(narrow(q[2], q[3]), zero_point)};
}

/// 16 codes as int16 (they fit: packing saturates, and nothing does).
inline __m256i pack_i16(I32x16 q) {
    return _mm256_permute4x64_epi64(_mm256_packs_epi32(q.low, q.high), _MM_SHUFFLE(3, 1, 2, 0));
}
inline void store_codes(int16_t* output, I32x16 q, int32_t lanes) {
    const __m256i codes = pack_i16(q);
    if (lanes >= 16) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(output), codes);
    } else {
        alignas(32) int16_t all[16];
        _mm256_store_si256(reinterpret_cast<__m256i*>(all), codes);
        memcpy(output, all, static_cast<size_t>(lanes) * sizeof(int16_t));
    }
}
inline void store_codes(int8_t* output, I32x16 q, int32_t lanes) {
    const __m256i wide = pack_i16(q);
    const __m128i codes = _mm_packs_epi16(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
    if (lanes >= 16) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(output), codes);
    } else {
        alignas(16) int8_t all[16];
        _mm_store_si128(reinterpret_cast<__m128i*>(all), codes);
        memcpy(output, all, static_cast<size_t>(lanes));
    }
}

inline F32x16 set_f32(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
inline F32x16 load_f32(const float* p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
inline F32x16 add(F32x16 a, F32x16 b) { return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)}; }
inline F32x16 sub(F32x16 a, F32x16 b) { return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)}; }
inline F32x16 mul(F32x16 a, F32x16 b) { return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)}; }
inline F32x16 clamp(F32x16 x, float low, float high) {
    const __m256 l = _mm256_set1_ps(low), h = _mm256_set1_ps(high);
    return {_mm256_min_ps(_mm256_max_ps(x.low, l), h), _mm256_min_ps(_mm256_max_ps(x.high, l), h)};
}
inline F32x16 nan_to_zero(F32x16 x) {
    return {_mm256_and_ps(x.low, _mm256_cmp_ps(x.low, x.low, _CMP_ORD_Q)),
            _mm256_and_ps(x.high, _mm256_cmp_ps(x.high, x.high, _CMP_ORD_Q))};
}
inline I32x16 to_i32(F32x16 x) { return {_mm256_cvttps_epi32(x.low), _mm256_cvttps_epi32(x.high)}; }
inline void store_f32(float* output, F32x16 x, int32_t lanes) {
    if (lanes >= 16) {
        _mm256_storeu_ps(output, x.low);
        _mm256_storeu_ps(output + 8, x.high);
    } else {
        alignas(32) float all[16];
        _mm256_store_ps(all, x.low);
        _mm256_store_ps(all + 8, x.high);
        memcpy(output, all, static_cast<size_t>(lanes) * sizeof(float));
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_X86_VECTORS_AVX2_H_
