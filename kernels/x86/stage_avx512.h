// Requantization and stores with AVX-512 (F, BW, VL). The constants are those of stage.h.
#ifndef TINAMIX_KERNELS_X86_STAGE_AVX512_H_
#define TINAMIX_KERNELS_X86_STAGE_AVX512_H_

#include <immintrin.h>

#include "kernels/x86/stage.h"

namespace tmx::kernels {
namespace {

/// 16 accumulators (bias included) to codes in 32-bit lanes.
inline __m512i requantize(__m512i acc, const NarrowBlock& block, const StageClamp& clamp) {
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
    __m512i q = _mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32));
    q = _mm512_max_epi32(q, _mm512_set1_epi32(clamp.low));
    q = _mm512_min_epi32(q, _mm512_set1_epi32(clamp.high));
    return _mm512_add_epi32(q, _mm512_set1_epi32(clamp.zero_point));
}

/// 8 wide accumulators, of lanes first..first + 7.
inline __m256i requantize_wide(__m512i acc, const WideBlock& block, int first, const StageClamp& clamp) {
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

/// 16 wide accumulators to codes in 32-bit lanes.
inline __m512i requantize(__m512i low, __m512i high, const WideBlock& block, const StageClamp& clamp) {
    return _mm512_inserti64x4(_mm512_castsi256_si512(requantize_wide(low, block, 0, clamp)),
                              requantize_wide(high, block, 8, clamp), 1);
}

inline __mmask16 lane_mask(int32_t lanes) { return static_cast<__mmask16>(lanes >= 16 ? 0xffff : (1u << lanes) - 1); }

inline void store_codes(int8_t* output, __m512i q, int32_t lanes) {
    _mm_mask_storeu_epi8(output, lane_mask(lanes), _mm512_cvtepi32_epi8(q));
}
inline void store_codes(int16_t* output, __m512i q, int32_t lanes) {
    _mm256_mask_storeu_epi16(output, lane_mask(lanes), _mm512_cvtepi32_epi16(q));
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_X86_STAGE_AVX512_H_
