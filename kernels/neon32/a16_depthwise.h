// Depthwise convolution with int16 activations: 3x3 windows with stride 1 or 2 slide in assembly, four channels at a
// time; other windows, and multipliers that the assembly leaves out, take the pointer tables of depthwise.h.
#ifndef TINAMIX_KERNELS_NEON32_A16_DEPTHWISE_H_
#define TINAMIX_KERNELS_NEON32_A16_DEPTHWISE_H_

#include "kernels/neon32/depthwise.h"
#include "kernels/neon32/sliding_rows.h"

extern "C" void a16_depthwise_rows3x3_s1__neon(tmx::kernels::DepthwiseRows* rows);
extern "C" void a16_depthwise_rows3x3_s2__neon(tmx::kernels::DepthwiseRows* rows);
extern "C" void w16a16_depthwise_rows3x3_s1__neon(tmx::kernels::DepthwiseRows* rows);
extern "C" void w16a16_depthwise_rows3x3_s2__neon(tmx::kernels::DepthwiseRows* rows);

namespace tmx::kernels {
namespace {

constexpr int kSlidingChannels = 4;

/// The constants of four channels in the order in which the assembly loads them.
struct SlidingNarrow {
    int32_t bias[4], multiplier[4], post_shift[4];
    int16_t clamp_min[4], clamp_max[4];

    explicit SlidingNarrow(const Stage& stage) {
        memcpy(bias, stage.bias, sizeof(bias));
        memcpy(multiplier, stage.multiplier, sizeof(multiplier));
        memcpy(post_shift, stage.post_shift, sizeof(post_shift));
        memcpy(clamp_min, stage.clamp_min, sizeof(clamp_min));
        memcpy(clamp_max, stage.clamp_max, sizeof(clamp_max));
    }
    static bool takes(const Stage& stage) { return stage.any_pre_shift == 0; }
    static void run(DepthwiseRows* rows, int32_t stride) {
        (stride == 1 ? a16_depthwise_rows3x3_s1__neon : a16_depthwise_rows3x3_s2__neon)(rows);
    }
};
struct SlidingWide {
    int64_t bias[4];
    int32_t multiplier[4];
    int64_t post_shift[4];
    int16_t clamp_min[4], clamp_max[4];

    explicit SlidingWide(const WideStage& stage) {
        memcpy(bias, stage.bias, sizeof(bias));
        memcpy(multiplier, stage.multiplier, sizeof(multiplier));
        memcpy(post_shift, stage.post_shift, sizeof(post_shift));
        memcpy(clamp_min, stage.clamp_min, sizeof(clamp_min));
        memcpy(clamp_max, stage.clamp_max, sizeof(clamp_max));
    }
    static bool takes(const WideStage& stage) { return stage.any_low_shift == 0; }
    static void run(DepthwiseRows* rows, int32_t stride) {
        (stride == 1 ? w16a16_depthwise_rows3x3_s1__neon : w16a16_depthwise_rows3x3_s2__neon)(rows);
    }
};

template <bool kWide>
struct SlidingChoice {
    using Type = SlidingNarrow;
};
template <>
struct SlidingChoice<true> {
    using Type = SlidingWide;
};

/// False, with nothing written, if the window is too large.
template <typename Weight, bool kWide>
bool a16_depthwise(const DepthwiseArgs& args, int64_t first, int64_t last) {
    using Constants = typename SlidingChoice<kWide>::Type;
    if (!slides(args, kSlidingChannels)) return depthwise<int16_t, Weight, kWide>(args, first, last);
    StageOf<kWide> stage;
    stage.set_clamp(args.stage, false);
    slide<int16_t, kSlidingChannels>(args, first, last, [&](DepthwiseRows* rows, int64_t row, int32_t channel) {
        stage.set_channels(args.stage, channel, kSlidingChannels);
        if (!Constants::takes(stage)) {
            depthwise_channels<int16_t, Weight, kWide>(args, row, row + rows->row_count, channel, kSlidingChannels);
            return;
        }
        alignas(16) const Constants constants(stage);
        alignas(16) int16_t weights[9][kSlidingChannels];
        for (int32_t tap = 0; tap < 9; ++tap) {
            const Weight* w =
                static_cast<const Weight*>(args.weights) + static_cast<size_t>(tap) * args.channels + channel;
            vst1_s16(weights[tap], vget_low_s16(widen8(w)));
        }
        rows->weights = weights;
        rows->stage = &constants;
        Constants::run(rows, args.window.stride_w);
    });
    return true;
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON32_A16_DEPTHWISE_H_
