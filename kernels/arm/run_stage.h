// The output stage of w16a16 convolutions on both ARMs: sums of 64 bits as high * 2^16 + low, 0 <= low < 2^16, of eight
// output channels. The assembly requantizes them with the usual shifts. What is rare takes its sums and finishes them
// here: multipliers of one fourth and more, biases beyond 2^45.
#ifndef TINAMIX_KERNELS_NEON_RUN_STAGE_H_
#define TINAMIX_KERNELS_NEON_RUN_STAGE_H_

#include <stddef.h>

#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

constexpr int kEight = 8;
/// Biases and numbers of products that keep the high parts of sums in 32 bits.
constexpr int64_t kMostBias = int64_t{1} << 45;
constexpr int64_t kMostProducts = 1 << 16;

/// What to make of sums.
enum SumMode : int32_t {
    kWideSums = 0,
    kNarrowSums = 1,  ///< 32-bit accumulators
    kRawSums = 2      ///< no codes, but low[8], high[8] for each pixel; they start from 0
};

/// Eight channels; those beyond the last are neutral. Assembly knows this layout.
struct alignas(16) RunStage {
    int32_t low[kEight], high[kEight];  ///< of the bias
    int32_t multiplier[kEight];
    union {                                  ///< negative
        int64_t right_shift[kEight];         ///< 16 - s
        int32_t narrow_right_shift[kEight];  ///< 31 - s
    };
    int16_t clamp_min[kEight], clamp_max[kEight];
    int32_t mode;  ///< SumMode
    bool wide;
    int32_t shift[kEight];
    int64_t bias[kEight];

    explicit RunStage(bool wide_accumulator) : wide(wide_accumulator) {}

    void set_clamp(const OutputStage& stage) {
        for (int i = 0; i < kEight; ++i) {
            clamp_min[i] = static_cast<int16_t>(stage.clamp_min);
            clamp_max[i] = static_cast<int16_t>(stage.clamp_max);
        }
    }

    void set_channels(const OutputStage& stage, int32_t channel, int32_t lanes) {
        mode = wide ? kWideSums : kNarrowSums;
        for (int32_t i = 0; i < kEight; ++i) {
            const bool used = i < lanes;
            const int32_t o = channel + i;
            bias[i] = 0;
            if (used) {
                bias[i] =
                    wide ? static_cast<const int64_t*>(stage.bias)[o] : static_cast<const int32_t*>(stage.bias)[o];
            }
            multiplier[i] = used ? stage.multiplier[o] : 0;
            shift[i] = used ? stage.shift[o] & 63 : 62;
            if (shift[i] <= 32 || bias[i] < -kMostBias || bias[i] > kMostBias) mode = kRawSums;
        }
        for (int32_t i = 0; i < kEight; ++i) {
            const int64_t start = mode == kRawSums ? 0 : bias[i];
            low[i] = static_cast<int32_t>(start & 0xffff);
            high[i] = static_cast<int32_t>(start >> 16);
            if (wide) {
                right_shift[i] = 16 - shift[i];
            } else {
                narrow_right_shift[i] = 31 - shift[i];
            }
        }
    }

    /// The codes of one pixel from its raw sums.
    void finish(const int32_t* sums, int32_t lanes, int16_t* output) const {
        for (int32_t i = 0; i < lanes; ++i) {
            const int64_t acc = wrapping_add(int64_t{sums[kEight + i]} * 65536 + sums[i], bias[i]);
            const int64_t rescaled = wide ? rescale_wide(acc, multiplier[i], shift[i])
                                          : rescale(static_cast<int32_t>(acc), multiplier[i], shift[i]);
            output[i] = to_code<int16_t>(rescaled, 0, clamp_min[i], clamp_max[i]);
        }
    }
};
static_assert(offsetof(RunStage, multiplier) == 64 && offsetof(RunStage, right_shift) == 96 &&
                  offsetof(RunStage, clamp_min) == 160 && offsetof(RunStage, mode) == 192,
              "w16a16_tiles__neon.S, w16a16_conv_tile_2x8__neon.S");

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON_RUN_STAGE_H_
