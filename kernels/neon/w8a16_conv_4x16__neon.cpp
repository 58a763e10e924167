// w8a16 convolution, 4 pixels by 16 output channels, plain NEON. The inner loop and its reasons: w8a16_tiles__neon.S.
//
// The weights of a block of 16 output channels are widened to int16 once for a chunk of pixels. Where the file proves
// that sums fit 32 bits, one pass over everything gives them. Otherwise sums of at most kMostProducts products are
// collected in 64 bits.
#include "kernels/kernel_table.h"
#include "kernels/neon/pixel_rows.h"
#include "kernels/neon/stage16.h"

namespace tmx::kernels {
namespace {

/// What the assembly reads, at the offsets it knows.
struct W8A16Tiles {
    const int16_t* const* rows;  ///< [tap][row_stride / 8]
    const int16_t* weights;      ///< [tap][channel, an even number][16]
    const int32_t* start;        ///< [16]
    int32_t* sums;               ///< [pixel][16]
    int64_t row_stride;          ///< bytes
    int64_t taps, pairs, tiles;
};

extern "C" {
void tmx_w8a16_tiles_4__neon(const W8A16Tiles* args);
void tmx_w8a16_tiles_2__neon(const W8A16Tiles* args);
void tmx_w8a16_tiles_1__neon(const W8A16Tiles* args);
}

constexpr int kA16Pixels = 4;
constexpr int kA16Chunk = 224;          ///< pixels
constexpr int kMostChannels = 2304;     ///< taps * channels whose widened weights stand on the stack (72 KiB)
constexpr int32_t kMostProducts = 480;  ///< each below 2^22 in magnitude, 2^22 included

/// `count` pixels.
void w8a16_sums(W8A16Tiles tiles, int32_t count) {
    if (count >= kA16Pixels) {
        tiles.tiles = count / kA16Pixels;
        tmx_w8a16_tiles_4__neon(&tiles);
        tiles.rows += tiles.tiles * kA16Pixels;
        tiles.sums += tiles.tiles * kA16Pixels * kBlock;
    }
    tiles.tiles = 1;
    if (count & 2) {
        tmx_w8a16_tiles_2__neon(&tiles);
        tiles.rows += 2;
        tiles.sums += 2 * kBlock;
    }
    if (count & 1) tmx_w8a16_tiles_1__neon(&tiles);
}

/// [pair][16][2] to [channel][16].
void widen_weights(const int8_t* from, int32_t pairs, int16_t* to) {
    for (int32_t i = 0; i < pairs; ++i, from += 2 * kBlock, to += 2 * kBlock) {
        const int8x16x2_t w = vld2q_s8(from);
        vst1q_s16(to, vmovl_s8(vget_low_s8(w.val[0])));
        vst1q_s16(to + 8, vmovl_high_s8(w.val[0]));
        vst1q_s16(to + 16, vmovl_s8(vget_low_s8(w.val[1])));
        vst1q_s16(to + 24, vmovl_high_s8(w.val[1]));
    }
}

/// One block of a chunk with sums of 64 bits, a run of products at a time.
void wide_sums(const W8A16Tiles& whole, int32_t in_c, int32_t count, int64_t* sums64) {
    const int32_t even_c = 2 * static_cast<int32_t>(whole.pairs);
    const int32_t taps = static_cast<int32_t>(whole.taps);
    const int32_t row_stride = static_cast<int32_t>(whole.row_stride / 8);
    const int32_t run_c = in_c < kMostProducts ? even_c : kMostProducts;
    const int32_t run_taps = in_c < kMostProducts ? kMostProducts / even_c : 1;
    const int32_t zeros[kBlock] = {};
    const int16_t* rows[kMaxRows];
    for (int32_t tap = 0; tap < taps; tap += run_taps) {
        for (int32_t c = 0; c < even_c; c += run_c) {
            W8A16Tiles run = whole;
            run.start = zeros;
            run.rows = rows;
            run.taps = taps - tap < run_taps ? taps - tap : run_taps;
            run.pairs = (even_c - c < run_c ? even_c - c : run_c) / 2;
            const int32_t pointers = (static_cast<int32_t>(run.taps) - 1) * row_stride + count;
            for (int32_t i = 0; i < pointers; ++i) rows[i] = whole.rows[tap * row_stride + i] + c;
            run.weights += (int64_t{tap} * even_c + c) * kBlock;
            w8a16_sums(run, count);
            for (int32_t i = 0; i < count * kBlock; i += 4) {
                const int32x4_t x = vld1q_s32(run.sums + i);
                vst1q_s64(sums64 + i, vaddw_s32(vld1q_s64(sums64 + i), vget_low_s32(x)));
                vst1q_s64(sums64 + i + 2, vaddw_high_s32(vld1q_s64(sums64 + i + 2), x));
            }
        }
    }
}

/// Computes output pixels [first, last). False, with nothing written, if the packing or the window is not for it.
bool conv(const ConvArgs& args, int64_t first, int64_t last) {
    const int64_t taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    const int32_t in_c = args.in_c / args.groups;
    const int32_t out_c = args.out_c / args.groups;
    const int32_t pairs = (in_c + 1) / 2;
    if (args.stage.zero_point != 0 || args.nr != kBlock || args.kr != 2 || taps * kA16Pixels > kMaxRows ||
        taps * pairs * 2 > kMostChannels) {
        return false;
    }
    const int32_t blocks = (out_c + kBlock - 1) / kBlock;
    const int64_t block_elements = taps * pairs * 2 * kBlock;
    const int32_t most = kMaxRows / static_cast<int32_t>(taps) / kA16Pixels * kA16Pixels;
    const int32_t chunk = most < kA16Chunk ? most : kA16Chunk;

    const int16_t* rows[kMaxRows];
    int16_t weights16[kMostChannels * kBlock];
    int32_t sums[kA16Chunk * kBlock];
    int64_t sums64[kA16Chunk * kBlock];
    const Clamp16 clamp(args.stage);
    W8A16Tiles tiles = {};
    tiles.rows = rows;
    tiles.weights = weights16;
    tiles.sums = sums;
    tiles.row_stride = chunk * static_cast<int64_t>(sizeof(rows[0]));
    tiles.taps = taps;
    tiles.pairs = pairs;
    for (int32_t group = 0; group < args.groups; ++group) {
        const int8_t* weights = static_cast<const int8_t*>(args.weights) + group * blocks * block_elements;
        const int16_t* input = static_cast<const int16_t*>(args.input) + int64_t{group} * in_c;
        for (int64_t pixel = first; pixel < last; pixel += chunk) {
            const int32_t count = static_cast<int32_t>(last - pixel < chunk ? last - pixel : chunk);
            build_rows(args, input, args.in_c, static_cast<const int16_t*>(args.scratch), pixel, count, chunk, rows);
            for (int32_t block = 0; block < blocks; ++block) {
                const int32_t begin = block * kBlock;
                const int32_t lanes = out_c - begin < kBlock ? out_c - begin : kBlock;
                const int32_t channel = group * out_c + begin;
                int16_t* output = static_cast<int16_t*>(args.output) + pixel * args.out_c + channel;
                widen_weights(weights + block * block_elements, static_cast<int32_t>(taps) * pairs, weights16);
                if (args.wide_accumulator) {
                    const WideStageBlock stage(args.stage, channel, lanes);
                    for (int32_t i = 0; i < count; ++i) memcpy(sums64 + i * kBlock, stage.bias, sizeof(stage.bias));
                    wide_sums(tiles, in_c, count, sums64);
                    for (int32_t i = 0; i < count; ++i) {
                        store_codes(output + int64_t{i} * args.out_c, stage.codes(sums64 + i * kBlock, clamp), lanes);
                    }
                } else {
                    StageBlock stage;
                    stage.set(args.stage, channel, lanes);
                    tiles.start = stage.bias;
                    w8a16_sums(tiles, count);
                    store_narrow([&](int32_t i) { return vld1q_s32(sums + i); }, count, stage, clamp, lanes, output,
                                 args.out_c);
                }
            }
        }
    }
    return true;
}

}  // namespace

void w8a16_conv_4x16__neon(const ConvArgs& args, int64_t first, int64_t last) {
    if (!conv(args, first, last)) w8a16_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
