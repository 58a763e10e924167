// f32 convolution, 8 pixels by 32 output channels, AVX-512.
//
// The contract fixes the order of every sum and forbids fused multiply-add, so the vectors run over output channels:
// each lane is one output's own sequence of multiplications and additions. Sixteen of those sequences per tile are
// independent, which hides the latency of the additions.
#include "kernels/kernel_table.h"
#include "kernels/x86/indirect_gemm.h"
#include "kernels/x86/stage_avx512.h"

namespace tmx::kernels {
namespace {

struct F32Avx512 {
    using Element = float;
    using Weight = float;
    using Chunk = NoChunk;
    static constexpr int kKr = 1;
    static constexpr int kPixels = 8;

    struct Stage {
        __m512 bias[kTileBlocks];
        float low, high;

        Stage(const OutputStage& stage, int32_t channel, int32_t lanes)
            : low(stage.clamp_min_f32), high(stage.clamp_max_f32) {
            const float* values = static_cast<const float*>(stage.bias) + channel;
            bias[0] = _mm512_maskz_loadu_ps(lane_mask(lanes), values);
            bias[1] = lanes > kBlock ? _mm512_maskz_loadu_ps(lane_mask(lanes - kBlock), values + kBlock)
                                     : _mm512_setzero_ps();
        }
    };

    template <int kTilePixels, int kBlocks>
    static void tile(const Tile<F32Avx512>& t) {
        __m512 acc[kTilePixels][kBlocks];
        for (int p = 0; p < kTilePixels; ++p) {
            for (int b = 0; b < kBlocks; ++b) acc[p][b] = t.stage->bias[b];
        }
        const float* weights = t.weights;
        for (int32_t tap = 0; tap < t.taps; ++tap) {
            const float* row[kTilePixels];
            for (int p = 0; p < kTilePixels; ++p) row[p] = t.rows[tap * t.row_stride + p];
            for (int32_t step = 0; step < t.steps; ++step) {
                __m512 w[kBlocks];
                for (int b = 0; b < kBlocks; ++b) w[b] = _mm512_loadu_ps(weights + b * t.block_elements);
                for (int p = 0; p < kTilePixels; ++p) {
                    const __m512 x = _mm512_set1_ps(row[p][step]);
                    for (int b = 0; b < kBlocks; ++b) acc[p][b] = _mm512_add_ps(acc[p][b], _mm512_mul_ps(x, w[b]));
                }
                weights += kBlock;
            }
        }
        // max_ps and min_ps return their second operand where they cannot decide, as the contract's do.
        const __m512 low = _mm512_set1_ps(t.stage->low), high = _mm512_set1_ps(t.stage->high);
        for (int p = 0; p < kTilePixels; ++p) {
            for (int b = 0; b < kBlocks; ++b) {
                const __m512 y = _mm512_min_ps(_mm512_max_ps(acc[p][b], low), high);
                _mm512_mask_storeu_ps(t.output + p * t.output_stride + b * kBlock, lane_mask(t.lanes - b * kBlock), y);
            }
        }
    }
};

}  // namespace

void f32_conv_8x32__avx512vnni(const ConvArgs& args, int64_t first, int64_t last) {
    if (!indirect_gemm<F32Avx512>(args, first, last)) f32_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
