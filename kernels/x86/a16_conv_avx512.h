// Convolutions with int16 activations, AVX-512 VNNI: vpdpwssd adds two int16 products to each 32-bit lane, which is
// the packing (nr 16, kr 2) as it stands. Weights of 8 bits are widened when loaded, once per tile of pixels.
//
// With a 64-bit accumulator the sums are kept in 32 bits for as long as they provably fit and then moved to 64:
// - w8a16: a step adds at most 2 * 127 * 32768 < 2^23, so 256 steps fit.
// - w16a16: the activation is split, x = 256 * high + low with 0 <= low < 256, into two sums: a step adds at most
//   2 * 32767 * 255 < 2^24, so 128 steps fit. Two instructions instead of one, and still no 64-bit arithmetic inside.
// One spare step is taken off each, so that 8-bit weights of -128 from a damaged file cannot wrap unnoticed either.
#ifndef TINAMIX_KERNELS_X86_A16_CONV_AVX512_H_
#define TINAMIX_KERNELS_X86_A16_CONV_AVX512_H_

#include <string.h>

#include "kernels/x86/indirect_gemm.h"
#include "kernels/x86/stage_avx512.h"

namespace tmx::kernels {
namespace {

inline __m512i load_weights(const int8_t* weights) {
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights)));
}
inline __m512i load_weights(const int16_t* weights) { return _mm512_loadu_si512(weights); }

/// Two neighbouring channels of a pixel in every lane.
inline __m512i broadcast_pair(const int16_t* x) {
    int32_t pair;
    memcpy(&pair, x, sizeof(pair));
    return _mm512_set1_epi32(pair);
}

/// 32-bit accumulators: 8 pixels by 32 output channels.
template <typename WeightType>
struct A16Narrow {
    using Element = int16_t;
    using Weight = WeightType;
    using Stage = IntegerStage<false>;
    using Chunk = NoChunk;
    static constexpr int kKr = 2;
    static constexpr int kPixels = 8;

    template <int kTilePixels, int kBlocks>
    static void tile(const Tile<A16Narrow>& t) {
        __m512i acc[kTilePixels][kBlocks];
        for (int p = 0; p < kTilePixels; ++p) {
            for (int b = 0; b < kBlocks; ++b) acc[p][b] = _mm512_load_si512(t.stage->blocks[b].bias);
        }
        const Weight* weights = t.weights;
        for (int32_t tap = 0; tap < t.taps; ++tap) {
            const int16_t* row[kTilePixels];
            for (int p = 0; p < kTilePixels; ++p) row[p] = t.rows[tap * t.row_stride + p];
            for (int32_t step = 0; step < t.steps; ++step) {
                __m512i w[kBlocks];
                for (int b = 0; b < kBlocks; ++b) w[b] = load_weights(weights + b * t.block_elements);
                for (int p = 0; p < kTilePixels; ++p) {
                    const __m512i x = broadcast_pair(row[p] + step * kKr);
                    for (int b = 0; b < kBlocks; ++b) acc[p][b] = _mm512_dpwssd_epi32(acc[p][b], x, w[b]);
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

/// 64-bit accumulators of a tile: two vectors of eight per block. They rest in memory between runs of steps.
template <int kTilePixels, int kBlocks>
struct WideSums {
    __m512i sum[kTilePixels][kBlocks][2];

    template <typename Stage>
    explicit WideSums(const Stage& stage) {
        for (int p = 0; p < kTilePixels; ++p) {
            for (int b = 0; b < kBlocks; ++b) {
                for (int h = 0; h < 2; ++h) sum[p][b][h] = _mm512_load_si512(stage.blocks[b].bias + 8 * h);
            }
        }
    }
    void add(int p, int b, __m512i partial, int left_shift) {
        const __m512i low = _mm512_cvtepi32_epi64(_mm512_castsi512_si256(partial));
        const __m512i high = _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(partial, 1));
        sum[p][b][0] = _mm512_add_epi64(sum[p][b][0], _mm512_slli_epi64(low, left_shift));
        sum[p][b][1] = _mm512_add_epi64(sum[p][b][1], _mm512_slli_epi64(high, left_shift));
    }
    template <typename Tile>
    void store(const Tile& t) const {
        for (int p = 0; p < kTilePixels; ++p) {
            for (int b = 0; b < kBlocks; ++b) {
                const __m512i q = requantize(sum[p][b][0], sum[p][b][1], t.stage->blocks[b], t.stage->clamp);
                store_codes(t.output + p * t.output_stride + b * kBlock, q, t.lanes - b * kBlock);
            }
        }
    }
};

/// w8a16 with a 64-bit accumulator: 8 pixels by 32 output channels.
struct W8A16Wide512 {
    using Element = int16_t;
    using Weight = int8_t;
    using Stage = IntegerStage<true>;
    using Chunk = NoChunk;
    static constexpr int kKr = 2;
    static constexpr int kPixels = 8;
    static constexpr int32_t kRun = 255;

    template <int kTilePixels, int kBlocks>
    static void tile(const Tile<W8A16Wide512>& t) {
        WideSums<kTilePixels, kBlocks> sums(*t.stage);
        const Weight* weights = t.weights;
        for (int32_t tap = 0; tap < t.taps; ++tap) {
            const int16_t* row[kTilePixels];
            for (int p = 0; p < kTilePixels; ++p) row[p] = t.rows[tap * t.row_stride + p];
            for (int32_t begin = 0; begin < t.steps; begin += kRun) {
                const int32_t end = t.steps - begin < kRun ? t.steps : begin + kRun;
                __m512i acc[kTilePixels][kBlocks] = {};
                for (int32_t step = begin; step < end; ++step) {
                    __m512i w[kBlocks];
                    for (int b = 0; b < kBlocks; ++b) w[b] = load_weights(weights + b * t.block_elements);
                    for (int p = 0; p < kTilePixels; ++p) {
                        const __m512i x = broadcast_pair(row[p] + step * kKr);
                        for (int b = 0; b < kBlocks; ++b) acc[p][b] = _mm512_dpwssd_epi32(acc[p][b], x, w[b]);
                    }
                    weights += kBlock * kKr;
                }
                for (int p = 0; p < kTilePixels; ++p) {
                    for (int b = 0; b < kBlocks; ++b) sums.add(p, b, acc[p][b], 0);
                }
            }
        }
        sums.store(t);
    }
};

/// w16a16 with a 64-bit accumulator: 4 pixels by 32 output channels, two sums each.
struct W16A16Wide512 {
    using Element = int16_t;
    using Weight = int16_t;
    using Stage = IntegerStage<true>;
    using Chunk = NoChunk;
    static constexpr int kKr = 2;
    static constexpr int kPixels = 4;
    static constexpr int32_t kRun = 127;

    template <int kTilePixels, int kBlocks>
    static void tile(const Tile<W16A16Wide512>& t) {
        const __m512i low_bytes = _mm512_set1_epi16(0xff);
        WideSums<kTilePixels, kBlocks> sums(*t.stage);
        const Weight* weights = t.weights;
        for (int32_t tap = 0; tap < t.taps; ++tap) {
            const int16_t* row[kTilePixels];
            for (int p = 0; p < kTilePixels; ++p) row[p] = t.rows[tap * t.row_stride + p];
            for (int32_t begin = 0; begin < t.steps; begin += kRun) {
                const int32_t end = t.steps - begin < kRun ? t.steps : begin + kRun;
                __m512i low[kTilePixels][kBlocks] = {}, high[kTilePixels][kBlocks] = {};
                for (int32_t step = begin; step < end; ++step) {
                    __m512i w[kBlocks];
                    for (int b = 0; b < kBlocks; ++b) w[b] = load_weights(weights + b * t.block_elements);
                    for (int p = 0; p < kTilePixels; ++p) {
                        const __m512i x = broadcast_pair(row[p] + step * kKr);
                        const __m512i x_low = _mm512_and_si512(x, low_bytes);
                        const __m512i x_high = _mm512_srai_epi16(x, 8);
                        for (int b = 0; b < kBlocks; ++b) {
                            low[p][b] = _mm512_dpwssd_epi32(low[p][b], x_low, w[b]);
                            high[p][b] = _mm512_dpwssd_epi32(high[p][b], x_high, w[b]);
                        }
                    }
                    weights += kBlock * kKr;
                }
                for (int p = 0; p < kTilePixels; ++p) {
                    for (int b = 0; b < kBlocks; ++b) {
                        sums.add(p, b, low[p][b], 0);
                        sums.add(p, b, high[p][b], 8);
                    }
                }
            }
        }
        sums.store(t);
    }
};

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_X86_A16_CONV_AVX512_H_
