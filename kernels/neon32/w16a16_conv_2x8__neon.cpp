// w16a16 convolution, 2 pixels by 8 output channels: the story is in w16a16_conv_tile_2x8__neon.S.
//
// Sums are of 64 bits. Where the file says that 32 are enough (hardly ever: weights use all 16 bits) the same sums are
// cut to 32 and finished here, as are layers with multipliers of one fourth and more.
#include "kernels/kernel_table.h"
#include "kernels/neon32/gemm.h"
#include "kernels/neon32/requantize.h"
#include "kernels/neon32/vectors.h"

extern "C" void w16a16_conv_tile_2x8__neon(const tmx::kernels::GemmArgs* args);

namespace tmx::kernels {
namespace {

/// Both stages; the sums start without a narrow bias.
struct NarrowAfterWide {
    WideStage wide;
    Stage narrow;

    void set_clamp(const OutputStage& stage, bool int8) {
        memset(&wide, 0, sizeof(wide));
        wide.any_low_shift = 1;
        narrow.set_clamp(stage, int8);
    }
    void set_channels(const OutputStage& stage, int32_t channel, int32_t lanes) {
        narrow.set_channels(stage, channel, lanes);
    }
};

int16x8_t finish(const int64x2_t (&sum)[4], const WideStage& stage) { return requantize(sum, stage); }
int16x8_t finish(const int64x2_t (&sum)[4], const NarrowAfterWide& stage) {
    const int32x4_t low = vcombine_s32(vmovn_s64(sum[0]), vmovn_s64(sum[1]));
    const int32x4_t high = vcombine_s32(vmovn_s64(sum[2]), vmovn_s64(sum[3]));
    return requantize(vaddq_s32(low, vld1q_s32(stage.narrow.bias)), vaddq_s32(high, vld1q_s32(stage.narrow.bias + 4)),
                      stage.narrow);
}

const WideStage& wide_stage(const WideStage& stage) { return stage; }
const WideStage& wide_stage(const NarrowAfterWide& stage) { return stage.wide; }

/// Tile after tile in raw sums.
template <typename StageType>
void run_tile(const GemmArgs* args, const StageType& stage) {
    GemmArgs g = *args;
    g.stage = &wide_stage(stage);
    if (wide_stage(stage).any_low_shift == 0) {
        w16a16_conv_tile_2x8__neon(&g);
        return;
    }
    alignas(16) int64_t sums[2][kBlock];
    uint8_t* output = static_cast<uint8_t*>(args->output);
    g.output = sums;
    for (int32_t pixel = 0; pixel < args->pixels; pixel += 2, g.rows += 2 * g.taps) {
        g.pixels = args->pixels - pixel < 2 ? args->pixels - pixel : 2;
        w16a16_conv_tile_2x8__neon(&g);
        for (int32_t p = 0; p < g.pixels; ++p, output += g.output_stride) {
            const int64x2_t sum[4] = {vld1q_s64(sums[p]), vld1q_s64(sums[p] + 2), vld1q_s64(sums[p] + 4),
                                      vld1q_s64(sums[p] + 6)};
            vst1q_s16(reinterpret_cast<int16_t*>(output), finish(sum, stage));
        }
    }
}

}  // namespace

void w16a16_conv_2x8__neon(const ConvArgs& args, int64_t first, int64_t last) {
    const bool done = args.wide_accumulator
                          ? gemm<int16_t, int16_t, 2, 2, WideStage>(args, first, last, run_tile<WideStage>)
                          : gemm<int16_t, int16_t, 2, 2, NarrowAfterWide>(args, first, last, run_tile<NarrowAfterWide>);
    if (!done) w16a16_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
