// w8a8 convolution, 8 pixels by 32 output channels, AVX-512 VNNI.
//
// vpdpbusd multiplies four unsigned bytes by four signed ones per 32-bit lane, and both our operands are signed. One of
// them is made unsigned by flipping its sign bit, which adds 128 to it; what that adds to the sum is taken off:
// - the weights, w + 128: one flip per weight vector serves all eight pixels of the tile. 128 * sum x does not depend
//   on the output channel, so it is summed once per pixel and chunk. It covers exactly the bytes that the loop reads,
//   the garbage behind the last channel included, whose weights are zero.
// - the input, x + 128: a flip per pixel and step, but 128 * sum w does not depend on the pixel and goes into the bias.
//   Better where a pixel has few channels and the first way spends its time on sums of short rows.
// 16 accumulators hide the latency of vpdpbusd; per step there are 2 weight loads and 8 broadcasts for 16 of them.
#include <string.h>

#include <type_traits>

#include "kernels/kernel_table.h"
#include "kernels/x86/indirect_gemm.h"
#include "kernels/x86/scaled_stage.h"

namespace tmx::kernels {
namespace {

/// 128 * sum of every pixel's bytes.
struct PixelSums {
    int32_t offset[kMaxChunk];

    PixelSums(const int8_t* const* rows, int32_t stride, int32_t count, int32_t taps, int32_t steps) {
        const __m512i ones = _mm512_set1_epi8(1);
        const int32_t bytes = steps * 4;
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

template <bool kFlipsInput>
struct W8A8Vnni {
    using Element = int8_t;
    using Weight = int8_t;
    using Stage = ScaledStage<2 * kBlock>;
    static constexpr int kKr = 4;
    static constexpr int kPixels = 8;
    static constexpr int kTileBlocks = 2;

    using Chunk = std::conditional_t<kFlipsInput, NoChunk, PixelSums>;

    /// Takes 128 * sum w off the bias.
    static void begin_block(Stage* stage, const int8_t* weights, int64_t block_elements, int64_t steps, int32_t lanes) {
        if (!kFlipsInput) return;
        const __m512i ones = _mm512_set1_epi8(1);
        for (int32_t lane = 0; lane < lanes; lane += kBlock, weights += block_elements) {
            __m512i sum = _mm512_setzero_si512();
            for (int64_t step = 0; step < steps; ++step) {
                sum = _mm512_dpbusd_epi32(sum, ones, _mm512_loadu_si512(weights + step * kBlock * kKr));
            }
            int32_t* bias = stage->bias + lane;
            _mm512_store_si512(bias, _mm512_sub_epi32(_mm512_load_si512(bias), _mm512_slli_epi32(sum, 7)));
        }
    }

    /// One step of a tile. A few pixels alone do not have sums enough to hide the latency: they get kChains of each,
    /// used in turn.
    template <int kTilePixels, int kBlocks>
    __attribute__((always_inline)) static void add_products(const int8_t* const* row, int64_t at, const int8_t* weights,
                                                            int64_t block_elements, __m512i (*acc)[kBlocks]) {
        const __m512i sign = _mm512_set1_epi8(-128);
        __m512i w[kBlocks];
        for (int b = 0; b < kBlocks; ++b) {
            w[b] = _mm512_loadu_si512(weights + b * block_elements);
            if constexpr (!kFlipsInput) w[b] = _mm512_xor_si512(w[b], sign);
        }
        for (int p = 0; p < kTilePixels; ++p) {
            int32_t four;
            memcpy(&four, row[p] + at, sizeof(four));
            __m512i x = _mm512_set1_epi32(four);
            if constexpr (kFlipsInput) x = _mm512_xor_si512(x, sign);
            for (int b = 0; b < kBlocks; ++b) {
                acc[p][b] =
                    kFlipsInput ? _mm512_dpbusd_epi32(acc[p][b], x, w[b]) : _mm512_dpbusd_epi32(acc[p][b], w[b], x);
            }
        }
    }

    template <int kTilePixels, int kBlocks>
    static void tile(const Tile<W8A8Vnni>& t) {
        constexpr int kChains = kTilePixels >= 4 ? 1 : 4 / kTilePixels;
        constexpr int kStepElements = kBlock * kKr;
        __m512i acc[kChains][kTilePixels][kBlocks];
        for (int c = 1; c < kChains; ++c) {
            for (int p = 0; p < kTilePixels; ++p) {
                for (int b = 0; b < kBlocks; ++b) acc[c][p][b] = _mm512_setzero_si512();
            }
        }
        for (int p = 0; p < kTilePixels; ++p) {
            for (int b = 0; b < kBlocks; ++b) {
                acc[0][p][b] = _mm512_load_si512(t.stage->bias + b * kBlock);
                if constexpr (!kFlipsInput) {
                    acc[0][p][b] = _mm512_sub_epi32(acc[0][p][b], _mm512_set1_epi32(t.chunk->offset[t.pixel + p]));
                }
            }
        }
        const int8_t* weights = t.weights;
        for (int32_t tap = 0; tap < t.taps; ++tap) {
            const int8_t* row[kTilePixels];
            for (int p = 0; p < kTilePixels; ++p) row[p] = t.rows[tap * t.row_stride + p];
            int32_t step = 0;
            for (; kChains > 1 && step + kChains <= t.steps; step += kChains) {
                for (int c = 0; c < kChains; ++c, weights += kStepElements) {
                    add_products<kTilePixels, kBlocks>(row, (step + c) * kKr, weights, t.block_elements, acc[c]);
                }
            }
            for (; step < t.steps; ++step, weights += kStepElements) {
                add_products<kTilePixels, kBlocks>(row, step * kKr, weights, t.block_elements, acc[0]);
            }
        }
        for (int c = 1; c < kChains; ++c) {
            for (int p = 0; p < kTilePixels; ++p) {
                for (int b = 0; b < kBlocks; ++b) acc[0][p][b] = _mm512_add_epi32(acc[0][p][b], acc[c][p][b]);
            }
        }
        store<kTilePixels, kBlocks>(t, acc[0]);
    }

    /// Four vectors at a time.
    template <int kTilePixels, int kBlocks>
    static void store(const Tile<W8A8Vnni>& t, const __m512i (&acc)[kTilePixels][kBlocks]) {
        const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
        constexpr int kVectors = kTilePixels * kBlocks;
        __mmask16 written[kBlocks];
        for (int b = 0; b < kBlocks; ++b) written[b] = lane_mask(t.lanes - b * kBlock);
        for (int first = 0; first < kVectors; first += 4) {
            __m512i q[4];
            __mmask16 doubt[4];
            for (int i = 0; i < 4; ++i) {
                // Fewer than four: the last one again.
                const int v = first + i < kVectors ? first + i : kVectors - 1;
                const int p = v / kBlocks, b = v % kBlocks;
                q[i] = scaled(acc[p][b], t.stage->scale + b * kBlock, &doubt[i]);
            }
            const __m512i codes = _mm512_permutexvar_epi32(order, to_codes(q, *t.stage));
            const __m128i part[4] = {_mm512_castsi512_si128(codes), _mm512_extracti32x4_epi32(codes, 1),
                                     _mm512_extracti32x4_epi32(codes, 2), _mm512_extracti32x4_epi32(codes, 3)};
            for (int i = 0; i < 4 && first + i < kVectors; ++i) {
                const int p = (first + i) / kBlocks, b = (first + i) % kBlocks;
                _mm_mask_storeu_epi8(t.output + p * t.output_stride + b * kBlock, written[b], part[i]);
            }
            if ((doubt[0] | doubt[1] | doubt[2] | doubt[3]) == 0) continue;
            for (int i = 0; i < 4 && first + i < kVectors; ++i) {
                const int p = (first + i) / kBlocks, b = (first + i) % kBlocks;
                settle(acc[p][b], doubt[i], *t.stage, b * kBlock, kBlock, 0,
                       t.output + p * t.output_stride + b * kBlock);
            }
        }
    }
};

/// Fewer input channels than fill a vector.
constexpr int32_t kFewChannels = 64;

/// One output pixel of one tap: a fully connected layer without a batch, whose time is that of reading the weights.
/// They are read once and in order, block after block, with a fetch ahead that crosses pages (what the processor's own
/// does not). Signs as in W8A8Vnni<false>.
bool one_pixel(const ConvArgs& args, int64_t pixel) {
    using Kernel = W8A8Vnni<false>;
    constexpr int32_t kBytes = kBlock * Kernel::kKr, kAhead = 64 * kBytes;
    constexpr int kChains = 4;
    const int32_t steps = (args.in_c + Kernel::kKr - 1) / Kernel::kKr;
    if (args.nr != kBlock || args.kr != Kernel::kKr || args.groups != 1 || args.window.kernel_h != 1 ||
        args.window.kernel_w != 1 || steps > kMaxSteps) {
        return false;
    }
    const int8_t* row = static_cast<const int8_t*>(args.input);
    if (args.in_h * args.in_w != 1 || args.out_h * args.out_w != 1 || args.window.pad_top != 0 ||
        args.window.pad_left != 0) {
        build_rows(args, row, args.in_c, static_cast<const int8_t*>(args.scratch), pixel, 1, 1, &row);
    } else {
        row += pixel * args.in_c;
    }
    const PixelSums known(&row, 1, 1, 1, steps);
    const __m512i sign = _mm512_set1_epi8(-128), offset = _mm512_set1_epi32(known.offset[0]);
    const auto* weights = static_cast<const int8_t*>(args.weights);
    int8_t* output = static_cast<int8_t*>(args.output) + pixel * args.out_c;
    for (int32_t channel = 0; channel < args.out_c; channel += kBlock) {
        const int32_t lanes = args.out_c - channel < kBlock ? args.out_c - channel : kBlock;
        const ScaledStage<kBlock> stage(args.stage, channel, lanes);
        __m512i acc[kChains];
        acc[0] = _mm512_sub_epi32(_mm512_load_si512(stage.bias), offset);
        for (int c = 1; c < kChains; ++c) acc[c] = _mm512_setzero_si512();
        const auto add = [&](int32_t step, int chain) __attribute__((always_inline)) {
            int32_t four;
            memcpy(&four, row + step * Kernel::kKr, sizeof(four));
            const __m512i w = _mm512_xor_si512(_mm512_loadu_si512(weights), sign);
            _mm_prefetch(weights + kAhead, _MM_HINT_T0);
            acc[chain] = _mm512_dpbusd_epi32(acc[chain], w, _mm512_set1_epi32(four));
            weights += kBytes;
        };
        int32_t step = 0;
        for (; step + kChains <= steps; step += kChains) {
            for (int c = 0; c < kChains; ++c) add(step + c, c);
        }
        for (; step < steps; ++step) add(step, 0);
        const __m512i sum = _mm512_add_epi32(_mm512_add_epi32(acc[0], acc[1]), _mm512_add_epi32(acc[2], acc[3]));
        __mmask16 doubt;
        const __m512i scaled_sum = scaled(sum, stage.scale, &doubt);
        const __m512i q[4] = {scaled_sum, scaled_sum, scaled_sum, scaled_sum};
        // Each 128-bit lane has the codes of four sums, four times.
        const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12);
        const __m512i codes = _mm512_permutexvar_epi32(order, to_codes(q, stage));
        _mm_mask_storeu_epi8(output + channel, lane_mask(lanes), _mm512_castsi512_si128(codes));
        if (doubt != 0) settle(sum, doubt & lane_mask(lanes), stage, 0, kBlock, 0, output + channel);
    }
    return true;
}

}  // namespace

void w8a8_conv_8x32__avx512vnni(const ConvArgs& args, int64_t first, int64_t last) {
    if (last - first == 1 && one_pixel(args, first)) return;
    const bool done = args.in_c / args.groups < kFewChannels ? indirect_gemm<W8A8Vnni<true>>(args, first, last)
                                                             : indirect_gemm<W8A8Vnni<false>>(args, first, last);
    if (!done) w8a8_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
