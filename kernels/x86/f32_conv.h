// f32 convolution. Include after vectors_avx2.h or vectors_avx512.h.
//
// The contract fixes the order of every sum and forbids fused multiply-add, so the vectors run over output channels:
// each lane is one output's own sequence of multiplications and additions. The sequences of a tile's pixels and blocks
// are independent, which hides the latency of the additions.
#ifndef TINAMIX_KERNELS_X86_F32_CONV_H_
#define TINAMIX_KERNELS_X86_F32_CONV_H_

#include <string.h>

#include "kernels/x86/indirect_gemm.h"

namespace tmx::kernels {
namespace {

struct F32Conv : KeepsStage {
    using Element = float;
    using Weight = float;
    using Chunk = NoChunk;
    static constexpr int kKr = 1;
    static constexpr int kPixels = kManyRegisters ? 8 : 4;
    static constexpr int kTileBlocks = kManyRegisters ? 2 : 1;

    struct Stage {
        float bias[2 * kBlock] = {};
        float low, high;

        Stage(const OutputStage& stage, int32_t channel, int32_t lanes)
            : low(stage.clamp_min_f32), high(stage.clamp_max_f32) {
            memcpy(bias, static_cast<const float*>(stage.bias) + channel, static_cast<size_t>(lanes) * sizeof(float));
        }
    };

    template <int kTilePixels, int kBlocks>
    static void tile(const Tile<F32Conv>& t) {
        F32x16 acc[kTilePixels][kBlocks];
        for (int p = 0; p < kTilePixels; ++p) {
            for (int b = 0; b < kBlocks; ++b) acc[p][b] = load_f32(t.stage->bias + b * kBlock);
        }
        const float* weights = t.weights;
        for (int32_t tap = 0; tap < t.taps; ++tap) {
            const float* row[kTilePixels];
            for (int p = 0; p < kTilePixels; ++p) row[p] = t.rows[tap * t.row_stride + p];
            for (int32_t step = 0; step < t.steps; ++step) {
                F32x16 w[kBlocks];
                for (int b = 0; b < kBlocks; ++b) w[b] = load_f32(weights + b * t.block_elements);
                for (int p = 0; p < kTilePixels; ++p) {
                    const F32x16 x = set_f32(row[p][step]);
                    for (int b = 0; b < kBlocks; ++b) acc[p][b] = add(acc[p][b], mul(x, w[b]));
                }
                weights += kBlock;
            }
        }
        for (int p = 0; p < kTilePixels; ++p) {
            for (int b = 0; b < kBlocks; ++b) {
                store_f32(t.output + p * t.output_stride + b * kBlock, clamp(acc[p][b], t.stage->low, t.stage->high),
                          t.lanes - b * kBlock);
            }
        }
    }
};

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_X86_F32_CONV_H_
