// w8a8 convolution, 8 pixels by 32 output channels, AVX-512 VNNI.
//
// vpdpbusd multiplies four unsigned bytes by four signed ones per 32-bit lane, and both our operands are signed. The
// weights are made unsigned, w + 128, because one flipped sign bit per weight vector serves all eight pixels of the
// tile: sum (w + 128) * x = sum w * x + 128 * sum x. The second term does not depend on the output channel, so it is
// summed once per pixel and chunk and taken off the bias. It covers exactly the bytes that the loop reads, the garbage
// behind the last channel included, whose weights are zero.
// 16 accumulators hide the latency of vpdpbusd; per step there are 2 weight loads and 8 broadcasts for 16 of them.
#include <string.h>

#include "kernels/kernel_table.h"
#include "kernels/x86/indirect_gemm.h"
#include "kernels/x86/vectors_avx512.h"

namespace tmx::kernels {
namespace {

struct W8A8Vnni {
    using Element = int8_t;
    using Weight = int8_t;
    using Stage = IntegerStage<false>;
    static constexpr int kKr = 4;
    static constexpr int kPixels = 8;
    static constexpr int kTileBlocks = 2;

    /// 128 * sum of every pixel's bytes.
    struct Chunk {
        int32_t offset[kMaxChunk];

        Chunk(const int8_t* const* rows, int32_t stride, int32_t count, int32_t taps, int32_t steps) {
            const __m512i ones = _mm512_set1_epi8(1);
            const int32_t bytes = steps * kKr;
            const int32_t whole = bytes / 64 * 64;
            const __mmask64 tail = (uint64_t{1} << (bytes - whole)) - 1;
            for (int32_t p = 0; p < count; ++p) {
                __m512i sum = _mm512_setzero_si512();
                for (int32_t tap = 0; tap < taps; ++tap) {
                    const int8_t* row = rows[tap * stride + p];
                    for (int32_t i = 0; i < whole; i += 64) {
                        sum = _mm512_dpbusd_epi32(sum, ones, _mm512_loadu_si512(row + i));
                    }
                    sum = _mm512_dpbusd_epi32(sum, ones, _mm512_maskz_loadu_epi8(tail, row + whole));
                }
                offset[p] = 128 * _mm512_reduce_add_epi32(sum);
            }
        }
    };

    template <int kTilePixels, int kBlocks>
    static void tile(const Tile<W8A8Vnni>& t) {
        const __m512i sign = _mm512_set1_epi8(-128);
        __m512i acc[kTilePixels][kBlocks];
        for (int p = 0; p < kTilePixels; ++p) {
            const __m512i offset = _mm512_set1_epi32(t.chunk->offset[t.pixel + p]);
            for (int b = 0; b < kBlocks; ++b) {
                acc[p][b] = _mm512_sub_epi32(_mm512_load_si512(t.stage->blocks[b].bias), offset);
            }
        }
        const int8_t* weights = t.weights;
        for (int32_t tap = 0; tap < t.taps; ++tap) {
            const int8_t* row[kTilePixels];
            for (int p = 0; p < kTilePixels; ++p) row[p] = t.rows[tap * t.row_stride + p];
            for (int32_t step = 0; step < t.steps; ++step) {
                __m512i w[kBlocks];
                for (int b = 0; b < kBlocks; ++b) {
                    w[b] = _mm512_xor_si512(_mm512_loadu_si512(weights + b * t.block_elements), sign);
                }
                for (int p = 0; p < kTilePixels; ++p) {
                    int32_t four;
                    memcpy(&four, row[p] + step * kKr, sizeof(four));
                    const __m512i x = _mm512_set1_epi32(four);
                    for (int b = 0; b < kBlocks; ++b) acc[p][b] = _mm512_dpbusd_epi32(acc[p][b], w[b], x);
                }
                weights += kBlock * kKr;
            }
        }
        for (int p = 0; p < kTilePixels; ++p) {
            for (int b = 0; b < kBlocks; ++b) {
                const __m512i q = requantize(acc[p][b], t.stage->blocks[b], t.stage->clamp);
                store_codes(t.output + p * t.output_stride + b * kBlock, q, t.lanes - b * kBlock);
            }
        }
    }
};

}  // namespace

void w8a8_conv_8x32__avx512vnni(const ConvArgs& args, int64_t first, int64_t last) {
    if (!indirect_gemm<W8A8Vnni>(args, first, last)) w8a8_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
