// The output stage of integer layers, rearranged for vectors: constants of 16 channels in the form in which the
// requantization of vectors_avx2.h and vectors_avx512.h uses them. Lanes beyond the last channel are neutral.
//
// Exactness (docs/arithmetic.md, 2), narrow accumulator: a shift below 31 becomes 31 after a saturating shift of the
// accumulator to the left: (acc * 2^p * m + 2^30) >> 31 is (acc * m + 2^(s-1)) >> s for p = 31 - s, and where
// acc * 2^p leaves 32 bits, m >= 2^30 puts the result beyond 2^30, which clamps either way. From 31 on the
// result fits 32 bits. Wide accumulator: the same with 33 and 64 bits, the accumulator first clamped to 32 bits as the
// contract says.
// (A multiplier below 2^30 with a shift below 62 is out of contract, and then only equal where nothing saturates.)
#ifndef TINAMIX_KERNELS_X86_STAGE_H_
#define TINAMIX_KERNELS_X86_STAGE_H_

#include <stdint.h>

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

/// zero point + clamp(x, low, high) is clamp(x + zero point) without leaving 32 bits.
struct StageClamp {
    int32_t zero_point, low, high;

    explicit StageClamp(const OutputStage& stage) : StageClamp(stage.zero_point, stage.clamp_min, stage.clamp_max) {}
    StageClamp(int32_t zero, int32_t clamp_min, int32_t clamp_max)
        : zero_point(zero),
          low(static_cast<int32_t>(static_cast<uint32_t>(clamp_min) - static_cast<uint32_t>(zero))),
          high(static_cast<int32_t>(static_cast<uint32_t>(clamp_max) - static_cast<uint32_t>(zero))) {}
};

/// Sixteen channels with a 32-bit accumulator. 64-bit constants stand in the order of the products of mul_epi32: those
/// of the even lanes, then those of the odd ones.
struct alignas(64) NarrowBlock {
    int32_t bias[16];
    int32_t multiplier[16];
    int32_t pre_shift[16];
    int32_t limit[16];  ///< largest value that the pre-shift keeps within 32 bits; the smallest is ~limit
    int64_t shift[16];  ///< [parity][lane / 2]
    int64_t half[16];   ///< 2^(shift - 1), the rounding constant

    void set(int lane, int32_t b, int32_t m, int32_t wanted_shift) {
        constexpr int32_t kFloor = 31;
        const int32_t s = wanted_shift & 63;
        const int32_t pre = s < kFloor ? kFloor - s : 0;
        const int32_t post = s < kFloor ? kFloor : s;
        const int at = lane % 2 * 8 + lane / 2;
        bias[lane] = b;
        multiplier[lane] = m;
        pre_shift[lane] = pre;
        limit[lane] = INT32_MAX >> pre;
        shift[at] = post;
        half[at] = int64_t{1} << (post - 1);
    }
};

/// Sixteen channels with a 64-bit accumulator, in lane order.
struct alignas(64) WideBlock {
    int64_t bias[16];
    int64_t multiplier[16];
    int64_t pre_shift[16];
    int64_t low[16], high[16];  ///< clamp of the accumulator before the pre-shift
    int64_t shift[16];          ///< of (acc * m) >> 32
    int64_t half[16];

    void set(int lane, int64_t b, int32_t m, int32_t wanted_shift) {
        constexpr int32_t kFloor = 33;
        const int32_t s = wanted_shift & 63;
        const bool low_shift = s < kFloor;
        const int32_t post = (low_shift ? kFloor : s) - 32;
        bias[lane] = b;
        multiplier[lane] = m;
        pre_shift[lane] = low_shift ? kFloor - s : 0;
        low[lane] = low_shift ? INT32_MIN : INT64_MIN;
        high[lane] = low_shift ? INT32_MAX : INT64_MAX;
        shift[lane] = post;
        half[lane] = int64_t{1} << (post - 1);
    }
};

template <bool kWide>
struct BlockOf {
    using Type = NarrowBlock;
    using Bias = int32_t;
};
template <>
struct BlockOf<true> {
    using Type = WideBlock;
    using Bias = int64_t;
};

/// Up to two blocks of channels [channel, channel + lanes).
template <bool kWide>
struct IntegerStage {
    typename BlockOf<kWide>::Type blocks[2];
    StageClamp clamp;

    IntegerStage(const OutputStage& stage, int32_t channel, int32_t lanes) : clamp(stage) {
        const auto* bias = static_cast<const typename BlockOf<kWide>::Bias*>(stage.bias) + channel;
        const int32_t used = lanes > 16 ? 32 : 16;
        for (int32_t lane = 0; lane < used; ++lane) {
            auto& block = blocks[lane / 16];
            if (lane < lanes) {
                block.set(lane % 16, bias[lane], stage.multiplier[channel + lane], stage.shift[channel + lane]);
            } else {
                block.set(lane % 16, 0, 0, 62);
            }
        }
    }
};

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_X86_STAGE_H_
