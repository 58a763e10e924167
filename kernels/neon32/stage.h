// The output stage of eight channels in the order in which the tiles read it (gemm_tile.inc has the offsets).
//
// Exactness (docs/arithmetic.md, 2): a shift below 32 becomes 32 after a saturating shift of the sum to the left; what
// that saturates clamps either way. vqdmulh is then floor(acc * m / 2^31) and vrshl by s - 31 >= 1 adds the one
// rounding constant at a whole bit of it. (A multiplier below 2^30 with a shift below 62 is out of contract, and then
// only equal where nothing saturates.)
#ifndef TINAMIX_KERNELS_NEON32_STAGE_H_
#define TINAMIX_KERNELS_NEON32_STAGE_H_

#include <arm_neon.h>
#include <stddef.h>

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

constexpr int kBlock = 8;  ///< output channels

struct alignas(16) Stage {
    int32_t bias[kBlock];
    int32_t multiplier[kBlock];
    int32_t post_shift[kBlock];  ///< negative: vrshl shifts to the right by it
    int16_t zero_point[kBlock];
    int16_t clamp_min[kBlock];  ///< for int8 outputs: sixteen int8
    int16_t clamp_max[kBlock];
    int32_t pre_shift[kBlock];
    int32_t any_pre_shift;  ///< or kRawSums

    /// Instead of a pre-shift: the tile stores its sums as they are.
    static constexpr int32_t kRawSums = -1;

    Stage() = default;
    Stage(const OutputStage& stage, bool int8) { set_clamp(stage, int8); }

    /// What does not depend on the channel. For zero points and clamps out of their type's range only memory safety is
    /// promised.
    void set_clamp(const OutputStage& stage, bool int8) {
        vst1q_s16(zero_point, vdupq_n_s16(static_cast<int16_t>(stage.zero_point)));
        if (int8) {
            vst1q_s8(reinterpret_cast<int8_t*>(clamp_min), vdupq_n_s8(static_cast<int8_t>(stage.clamp_min)));
            vst1q_s8(reinterpret_cast<int8_t*>(clamp_max), vdupq_n_s8(static_cast<int8_t>(stage.clamp_max)));
        } else {
            vst1q_s16(clamp_min, vdupq_n_s16(static_cast<int16_t>(stage.clamp_min)));
            vst1q_s16(clamp_max, vdupq_n_s16(static_cast<int16_t>(stage.clamp_max)));
        }
    }

    /// Channels [channel, channel + lanes). Lanes beyond them hold whatever follows in memory, or zero.
    void set_channels(const OutputStage& stage, int32_t channel, int32_t lanes) {
        const int32_t* b = static_cast<const int32_t*>(stage.bias) + channel;
        const int32_t* m = stage.multiplier + channel;
        const uint8_t* s = stage.shift + channel;
        int32_t partial_bias[kBlock] = {}, partial_multiplier[kBlock] = {};
        uint8_t partial_shift[kBlock] = {62, 62, 62, 62, 62, 62, 62, 62};
        if (lanes < kBlock) {
            for (int32_t i = 0; i < lanes; ++i) {
                partial_bias[i] = b[i];
                partial_multiplier[i] = m[i];
                partial_shift[i] = s[i];
            }
            b = partial_bias;
            m = partial_multiplier;
            s = partial_shift;
        }
        const int16x8_t wanted = vandq_s16(vreinterpretq_s16_u16(vmovl_u8(vld1_u8(s))), vdupq_n_s16(63));
        const int16x8_t pre = vmaxq_s16(vsubq_s16(vdupq_n_s16(32), wanted), vdupq_n_s16(0));
        const int16x8_t post = vminq_s16(vsubq_s16(vdupq_n_s16(31), wanted), vdupq_n_s16(-1));
        for (int i = 0; i < kBlock; i += 4) {
            vst1q_s32(bias + i, vld1q_s32(b + i));
            vst1q_s32(multiplier + i, vld1q_s32(m + i));
        }
        vst1q_s32(pre_shift, vmovl_s16(vget_low_s16(pre)));
        vst1q_s32(pre_shift + 4, vmovl_s16(vget_high_s16(pre)));
        vst1q_s32(post_shift, vmovl_s16(vget_low_s16(post)));
        vst1q_s32(post_shift + 4, vmovl_s16(vget_high_s16(post)));
        const int32x4_t any = vreinterpretq_s32_s16(pre);
        const int32x2_t two = vorr_s32(vget_low_s32(any), vget_high_s32(any));
        any_pre_shift = vget_lane_s32(two, 0) | vget_lane_s32(two, 1);
    }
};
static_assert(offsetof(Stage, multiplier) == 32 && offsetof(Stage, zero_point) == 96 &&
                  offsetof(Stage, pre_shift) == 144 && offsetof(Stage, any_pre_shift) == 176,
              "gemm_tile.inc");

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON32_STAGE_H_
