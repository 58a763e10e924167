// Convolutions with int16 activations. Include after vectors_avx2.h or vectors_avx512.h.
//
// One instruction (two with AVX2) adds two int16 products to each 32-bit lane, which is the packing (nr 16, kr 2) as it
// stands. Weights of 8 bits are widened when loaded, once per tile of pixels.
//
// With a 64-bit accumulator the sums are kept in 32 bits for as long as they provably fit and then moved to 64:
// - w8a16: a step adds at most 2 * 128 * 32768 = 2^23, so 255 steps fit.
// - w16a16: the activation is split, x = 256 * high + low with 0 <= low < 256, into two sums: a step adds at most
//   2 * 32767 * 255 < 2^24, so 127 steps fit. Twice the products, and still no 64-bit arithmetic inside.
#ifndef TINAMIX_KERNELS_X86_A16_CONV_H_
#define TINAMIX_KERNELS_X86_A16_CONV_H_

#include <string.h>

#include "kernels/x86/indirect_gemm.h"

namespace tmx::kernels {
namespace {

/// Two neighbouring channels of a pixel in every lane.
inline I32x16 broadcast_pair(const int16_t* x) {
    int32_t pair;
    memcpy(&pair, x, sizeof(pair));
    return set_i32(pair);
}

/// 32-bit accumulators.
template <typename WeightType>
struct A16Narrow : KeepsStage {
    using Element = int16_t;
    using Weight = WeightType;
    using Stage = IntegerStage<false>;
    using Chunk = NoChunk;
    static constexpr int kKr = 2;
    static constexpr int kPixels = kManyRegisters ? 8 : 4;
    static constexpr int kTileBlocks = kManyRegisters ? 2 : 1;

    template <int kTilePixels, int kBlocks>
    static void tile(const Tile<A16Narrow>& t) {
        I32x16 acc[kTilePixels][kBlocks];
        for (int p = 0; p < kTilePixels; ++p) {
            for (int b = 0; b < kBlocks; ++b) acc[p][b] = load_i32(t.stage->blocks[b].bias);
        }
        const Weight* weights = t.weights;
        for (int32_t tap = 0; tap < t.taps; ++tap) {
            const int16_t* row[kTilePixels];
            for (int p = 0; p < kTilePixels; ++p) row[p] = t.rows[tap * t.row_stride + p];
            for (int32_t step = 0; step < t.steps; ++step) {
                I32x16 w[kBlocks];
                for (int b = 0; b < kBlocks; ++b) w[b] = load_pairs(weights + b * t.block_elements);
                for (int p = 0; p < kTilePixels; ++p) {
                    const I32x16 x = broadcast_pair(row[p] + step * kKr);
                    for (int b = 0; b < kBlocks; ++b) acc[p][b] = dot_pairs(acc[p][b], x, w[b]);
                }
                weights += kBlock * kKr;
            }
        }
        for (int p = 0; p < kTilePixels; ++p) {
            for (int b = 0; b < kBlocks; ++b) {
                const I32x16 q = requantize(acc[p][b], t.stage->blocks[b], t.stage->clamp);
                store_codes(t.output + p * t.output_stride + b * kBlock, q, t.lanes - b * kBlock);
            }
        }
    }
};

/// Partial sums of w8a16: one.
template <int kTilePixels, int kBlocks>
struct WholePartial {
    static constexpr int32_t kRun = 255;
    I32x16 sum[kTilePixels][kBlocks] = {};

    void step(int p, I32x16 x, const I32x16* w) {
        for (int b = 0; b < kBlocks; ++b) sum[p][b] = dot_pairs(sum[p][b], x, w[b]);
    }
    I64x16 take(int p, int b) {
        const I64x16 total = widen(sum[p][b]);
        sum[p][b] = zero_i32();
        return total;
    }
};

/// Partial sums of w16a16: of the low and of the high byte of the activation.
template <int kTilePixels, int kBlocks>
struct SplitPartial {
    static constexpr int32_t kRun = 127;
    I32x16 low[kTilePixels][kBlocks] = {}, high[kTilePixels][kBlocks] = {};

    void step(int p, I32x16 x, const I32x16* w) {
        const I32x16 x_low = low_byte(x), x_high = high_byte(x);
        for (int b = 0; b < kBlocks; ++b) {
            low[p][b] = dot_pairs(low[p][b], x_low, w[b]);
            high[p][b] = dot_pairs(high[p][b], x_high, w[b]);
        }
    }
    I64x16 take(int p, int b) {
        const I64x16 total = add(widen(low[p][b]), shift_left<8>(widen(high[p][b])));
        low[p][b] = high[p][b] = zero_i32();
        return total;
    }
};

/// 64-bit accumulators. They rest in memory between runs of steps.
template <typename WeightType, template <int, int> class Partial, int kPixelsOfTile, int kBlocksOfTile>
struct A16Wide : KeepsStage {
    using Element = int16_t;
    using Weight = WeightType;
    using Stage = IntegerStage<true>;
    using Chunk = NoChunk;
    static constexpr int kKr = 2;
    static constexpr int kPixels = kPixelsOfTile;
    static constexpr int kTileBlocks = kBlocksOfTile;

    template <int kTilePixels, int kBlocks>
    static void tile(const Tile<A16Wide>& t) {
        using Sums = Partial<kTilePixels, kBlocks>;
        Sums partial;
        I64x16 total[kTilePixels][kBlocks];
        for (int p = 0; p < kTilePixels; ++p) {
            for (int b = 0; b < kBlocks; ++b) total[p][b] = load_i64(t.stage->blocks[b].bias);
        }
        const auto flush = [&] {
            for (int p = 0; p < kTilePixels; ++p) {
                for (int b = 0; b < kBlocks; ++b) total[p][b] = add(total[p][b], partial.take(p, b));
            }
        };
        const Weight* weights = t.weights;
        int32_t left = Sums::kRun;
        for (int32_t tap = 0; tap < t.taps; ++tap) {
            const int16_t* row[kTilePixels];
            for (int p = 0; p < kTilePixels; ++p) row[p] = t.rows[tap * t.row_stride + p];
            for (int32_t step = 0; step < t.steps;) {
                const int32_t end = t.steps - step < left ? t.steps : step + left;
                left -= end - step;
                for (; step < end; ++step) {
                    I32x16 w[kBlocks];
                    for (int b = 0; b < kBlocks; ++b) w[b] = load_pairs(weights + b * t.block_elements);
                    for (int p = 0; p < kTilePixels; ++p) partial.step(p, broadcast_pair(row[p] + step * kKr), w);
                    weights += kBlock * kKr;
                }
                if (left == 0) {
                    flush();
                    left = Sums::kRun;
                }
            }
        }
        flush();
        for (int p = 0; p < kTilePixels; ++p) {
            for (int b = 0; b < kBlocks; ++b) {
                const I32x16 q = requantize(total[p][b], t.stage->blocks[b], t.stage->clamp);
                store_codes(t.output + p * t.output_stride + b * kBlock, q, t.lanes - b * kBlock);
            }
        }
    }
};

using W8A16WideTile = A16Wide<int8_t, WholePartial, kManyRegisters ? 8 : 4, kManyRegisters ? 2 : 1>;
using W16A16WideTile = A16Wide<int16_t, SplitPartial, kManyRegisters ? 4 : 2, kManyRegisters ? 2 : 1>;

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_X86_A16_CONV_H_
