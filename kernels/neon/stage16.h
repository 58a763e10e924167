// The output stage to int16 codes (zero point 0), with accumulators of 32 and of 64 bits.
//
// 64 bits (docs/arithmetic.md, 2): with acc = h * 2^32 + l and s > 32, t = h * m + ((l * m) >> 32) and a rounding shift
// by s - 32. A channel with s <= 32 goes through the specification's own function; real networks have none.
#ifndef TINAMIX_KERNELS_NEON_STAGE16_H_
#define TINAMIX_KERNELS_NEON_STAGE16_H_

#include "kernels/neon/stage.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

/// Sixteen codes, or eight in the first.
struct Codes16 {
    int16x8_t low, high;
};

/// To the range of the output. int16 has no zero point.
struct Clamp16 {
    int16x8_t min, max;

    explicit Clamp16(const OutputStage& stage)
        : min(vdupq_n_s16(static_cast<int16_t>(stage.clamp_min))),
          max(vdupq_n_s16(static_cast<int16_t>(stage.clamp_max))) {}
    int16x8_t operator()(int32x4_t low, int32x4_t high) const {
        return vminq_s16(vmaxq_s16(vqmovn_high_s32(vqmovn_s32(low), high), min), max);
    }
};

inline void store_codes(int16_t* output, const Codes16& codes, int32_t lanes) {
    if (lanes >= kBlock) {
        vst1q_s16(output, codes.low);
        vst1q_s16(output + 8, codes.high);
    } else {
        int16_t all[kBlock];
        vst1q_s16(all, codes.low);
        vst1q_s16(all + 8, codes.high);
        memcpy(output, all, static_cast<size_t>(lanes) * sizeof(int16_t));
    }
}

/// Pixels of 16 narrow sums each; sum(i) gives the four sums at i.
template <typename SumAt>
inline void store_narrow(const SumAt& sum, int32_t count, const StageBlock& stage, const Clamp16& given, int32_t lanes,
                         int16_t* output, int64_t stride) {
    const Clamp16 clamp = given;
    if (lanes == kBlock && stage.any_pre_shift == 0) {
        int32x4_t multiplier[4], shift[4];
        for (int i = 0; i < 4; ++i) multiplier[i] = vld1q_s32(stage.multiplier + 4 * i);
        for (int i = 0; i < 4; ++i) shift[i] = vld1q_s32(stage.right_shift + 4 * i);
        for (int32_t at = 0; at < count * kBlock; at += kBlock, output += stride) {
            int32x4_t x[4];
            for (int i = 0; i < 4; ++i) x[i] = vrshlq_s32(vqdmulhq_s32(sum(at + 4 * i), multiplier[i]), shift[i]);
            vst1q_s16(output, clamp(x[0], x[1]));
            vst1q_s16(output + 8, clamp(x[2], x[3]));
        }
        return;
    }
    for (int32_t at = 0; at < count * kBlock; at += kBlock, output += stride) {
        int32x4_t x[4];
        for (int i = 0; i < 4; ++i) x[i] = stage.rescale(sum(at + 4 * i), i);
        store_codes(output, {clamp(x[0], x[1]), clamp(x[2], x[3])}, lanes);
    }
}

/// Sixteen channels with a 64-bit accumulator.
struct alignas(16) WideStageBlock {
    int64_t bias[kBlock];
    int32_t multiplier[kBlock];
    int64_t right_shift[kBlock];  ///< of t, negative
    int32_t shift[kBlock];
    bool small_shift;  ///< some channel has s <= 32

    WideStageBlock() = default;

    WideStageBlock(const OutputStage& stage, int32_t channel, int32_t lanes) : small_shift(false) {
        for (int32_t i = 0; i < kBlock; ++i) {
            const bool used = i < lanes;
            bias[i] = used ? static_cast<const int64_t*>(stage.bias)[channel + i] : 0;
            multiplier[i] = used ? stage.multiplier[channel + i] : 0;
            shift[i] = used ? stage.shift[channel + i] & 63 : 62;
            right_shift[i] = 32 - shift[i];
            small_shift |= shift[i] <= 32;
        }
    }

    static int64x2_t plus_upper(int64x2_t x, uint64x2_t y) {
        return vreinterpretq_s64_u64(vsraq_n_u64(vreinterpretq_u64_s64(x), y, 32));
    }

    /// The sums of four channels from `i` on, as pairs; no channel has a small shift.
    int32x4_t rescale(int64x2_t low, int64x2_t high, int i) const {
        const int32x4_t m = vld1q_s32(multiplier + i);
        const int32x4_t h = vshrn_high_n_s64(vshrn_n_s64(low, 32), high, 32);
        const uint32x4_t l = vreinterpretq_u32_s32(vmovn_high_s64(vmovn_s64(low), high));
        const uint32x4_t um = vreinterpretq_u32_s32(m);
        const uint64x2_t low_product = vmull_u32(vget_low_u32(l), vget_low_u32(um));
        const uint64x2_t high_product = vmull_high_u32(l, um);
        const int64x2_t a = plus_upper(vmull_s32(vget_low_s32(h), vget_low_s32(m)), low_product);
        const int64x2_t b = plus_upper(vmull_high_s32(h, m), high_product);
        return vqmovn_high_s64(vqmovn_s64(vrshlq_s64(a, vld1q_s64(right_shift + i))),
                               vrshlq_s64(b, vld1q_s64(right_shift + i + 2)));
    }

    Codes16 codes(const int64_t* sums, const Clamp16& clamp) const {
        int32x4_t x[4];
        if (small_shift) {
            int32_t some[kBlock];
            for (int i = 0; i < kBlock; ++i) {
                some[i] = static_cast<int32_t>(
                    clamp_i64(rescale_wide(sums[i], multiplier[i], shift[i]), INT32_MIN, INT32_MAX));
            }
            for (int i = 0; i < 4; ++i) x[i] = vld1q_s32(some + 4 * i);
        } else {
            for (int i = 0; i < 4; ++i) x[i] = rescale(vld1q_s64(sums + 4 * i), vld1q_s64(sums + 4 * i + 2), 4 * i);
        }
        return {clamp(x[0], x[1]), clamp(x[2], x[3])};
    }
};

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON_STAGE16_H_
