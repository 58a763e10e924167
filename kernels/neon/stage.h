// The output stage of integer layers for 16 channels, in the form in which vectors use it.
//
// Exactness (docs/arithmetic.md, 2), 32-bit accumulator: sqdmulh gives floor(acc * m / 2^31), and srshl adds the
// rounding constant at a whole bit of it, as long as s >= 32. A smaller s becomes 32 after a saturating shift to the
// left: where that leaves 32 bits, m >= 2^30 puts the result beyond 2^29, which clamps either way.
// (A multiplier below 2^30 with a shift below 62 is out of contract, and then only equal where nothing saturates.)
#ifndef TINAMIX_KERNELS_NEON_STAGE_H_
#define TINAMIX_KERNELS_NEON_STAGE_H_

#include <arm_neon.h>
#include <string.h>

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

constexpr int kBlock = 16;
constexpr int32_t kLeastShift = 32;

/// Sixteen channels with a 32-bit accumulator; lanes beyond the last channel are neutral. Assembly knows this layout.
struct alignas(16) StageBlock {
    int32_t bias[kBlock];
    int32_t multiplier[kBlock];
    int32_t right_shift[kBlock];  ///< of the product's upper half, negative as srshl wants it
    int32_t pre_shift[kBlock];
    int32_t any_pre_shift;  ///< not 0: some channel has one

    /// Shifts and multipliers only.
    void set_rescale(const OutputStage& stage, int32_t channel, int32_t lanes) {
        const int32_t* m = stage.multiplier + channel;
        const uint8_t* s = stage.shift + channel;
        uint8_t few_shifts[kBlock];
        if (lanes < kBlock) {
            memset(multiplier, 0, sizeof(multiplier));
            memset(few_shifts, 62, sizeof(few_shifts));
            memcpy(multiplier, m, static_cast<size_t>(lanes) * sizeof(int32_t));
            memcpy(few_shifts, s, static_cast<size_t>(lanes));
            m = multiplier;
            s = few_shifts;
        }
        const uint8x16_t bytes = vandq_u8(vld1q_u8(s), vdupq_n_u8(63));
        const int16x8_t halves[2] = {vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(bytes))),
                                     vreinterpretq_s16_u16(vmovl_u8(vget_high_u8(bytes)))};
        int32x4_t any = vdupq_n_s32(0);
        for (int i = 0; i < 4; ++i) {
            const int16x8_t half = halves[i / 2];
            const int32x4_t shift = vmovl_s16(i % 2 == 0 ? vget_low_s16(half) : vget_high_s16(half));
            const int32x4_t least = vdupq_n_s32(kLeastShift);
            const int32x4_t pre = vsubq_s32(vmaxq_s32(shift, least), shift);
            any = vorrq_s32(any, pre);
            vst1q_s32(pre_shift + 4 * i, pre);
            vst1q_s32(right_shift + 4 * i, vsubq_s32(vdupq_n_s32(kLeastShift - 1), vmaxq_s32(shift, least)));
            vst1q_s32(multiplier + 4 * i, vld1q_s32(m + 4 * i));
        }
        any_pre_shift = vmaxvq_s32(any);
    }

    void set(const OutputStage& stage, int32_t channel, int32_t lanes) {
        set_rescale(stage, channel, lanes);
        if (lanes < kBlock) memset(bias, 0, sizeof(bias));
        memcpy(bias, static_cast<const int32_t*>(stage.bias) + channel, static_cast<size_t>(lanes) * sizeof(int32_t));
    }

    int32x4_t rescale(int32x4_t acc, int i) const {
        if (any_pre_shift != 0) acc = vqshlq_s32(acc, vld1q_s32(pre_shift + 4 * i));
        return rescale_right(acc, i);
    }
    /// Without pre-shift.
    int32x4_t rescale_right(int32x4_t acc, int i) const {
        return vrshlq_s32(vqdmulhq_s32(acc, vld1q_s32(multiplier + 4 * i)), vld1q_s32(right_shift + 4 * i));
    }
};

/// Copies the first `lanes` of `nr` codes of each pixel to their place.
inline void copy_part(const int8_t* part, int32_t nr, int32_t count, int32_t lanes, int8_t* output, int64_t stride) {
    for (int32_t p = 0; p < count; ++p, part += nr, output += stride) {
        if (lanes == 8) {
            vst1_s8(output, vld1_s8(part));
        } else {
            memcpy(output, part, static_cast<size_t>(lanes));
        }
    }
}

/// Writes `lanes` < 16 bytes.
inline void store_some(int8_t* output, int8x16_t codes, int32_t lanes) {
    int8_t all[16];
    vst1q_s8(all, codes);
    memcpy(output, all, static_cast<size_t>(lanes));
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON_STAGE_H_
