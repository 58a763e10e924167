// Requantization of eight channels with intrinsics (stage.h says why it is exact), for 32 and 64-bit sums.
#ifndef TINAMIX_KERNELS_NEON32_REQUANTIZE_H_
#define TINAMIX_KERNELS_NEON32_REQUANTIZE_H_

#include "kernels/neon32/stage.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

/// Sums of 64 bits, docs/arithmetic.md, 2, last paragraph.
struct alignas(16) WideStage {
    int64_t bias[kBlock];
    int32_t multiplier[kBlock];
    int64_t post_shift[kBlock];  ///< 32 - shift
    int16_t zero_point[kBlock], clamp_min[kBlock], clamp_max[kBlock];
    int32_t any_low_shift;  ///< a shift of at most 32, that goes the slow way
    int32_t shift[kBlock];

    WideStage() = default;
    explicit WideStage(const OutputStage& stage) { set_clamp(stage, false); }

    void set_clamp(const OutputStage& stage, bool) {
        vst1q_s16(zero_point, vdupq_n_s16(static_cast<int16_t>(stage.zero_point)));
        vst1q_s16(clamp_min, vdupq_n_s16(static_cast<int16_t>(stage.clamp_min)));
        vst1q_s16(clamp_max, vdupq_n_s16(static_cast<int16_t>(stage.clamp_max)));
    }
    void set_channels(const OutputStage& stage, int32_t channel, int32_t lanes) {
        any_low_shift = 0;
        for (int32_t i = 0; i < kBlock; ++i) {
            const bool real = i < lanes;
            bias[i] = real ? static_cast<const int64_t*>(stage.bias)[channel + i] : 0;
            multiplier[i] = real ? stage.multiplier[channel + i] : 0;
            shift[i] = real ? stage.shift[channel + i] & 63 : 62;
            post_shift[i] = 32 - shift[i];
            any_low_shift |= shift[i] <= 32;
        }
    }
};

template <bool kWide>
struct StageChoice {
    using Type = Stage;
};
template <>
struct StageChoice<true> {
    using Type = WideStage;
};
template <bool kWide>
using StageOf = typename StageChoice<kWide>::Type;

template <typename StageType>
int16x8_t to_codes(int32x4_t low, int32x4_t high, const StageType& stage) {
    int16x8_t codes = vcombine_s16(vqmovn_s32(low), vqmovn_s32(high));
    codes = vqaddq_s16(codes, vld1q_s16(stage.zero_point));
    return vminq_s16(vmaxq_s16(codes, vld1q_s16(stage.clamp_min)), vld1q_s16(stage.clamp_max));
}

static inline int16x8_t requantize(int32x4_t low, int32x4_t high, const Stage& stage) {
    if (stage.any_pre_shift != 0) {
        low = vqshlq_s32(low, vld1q_s32(stage.pre_shift));
        high = vqshlq_s32(high, vld1q_s32(stage.pre_shift + 4));
    }
    low = vrshlq_s32(vqdmulhq_s32(low, vld1q_s32(stage.multiplier)), vld1q_s32(stage.post_shift));
    high = vrshlq_s32(vqdmulhq_s32(high, vld1q_s32(stage.multiplier + 4)), vld1q_s32(stage.post_shift + 4));
    return to_codes(low, high, stage);
}

/// Two sums with shifts above 32.
static inline int32x2_t rescale_pair(int64x2_t sum, int32x2_t multiplier, int64x2_t post_shift) {
    const uint32x2_t low = vreinterpret_u32_s32(vmovn_s64(sum));
    const int64x2_t high = vmull_s32(vshrn_n_s64(sum, 32), multiplier);
    const uint64x2_t rest = vmull_u32(low, vreinterpret_u32_s32(multiplier));
    const int64x2_t t = vreinterpretq_s64_u64(vsraq_n_u64(vreinterpretq_u64_s64(high), rest, 32));
    return vqmovn_s64(vrshlq_s64(t, post_shift));
}

static inline int16x8_t requantize(const int64x2_t (&sum)[4], const WideStage& stage) {
    int32_t results[kBlock];
    if (stage.any_low_shift == 0) {
        for (int i = 0; i < 4; ++i) {
            vst1_s32(results + 2 * i,
                     rescale_pair(sum[i], vld1_s32(stage.multiplier + 2 * i), vld1q_s64(stage.post_shift + 2 * i)));
        }
    } else {
        int64_t sums[kBlock];
        for (int i = 0; i < 4; ++i) vst1q_s64(sums + 2 * i, sum[i]);
        for (int i = 0; i < kBlock; ++i) {
            const int64_t rescaled = rescale_wide(sums[i], stage.multiplier[i], stage.shift[i]);
            results[i] = static_cast<int32_t>(clamp_i64(rescaled, INT32_MIN, INT32_MAX));
        }
    }
    return to_codes(vld1q_s32(results), vld1q_s32(results + 4), stage);
}

/// 32-bit sums whose bias has 64.
static inline int16x8_t requantize(int32x4_t low, int32x4_t high, const WideStage& stage) {
    const int64x2_t sum[4] = {vaddw_s32(vld1q_s64(stage.bias), vget_low_s32(low)),
                              vaddw_s32(vld1q_s64(stage.bias + 2), vget_high_s32(low)),
                              vaddw_s32(vld1q_s64(stage.bias + 4), vget_low_s32(high)),
                              vaddw_s32(vld1q_s64(stage.bias + 6), vget_high_s32(high))};
    return requantize(sum, stage);
}

static inline int32x4_t start_low(const Stage& stage) { return vld1q_s32(stage.bias); }
static inline int32x4_t start_high(const Stage& stage) { return vld1q_s32(stage.bias + 4); }
static inline int32x4_t start_low(const WideStage&) { return vdupq_n_s32(0); }
static inline int32x4_t start_high(const WideStage&) { return vdupq_n_s32(0); }

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON32_REQUANTIZE_H_
