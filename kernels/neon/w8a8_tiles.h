// The loops around the w8a8 convolution tiles, which are assembly: groups, chunks of output pixels, blocks of output
// channels; a call of the assembly computes all tiles of a chunk for one block.
//
// A chunk is as many pixels as the pointer table holds. Within it the blocks of output channels are the outer loop, so
// that a block's weights and output stage are fetched once per chunk, and tiles of pixels the inner one.
#ifndef TINAMIX_KERNELS_NEON_W8A8_TILES_H_
#define TINAMIX_KERNELS_NEON_W8A8_TILES_H_

#include "kernels/kernel_types.h"
#include "kernels/neon/pixel_rows.h"
#include "kernels/neon/stage.h"

namespace tmx::kernels {
namespace {

constexpr int kMaxChunk = 192;  ///< pixels: a chunk's input should stay in the nearest caches
constexpr int kTilePixels = 4;

/// What the assembly reads, at the offsets it knows.
struct W8A8Tiles {
    const int8_t* const* rows;  ///< [tap][row_stride / 8]
    const int8_t* weights;      ///< [tap][step][nr][kr]
    const StageBlock* stage;    ///< moved to the first channel
    int8_t* output;
    int64_t output_stride;
    int64_t taps, steps, tiles;
    int64_t flags;       ///< 1: some channel has a pre-shift; 2: clamps to less than int8
    int64_t row_stride;  ///< bytes
    int16_t zero_point[8];
    int8_t clamp_min[16], clamp_max[16];
};

/// Computes output pixels [first, last). False, with nothing written, if the packing or the window is not for `Kernel`:
///   kNr, kKr            the packing; kNr divides 16
///   tiles_4, _2, _1     the assembly for as many pixels; 2 and 1 compute one tile
template <typename Kernel>
bool w8a8_conv(const ConvArgs& args, int64_t first, int64_t last) {
    constexpr int kNr = Kernel::kNr, kKr = Kernel::kKr;
    const int64_t taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    if (args.nr != kNr || args.kr != kKr || taps * kTilePixels > kMaxRows) return false;
    const int32_t in_c = args.in_c / args.groups;
    const int32_t out_c = args.out_c / args.groups;
    const int32_t steps = (in_c + kKr - 1) / kKr;
    const int32_t blocks = (out_c + kNr - 1) / kNr;
    const int64_t block_bytes = taps * steps * kNr * kKr;
    const int32_t most = kMaxRows / static_cast<int32_t>(taps) / kTilePixels * kTilePixels;
    const int32_t chunk = most < kMaxChunk ? most : kMaxChunk;

    const int8_t* rows[kMaxRows];
    int8_t part[kMaxChunk * kNr];
    StageBlock stage;
    W8A8Tiles tiles = {};
    tiles.taps = taps;
    tiles.steps = steps;
    tiles.row_stride = chunk * static_cast<int64_t>(sizeof(rows[0]));
    vst1q_s16(tiles.zero_point, vdupq_n_s16(static_cast<int16_t>(args.stage.zero_point)));
    vst1q_s8(tiles.clamp_min, vdupq_n_s8(static_cast<int8_t>(args.stage.clamp_min)));
    vst1q_s8(tiles.clamp_max, vdupq_n_s8(static_cast<int8_t>(args.stage.clamp_max)));
    const int64_t clamp_flag = args.stage.clamp_min > INT8_MIN || args.stage.clamp_max < INT8_MAX ? 2 : 0;

    const auto walk_pixels = [](W8A8Tiles walk, int32_t count) {
        if (count >= kTilePixels) {
            walk.tiles = count / kTilePixels;
            Kernel::tiles_4(&walk);
            const int64_t done = walk.tiles * kTilePixels;
            walk.rows += done;
            walk.output += done * walk.output_stride;
        }
        walk.tiles = 1;
        if (count & 2) {
            Kernel::tiles_2(&walk);
            walk.rows += 2;
            walk.output += 2 * walk.output_stride;
        }
        if (count & 1) Kernel::tiles_1(&walk);
    };

    for (int32_t group = 0; group < args.groups; ++group) {
        const int8_t* weights = static_cast<const int8_t*>(args.weights) + group * blocks * block_bytes;
        const int8_t* input = static_cast<const int8_t*>(args.input) + int64_t{group} * in_c;
        for (int64_t pixel = first; pixel < last; pixel += chunk) {
            const int32_t count = static_cast<int32_t>(last - pixel < chunk ? last - pixel : chunk);
            build_rows(args, input, args.in_c, static_cast<const int8_t*>(args.scratch), pixel, count, chunk, rows);
            for (int32_t block = 0; block < blocks; ++block) {
                const int32_t begin = block * kNr;
                const int32_t channel = group * out_c + begin;
                if (begin % kBlock == 0) stage.set(args.stage, channel, out_c - begin < kBlock ? out_c - begin : kBlock);
                const int32_t lanes = out_c - begin < kNr ? out_c - begin : kNr;
                int8_t* output = static_cast<int8_t*>(args.output) + pixel * args.out_c + channel;
                tiles.rows = rows;
                tiles.weights = weights + block * block_bytes;
                tiles.stage = reinterpret_cast<const StageBlock*>(stage.bias + begin % kBlock);
                tiles.flags = clamp_flag | (stage.any_pre_shift != 0 ? 1 : 0);
                tiles.output = lanes == kNr ? output : part;
                tiles.output_stride = lanes == kNr ? args.out_c : kNr;
                walk_pixels(tiles, count);
                if (lanes < kNr) copy_part(part, kNr, count, lanes, output, args.out_c);
            }
        }
    }
    return true;
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON_W8A8_TILES_H_
