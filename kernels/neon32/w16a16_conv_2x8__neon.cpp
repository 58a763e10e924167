// w16a16 convolution, 2 pixels by 8 output channels: the story is in w16a16_conv_tile_2x8__neon.S.
#include "kernels/arm/run_stage.h"
#include "kernels/kernel_table.h"
#include "kernels/neon32/gemm.h"

extern "C" void w16a16_conv_tile_2x8_runs__neon(const tmx::kernels::GemmArgs* args);
extern "C" void w16a16_conv_tile_2x8_pairs__neon(const tmx::kernels::GemmArgs* args);

namespace tmx::kernels {
namespace {

constexpr int kPixels = 2;

/// Tile after tile in raw sums.
void run_raw(GemmTile tile, const GemmArgs& args, const RunStage& stage) {
    alignas(16) int32_t sums[kPixels][2 * kEight];
    GemmArgs g = args;
    uint8_t* output = static_cast<uint8_t*>(args.output);
    g.output = sums;
    for (int32_t pixel = 0; pixel < args.pixels; pixel += kPixels, g.rows += kPixels * g.taps) {
        g.pixels = args.pixels - pixel < kPixels ? args.pixels - pixel : kPixels;
        tile(&g);
        for (int32_t p = 0; p < g.pixels; ++p, output += g.output_stride) {
            stage.finish(sums[p], kEight, reinterpret_cast<int16_t*>(output));
        }
    }
}

}  // namespace

void w16a16_conv_2x8__neon(const ConvArgs& args, int64_t first, int64_t last) {
    const GemmTile tile = args.runs_fit ? w16a16_conv_tile_2x8_runs__neon : w16a16_conv_tile_2x8_pairs__neon;
    const auto run = [&](const GemmArgs* g, const RunStage& stage) {
        if (stage.mode == kRawSums) {
            run_raw(tile, *g, stage);
        } else {
            tile(g);
        }
    };
    RunStage stage(args.wide_accumulator);
    stage.set_clamp(args.stage);
    const int64_t products = int64_t{args.window.kernel_h} * args.window.kernel_w * (args.in_c / args.groups);
    if (products > kMostProducts || args.stage.zero_point != 0 ||
        !gemm<int16_t, int16_t, 1, kPixels>(args, first, last, stage, run)) {
        w16a16_conv__reference(args, first, last);
    }
}

}  // namespace tmx::kernels
