// The output stage of int8 layers in float32, exact all the same. Include after vectors_avx512.h.
//
// An 8-bit result needs few bits of the product: t = acc * (m / 2^s) + 1/2 in float32 is off by less than 2^-13
// wherever the result does not clamp (three roundings of 2^-24 at |t| <= 512), so floor(t) is the result unless t lies
// that close to a whole number. Those few, one in two thousand, are found by one comparison and computed again by the
// formula of the contract. That is 6 instructions for 16 results; 64-bit products take 20.
#ifndef TINAMIX_KERNELS_X86_SCALED_STAGE_H_
#define TINAMIX_KERNELS_X86_SCALED_STAGE_H_

#include <string.h>

#include "kernels/reference/arithmetic.h"
#include "kernels/x86/vectors_avx512.h"

namespace tmx::kernels {
namespace {

/// Twice the largest error of t; t is raised by it, so that doubt is one interval.
constexpr float kScaledDoubt = 1.0f / 4096;

/// Numbers for all channels, and where to find those of a channel that is computed again.
struct StageNumbers {
    const int32_t* multiplier;
    const uint8_t* shift;
    int32_t zero_point, clamp_min, clamp_max;

    StageNumbers() = default;
    StageNumbers(const OutputStage& stage, int32_t channel)
        : multiplier(stage.multiplier + channel),
          shift(stage.shift + channel),
          zero_point(stage.zero_point),
          clamp_min(stage.clamp_min),
          clamp_max(stage.clamp_max) {}

    /// m / 2^s in float32 (as bits) and the bias of 16 channels from channel + lane on, 0 where not `used`.
    static void load(const OutputStage& stage, int32_t channel, int32_t lane, __mmask16 used, __m512i* scale,
                     __m512i* bias) {
        *bias = _mm512_maskz_loadu_epi32(used, static_cast<const int32_t*>(stage.bias) + channel + lane);
        // 2^-s by its exponent; a shift that no file may have gives some number or other.
        const __m512i s = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(used, stage.shift + channel + lane));
        const __m512i power = _mm512_slli_epi32(_mm512_sub_epi32(_mm512_set1_epi32(127), s), 23);
        const __m512 m = _mm512_cvtepi32_ps(_mm512_maskz_loadu_epi32(used, stage.multiplier + channel + lane));
        *scale = _mm512_castps_si512(_mm512_mul_ps(m, _mm512_castsi512_ps(power)));
    }
};

/// Constants of up to kChannels output channels. Channels beyond the last have scale and bias 0.
template <int kChannels>
struct ScaledStage : StageNumbers {
    alignas(64) float scale[kChannels];
    alignas(64) int32_t bias[kChannels];

    ScaledStage(const OutputStage& stage, int32_t channel, int32_t lanes) : StageNumbers(stage, channel) {
        for (int32_t lane = 0; lane < kChannels; lane += 16) {
            __m512i scales, biases;
            load(stage, channel, lane, lane_mask(lanes > lane ? lanes - lane : 0), &scales, &biases);
            _mm512_store_si512(scale + lane, scales);
            _mm512_store_si512(bias + lane, biases);
        }
    }
};

/// floor(t), and the lanes where that may be wrong.
inline __m512i scaled(__m512i acc, const float* scale, __mmask16* doubt) {
    const __m512 half = _mm512_set1_ps(0.5f + kScaledDoubt);
    __m512 t = _mm512_fmadd_ps(_mm512_cvtepi32_ps(acc), _mm512_load_ps(scale), half);
    t = _mm512_min_ps(t, _mm512_set1_ps(65536.0f));  // clamps anyway, and fits an int32
    const __m512 fraction = _mm512_reduce_ps(t, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    *doubt = _mm512_cmp_ps_mask(fraction, _mm512_set1_ps(2 * kScaledDoubt), _CMP_LT_OQ);
    return _mm512_cvt_roundps_epi32(t, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
}

/// Four vectors of floor(t) to 64 codes. Each 128-bit lane holds 4 codes of each vector, in order.
template <typename Stage>
inline __m512i to_codes(const __m512i* q, const Stage& stage) {
    const __m512i zero = _mm512_set1_epi16(static_cast<int16_t>(stage.zero_point));
    const __m512i a = _mm512_adds_epi16(_mm512_packs_epi32(q[0], q[1]), zero);
    const __m512i b = _mm512_adds_epi16(_mm512_packs_epi32(q[2], q[3]), zero);
    const __m512i codes = _mm512_packs_epi16(a, b);
    return _mm512_min_epi8(_mm512_max_epi8(codes, _mm512_set1_epi8(static_cast<int8_t>(stage.clamp_min))),
                           _mm512_set1_epi8(static_cast<int8_t>(stage.clamp_max)));
}

/// Computes the doubtful lanes again. `lanes_per_run` lanes of the vector lie together in memory, `run_stride` channels
/// (and codes) from one such run to the next; `channel` is the channel of lane 0 within the stage.
template <typename Stage>
__attribute__((noinline)) void settle(__m512i acc, __mmask16 doubt, const Stage& stage, int32_t channel,
                                      int32_t lanes_per_run, int32_t run_stride, int8_t* output) {
    alignas(64) int32_t sums[16];
    _mm512_store_si512(sums, acc);
    for (unsigned left = doubt; left != 0; left &= left - 1) {
        const int32_t lane = __builtin_ctz(left);
        const int32_t at = lane / lanes_per_run * run_stride + lane % lanes_per_run;
        const int64_t q = rescale(sums[lane], stage.multiplier[channel + at], stage.shift[channel + at]);
        output[at] = to_code<int8_t>(q, stage.zero_point, stage.clamp_min, stage.clamp_max);
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_X86_SCALED_STAGE_H_
