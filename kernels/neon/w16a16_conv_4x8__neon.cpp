// w16a16 convolution, 4 pixels by 8 output channels, plain NEON. The inner loop and its reasons: w16a16_tiles__neon.S.
//
// A chunk is as many pixels as the pointer table holds; within it blocks of 8 output channels are the outer loop.
#include <arm_neon.h>
#include <string.h>

#include "kernels/arm/run_stage.h"
#include "kernels/kernel_table.h"
#include "kernels/neon/pixel_rows.h"

namespace tmx::kernels {
namespace {

constexpr int kPixels = 4;
constexpr int kMaxChunk = 224;       ///< pixels
constexpr int kPairsBlock = 16;      ///< output channels of the pairwise packing
constexpr int kMostUnpacked = 2304;  ///< taps * channels of a block in that packing (36 KiB of stack)

/// What the assembly reads, at the offsets it knows.
struct W16A16Tiles {
    const int16_t* const* rows;  ///< [tap][row_stride / 8]
    const int16_t* weights;      ///< [tap][channel][8]
    const RunStage* stage;
    void* output;
    int64_t output_stride;  ///< bytes
    int64_t taps, channels, tiles;
    int64_t row_stride;  ///< bytes
};

extern "C" {
void tmx_w16a16_tiles_4_16__neon(const W16A16Tiles* args);
void tmx_w16a16_tiles_2_16__neon(const W16A16Tiles* args);
void tmx_w16a16_tiles_1_16__neon(const W16A16Tiles* args);
void tmx_w16a16_tiles_4_2__neon(const W16A16Tiles* args);
void tmx_w16a16_tiles_2_2__neon(const W16A16Tiles* args);
void tmx_w16a16_tiles_1_2__neon(const W16A16Tiles* args);
}
using TileFunction = void (*)(const W16A16Tiles* args);
struct TileFunctions {
    TileFunction four, two, one;
};
constexpr TileFunctions kRuns = {tmx_w16a16_tiles_4_16__neon, tmx_w16a16_tiles_2_16__neon, tmx_w16a16_tiles_1_16__neon};
constexpr TileFunctions kPairs = {tmx_w16a16_tiles_4_2__neon, tmx_w16a16_tiles_2_2__neon, tmx_w16a16_tiles_1_2__neon};

/// `count` pixels of `pixel_bytes` bytes of output each.
void walk_tiles(const TileFunctions& functions, W16A16Tiles walk, int32_t count, int64_t pixel_bytes) {
    const auto advance = [&](int64_t pixels) {
        walk.rows += pixels;
        walk.output = static_cast<uint8_t*>(walk.output) + pixels * pixel_bytes;
    };
    if (count >= kPixels) {
        walk.tiles = count / kPixels;
        functions.four(&walk);
        advance(walk.tiles * kPixels);
    }
    walk.tiles = 1;
    if (count & 2) {
        functions.two(&walk);
        advance(2);
    }
    if (count & 1) functions.one(&walk);
}

/// Eight of the 16 output channels of the pairwise packing [pair][16][2], as [channel][8].
void unpack_pairs(const int16_t* from, int32_t taps, int32_t channels, int16_t* to) {
    for (int32_t tap = 0; tap < taps; ++tap) {
        for (int32_t c = 0; c < channels; c += 2, from += 2 * kPairsBlock) {
            const int16x8x2_t two = vld2q_s16(from);
            vst1q_s16(to, two.val[0]);
            to += kEight;
            if (c + 1 == channels) break;
            vst1q_s16(to, two.val[1]);
            to += kEight;
        }
        if (channels % 2 != 0) from += 2 * kPairsBlock;
    }
}

/// Computes output pixels [first, last). False, with nothing written, if the packing or the window is not for it.
bool conv(const ConvArgs& args, int64_t first, int64_t last) {
    const int64_t all_taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    const int32_t in_c = args.in_c / args.groups;
    const int32_t out_c = args.out_c / args.groups;
    const bool packed = args.nr == kEight && args.kr == 1;
    const bool pairs = args.nr == kPairsBlock && args.kr == 2 && all_taps * in_c <= kMostUnpacked;
    if (args.stage.zero_point != 0 || !(packed || pairs) || all_taps * kPixels > kMaxRows ||
        all_taps * in_c > kMostProducts) {
        return false;
    }
    const int32_t taps = static_cast<int32_t>(all_taps);
    const int32_t packed_c = (in_c + args.kr - 1) / args.kr * args.kr;
    const int64_t block_elements = all_taps * packed_c * args.nr;
    const int32_t packed_blocks = (out_c + args.nr - 1) / args.nr;
    const int32_t most = kMaxRows / taps / kPixels * kPixels;
    const int32_t chunk = most < kMaxChunk ? most : kMaxChunk;
    const TileFunctions& functions = args.runs_fit ? kRuns : kPairs;

    const int16_t* rows[kMaxRows];
    int16_t unpacked[kMostUnpacked * kEight];
    int16_t part[kMaxChunk * kEight];
    int32_t sums[kMaxChunk * 2 * kEight];
    RunStage stage(args.wide_accumulator);
    stage.set_clamp(args.stage);
    W16A16Tiles tiles = {};
    tiles.rows = rows;
    tiles.stage = &stage;
    tiles.taps = taps;
    tiles.channels = in_c;
    tiles.row_stride = chunk * static_cast<int64_t>(sizeof(rows[0]));
    for (int32_t group = 0; group < args.groups; ++group) {
        const int16_t* weights = static_cast<const int16_t*>(args.weights) + group * packed_blocks * block_elements;
        const int16_t* input = static_cast<const int16_t*>(args.input) + int64_t{group} * in_c;
        for (int64_t pixel = first; pixel < last; pixel += chunk) {
            const int32_t count = static_cast<int32_t>(last - pixel < chunk ? last - pixel : chunk);
            build_rows(args, input, args.in_c, static_cast<const int16_t*>(args.scratch), pixel, count, chunk, rows);
            for (int32_t begin = 0; begin < out_c; begin += kEight) {
                const int32_t lanes = out_c - begin < kEight ? out_c - begin : kEight;
                const int32_t channel = group * out_c + begin;
                int16_t* output = static_cast<int16_t*>(args.output) + pixel * args.out_c + channel;
                tiles.weights = weights + begin / args.nr * block_elements;
                if (pairs) {
                    unpack_pairs(tiles.weights + begin % args.nr * 2, taps, in_c, unpacked);
                    tiles.weights = unpacked;
                }
                stage.set_channels(args.stage, channel, lanes);
                if (stage.mode == kRawSums) {
                    tiles.output = sums;
                    walk_tiles(functions, tiles, count, sizeof(sums[0]) * 2 * kEight);
                    for (int32_t p = 0; p < count; ++p, output += args.out_c) {
                        stage.finish(sums + p * 2 * kEight, lanes, output);
                    }
                    continue;
                }
                const bool whole = lanes == kEight;
                tiles.output = whole ? output : part;
                tiles.output_stride = (whole ? args.out_c : kEight) * static_cast<int64_t>(sizeof(int16_t));
                walk_tiles(functions, tiles, count, tiles.output_stride);
                for (int32_t p = 0; !whole && p < count; ++p, output += args.out_c) {
                    memcpy(output, part + p * kEight, static_cast<size_t>(lanes) * sizeof(int16_t));
                }
            }
        }
    }
    return true;
}

}  // namespace

void w16a16_conv_4x8__neon(const ConvArgs& args, int64_t first, int64_t last) {
    if (!conv(args, first, last)) w16a16_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
