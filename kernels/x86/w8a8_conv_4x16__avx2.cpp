// w8a8 convolution, 4 pixels by 16 output channels, AVX2.
//
// vpmaddubsw wants one unsigned operand, and sums pairs in 16 bits. With |x| as the unsigned one and the sign of x
// moved to the weight, a pair is at most 2 * 128 * 127 = 32512 in magnitude: this is what weights of -127..127 are for.
// vpmaddwd by ones then adds the two pairs of a lane. Eight accumulators, two weight vectors.
#include <string.h>

#include "kernels/kernel_table.h"
#include "kernels/x86/vectors_avx2.h"
// Over the vectors:
#include "kernels/x86/indirect_gemm.h"

namespace tmx::kernels {
namespace {

struct W8A8Avx2 : KeepsStage {
    using Element = int8_t;
    using Weight = int8_t;
    using Stage = IntegerStage<false>;
    using Chunk = NoChunk;
    static constexpr int kKr = 4;
    static constexpr int kPixels = 4;
    static constexpr int kTileBlocks = 1;

    template <int kTilePixels, int kBlocks>
    static void tile(const Tile<W8A8Avx2>& t) {
        const __m256i ones = _mm256_set1_epi16(1);
        I32x16 acc[kTilePixels];
        for (int p = 0; p < kTilePixels; ++p) acc[p] = load_i32(t.stage->blocks[0].bias);
        const int8_t* weights = t.weights;
        for (int32_t tap = 0; tap < t.taps; ++tap) {
            const int8_t* row[kTilePixels];
            for (int p = 0; p < kTilePixels; ++p) row[p] = t.rows[tap * t.row_stride + p];
            for (int32_t step = 0; step < t.steps; ++step) {
                const __m256i w_low = load_256(weights), w_high = load_256(weights + 32);
                for (int p = 0; p < kTilePixels; ++p) {
                    int32_t four;
                    memcpy(&four, row[p] + step * kKr, sizeof(four));
                    const __m256i x = _mm256_set1_epi32(four);
                    const __m256i magnitude = _mm256_abs_epi8(x);
                    const __m256i low = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(w_low, x));
                    const __m256i high = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(w_high, x));
                    acc[p] = dot_pairs(acc[p], {low, high}, {ones, ones});
                }
                weights += kBlock * kKr;
            }
        }
        for (int p = 0; p < kTilePixels; ++p) {
            store_codes(t.output + p * t.output_stride, requantize(acc[p], t.stage->blocks[0], t.stage->clamp),
                        t.lanes);
        }
    }
};

}  // namespace

void w8a8_conv_4x16__avx2(const ConvArgs& args, int64_t first, int64_t last) {
    if (!indirect_gemm<W8A8Avx2>(args, first, last)) w8a8_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
