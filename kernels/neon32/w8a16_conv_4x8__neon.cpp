// w8a16 convolution, 4 pixels by 8 output channels: the story is in w8a16_conv_tile_4x8__neon.S.
//
// With a 64-bit accumulator the same tile sums as many products as always fit 32 bits, and the runs are added here.
#include "kernels/kernel_table.h"
#include "kernels/neon32/gemm.h"
#include "kernels/neon32/requantize.h"

extern "C" void w8a16_conv_tile_4x8__neon(const tmx::kernels::GemmArgs* args);
extern "C" void w8a16_conv_tile_1x8__neon(const tmx::kernels::GemmArgs* args);

namespace tmx::kernels {
namespace {

constexpr int kPixels = 4;
constexpr int32_t kRun = 512;  // 512 * 127 * 32768 < 2^31

void run_narrow(const GemmArgs* g, const Stage&) {
    (g->pixels == 1 ? w8a16_conv_tile_1x8__neon : w8a16_conv_tile_4x8__neon)(g);
}

struct WideTile {
    int64x2_t sum[kPixels][4];
    alignas(16) int32_t run[kPixels][kBlock];

    void add_run() {
        for (int p = 0; p < kPixels; ++p) {
            for (int i = 0; i < 4; ++i) sum[p][i] = vaddw_s32(sum[p][i], vld1_s32(run[p] + 2 * i));
        }
    }
};

void run_wide(const GemmArgs* args, const WideStage& stage) {
    Stage raw = {};
    raw.any_pre_shift = Stage::kRawSums;
    WideTile tile;
    GemmArgs g = *args;
    g.stage = &raw;
    g.output = tile.run;
    g.pixels = kPixels;
    const int32_t most_channels = args->channels < kRun ? args->channels : kRun;
    const int32_t most_taps = kRun / most_channels;
    uint8_t* output = static_cast<uint8_t*>(args->output);
    const void* const* rows = args->rows;
    for (int32_t pixel = 0; pixel < args->pixels; pixel += kPixels) {
        for (int p = 0; p < kPixels; ++p) {
            for (int i = 0; i < 4; ++i) tile.sum[p][i] = vld1q_s64(stage.bias + 2 * i);
        }
        const int8_t* weights = static_cast<const int8_t*>(args->weights);
        for (int32_t tap = 0; tap < args->taps; tap += g.taps, rows += kPixels * g.taps) {
            g.taps = args->taps - tap < most_taps ? args->taps - tap : most_taps;
            for (int32_t channel = 0; channel < args->channels; channel += g.channels) {
                const void* moved[kPixels];  // a run within one tap
                g.channels = args->channels - channel < most_channels ? args->channels - channel : most_channels;
                g.rows = rows;
                if (channel > 0) {
                    for (int p = 0; p < kPixels; ++p) moved[p] = static_cast<const int16_t*>(rows[p]) + channel;
                    g.rows = moved;
                }
                g.weights = weights;
                weights += static_cast<size_t>(g.taps) * g.channels * kBlock;
                w8a16_conv_tile_4x8__neon(&g);
                tile.add_run();
            }
        }
        for (int32_t p = 0; p < kPixels && pixel + p < args->pixels; ++p, output += args->output_stride) {
            vst1q_s16(reinterpret_cast<int16_t*>(output), requantize(tile.sum[p], stage));
        }
    }
}

}  // namespace

void w8a16_conv_4x8__neon(const ConvArgs& args, int64_t first, int64_t last) {
    const bool done = args.wide_accumulator
                          ? gemm<int16_t, int8_t, 1, kPixels>(args, first, last, WideStage(args.stage), run_wide)
                          : gemm<int16_t, int8_t, 1, kPixels>(args, first, last, Stage(args.stage, false), run_narrow);
    if (!done) w8a16_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
