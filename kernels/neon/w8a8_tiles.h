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
    int64_t flags;       ///< 1: some channel has a pre-shift; 2: clamps to less than int8; 4: sums
    int64_t row_stride;  ///< bytes
    int16_t zero_point[8];
    int8_t clamp_min[16], clamp_max[16];
};

/// First layers: up to four input channels fill a step of the packing badly. Their taps move together instead, to a
/// window of taps * channels bytes for every pixel and the same for every output channel; the rest of the last step
/// has weight 0.
constexpr int kFewChannels = 4;
constexpr int kMaxDense = 8192;  ///< bytes of moved weights, and of moved pixels
constexpr int kMovedAtOnce = 16;
/// Bytes of a window's row that move together: less than the padding row has, so that a first tap there and a last one
/// in the input cannot be taken for neighbours.
constexpr int kMostTogether = 64;

/// dense[block][step][nr][kr] from weights[block][tap][nr][kr], `steps` as given.
inline void dense_weights(const int8_t* weights, int32_t blocks, int32_t taps, int32_t channels, int32_t steps, int nr,
                          int kr, int8_t* dense) {
    memset(dense, 0, static_cast<size_t>(blocks) * steps * nr * kr);
    for (int32_t block = 0; block < blocks; ++block, dense += steps * nr * kr) {
        for (int32_t k = 0; k < taps * channels; ++k) {
            const int8_t* from = weights + (block * taps + k / channels) * nr * kr + k % channels;
            int8_t* to = dense + k / kr * nr * kr + k % kr;
            for (int n = 0; n < nr; ++n) to[n * kr] = from[n * kr];
        }
    }
}

/// dense[pixel][bytes]. Taps of a row of the window that lie side by side in memory move together, others four bytes
/// each; bytes that are too many belong to the next tap or have weight 0.
inline void dense_pixels(const int8_t** rows, int32_t row_stride, int32_t count, const Window& window, int32_t channels,
                         int32_t bytes, int8_t* dense) {
    const int32_t last = window.kernel_w - 1, row_bytes = window.kernel_w * channels;
    for (int32_t p = 0; p < count; ++p, dense += bytes) {
        int8_t* to = dense;
        const int8_t* const* row = rows + p;
        for (int32_t ky = 0; ky < window.kernel_h; ++ky, row += window.kernel_w * row_stride) {
            if (row[last * row_stride] == *row + last * channels && row_bytes <= kMostTogether) {
                for (int32_t i = 0; i < row_bytes; i += kMovedAtOnce) vst1q_s8(to + i, vld1q_s8(*row + i));
                to += row_bytes;
            } else {
                for (int32_t kx = 0; kx <= last; ++kx, to += channels) memcpy(to, row[kx * row_stride], kFewChannels);
            }
        }
    }
}

/// `count` pixels of one block.
template <typename Kernel>
void walk_tiles(W8A8Tiles walk, int32_t count) {
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
}

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
    int32_t most = kMaxRows / static_cast<int32_t>(taps) / kTilePixels * kTilePixels;

    // As it would be with all taps moved together.
    const int32_t few_taps = static_cast<int32_t>(taps);
    const int32_t dense_steps = static_cast<int32_t>((taps * in_c + kKr - 1) / kKr);
    const bool dense = in_c <= kFewChannels && args.groups == 1 && 2 * dense_steps <= taps * steps &&
                       int64_t{blocks} * dense_steps * kNr * kKr <= kMaxDense;
    const int32_t dense_bytes = dense_steps * kKr;
    alignas(16) int8_t moved_weights[kMaxDense], moved_pixels[kMaxDense + kMovedAtOnce];
    if (dense) {
        dense_weights(static_cast<const int8_t*>(args.weights), blocks, few_taps, in_c, dense_steps, kNr, kKr,
                      moved_weights);
        const int32_t fit = kMaxDense / dense_bytes / kTilePixels * kTilePixels;
        if (fit < most) most = fit;
    }
    const int32_t chunk = most < kMaxChunk ? most : kMaxChunk;

    const int8_t* rows[kMaxRows];
    int8_t part[kMaxChunk * kNr];
    StageBlock stage;
    W8A8Tiles tiles = {};
    tiles.taps = dense ? 1 : taps;
    tiles.steps = dense ? dense_steps : steps;
    tiles.row_stride = chunk * static_cast<int64_t>(sizeof(rows[0]));
    vst1q_s16(tiles.zero_point, vdupq_n_s16(static_cast<int16_t>(args.stage.zero_point)));
    vst1q_s8(tiles.clamp_min, vdupq_n_s8(static_cast<int8_t>(args.stage.clamp_min)));
    vst1q_s8(tiles.clamp_max, vdupq_n_s8(static_cast<int8_t>(args.stage.clamp_max)));
    const int64_t clamp_flag = args.stage.clamp_min > INT8_MIN || args.stage.clamp_max < INT8_MAX ? 2 : 0;

    for (int32_t group = 0; group < args.groups; ++group) {
        const int8_t* weights = static_cast<const int8_t*>(args.weights) + group * blocks * block_bytes;
        const int8_t* input = static_cast<const int8_t*>(args.input) + int64_t{group} * in_c;
        for (int64_t pixel = first; pixel < last; pixel += chunk) {
            const int32_t count = static_cast<int32_t>(last - pixel < chunk ? last - pixel : chunk);
            build_rows(args, input, args.in_c, static_cast<const int8_t*>(args.scratch), pixel, count, chunk, rows);
            if (dense) {
                dense_pixels(rows, chunk, count, args.window, in_c, dense_bytes, moved_pixels);
                fill_rows(rows, count, static_cast<const int8_t*>(moved_pixels), dense_bytes);
            }
            for (int32_t block = 0; block < blocks; ++block) {
                const int32_t begin = block * kNr;
                const int32_t channel = group * out_c + begin;
                if (begin % kBlock == 0)
                    stage.set(args.stage, channel, out_c - begin < kBlock ? out_c - begin : kBlock);
                const int32_t lanes = out_c - begin < kNr ? out_c - begin : kNr;
                int8_t* output = static_cast<int8_t*>(args.output) + pixel * args.out_c + channel;
                tiles.rows = rows;
                tiles.weights = dense ? moved_weights + block * kNr * kKr * dense_steps : weights + block * block_bytes;
                tiles.stage = reinterpret_cast<const StageBlock*>(stage.bias + begin % kBlock);
                tiles.flags = clamp_flag | (stage.any_pre_shift != 0 ? 1 : 0);
                tiles.output = lanes == kNr ? output : part;
                tiles.output_stride = lanes == kNr ? args.out_c : kNr;
                walk_tiles<Kernel>(tiles, count);
                if (lanes < kNr) copy_part(part, kNr, count, lanes, output, args.out_c);
            }
        }
    }
    return true;
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON_W8A8_TILES_H_
