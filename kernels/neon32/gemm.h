// The loops around every convolution tile of this folder: groups, chunks of output pixels, blocks of 8 output channels.
// A tile function walks the pixels of a chunk, four (or two) at a time, in assembly.
//
// The tiles read pixels through pointers, for every tile and tap those of its pixels side by side: one ldm. The padding
// row stands where the window leaves the input. A chunk's table lives on the stack. Building it for a 1x1 convolution
// takes three instructions per pixel and serves all output channels, so there is no second path without pointers.
#ifndef TINAMIX_KERNELS_NEON32_GEMM_H_
#define TINAMIX_KERNELS_NEON32_GEMM_H_

#include <string.h>

#include "kernels/neon32/pixel_rows.h"
#include "kernels/neon32/stage.h"

namespace tmx::kernels {

/// What a tile function reads; gemm_tile.inc has the offsets.
struct GemmArgs {
    const void* const* rows;  ///< [tile][tap][pixels of a tile]
    const void* weights;      ///< of one block of outputs
    const void* stage;
    void* output;           ///< first pixel, first channel of the block; eight channels are written
    int32_t output_stride;  ///< bytes between pixels
    int32_t pixels;         ///< at least 1
    int32_t taps;
    int32_t channels;  ///< of one tap
};
using GemmTile = void (*)(const GemmArgs* args);

namespace {

/// Bytes of input that a chunk may read: half of a Cortex-A7's L1.
constexpr int32_t kChunkBytes = 16384;

/// Computes output pixels [first, last). False, with nothing written, if the packing or the shape is not for the tile.
/// clamped: a stage whose clamps are set; set_channels as in stage.h. tile(GemmArgs*, stage) computes a block of a
/// chunk.
template <typename Element, typename Weight, int kKr, int kTilePixels, typename StageType, typename Tile>
bool gemm(const ConvArgs& args, int64_t first, int64_t last, const StageType& clamped, const Tile& tile) {
    const int64_t all_taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    if (args.nr != kBlock || args.kr != kKr || all_taps * kTilePixels > kLargestTable) return false;
    const int32_t taps = static_cast<int32_t>(all_taps);
    const int32_t in_c = args.in_c / args.groups, out_c = args.out_c / args.groups;
    const int32_t out_blocks = (out_c + kBlock - 1) / kBlock;
    const size_t block_elements = static_cast<size_t>(taps) * ((in_c + kKr - 1) / kKr) * kKr * kBlock;

    // As many pixels as the table holds and the nearest cache likes, but not so few that the calls are felt.
    constexpr int32_t kFewest = 16;
    const int32_t bytes = in_c * static_cast<int32_t>(sizeof(Element));
    int32_t chunk = kChunkBytes / (bytes > 0 && bytes < kChunkBytes ? bytes : kChunkBytes);
    if (chunk < kFewest) chunk = kFewest;
    const int32_t most = pixels_of_table(taps, kTilePixels);
    if (chunk > most) chunk = most;
    chunk -= chunk % kTilePixels;

    const void* rows[kLargestTable];
    Element partial[kMaxRows * kBlock];
    StageType stage = clamped;
    for (int32_t group = 0; group < args.groups; ++group) {
        const Weight* weights =
            static_cast<const Weight*>(args.weights) + static_cast<size_t>(group) * out_blocks * block_elements;
        const Element* input = static_cast<const Element*>(args.input) + static_cast<size_t>(group) * in_c;
        for (int64_t pixel = first; pixel < last; pixel += chunk) {
            const int32_t count = static_cast<int32_t>(last - pixel < chunk ? last - pixel : chunk);
            build_tile_rows<kTilePixels>(args, input, static_cast<const Element*>(args.scratch), pixel, count, taps,
                                         rows);
            Element* output = static_cast<Element*>(args.output) + pixel * args.out_c + int64_t{group} * out_c;
            for (int32_t begin = 0; begin < out_c; begin += kBlock) {
                const int32_t lanes = out_c - begin < kBlock ? out_c - begin : kBlock;
                stage.set_channels(args.stage, group * out_c + begin, lanes);
                GemmArgs g = {rows,
                              weights + static_cast<size_t>(begin / kBlock) * block_elements,
                              &stage,
                              output + begin,
                              static_cast<int32_t>(args.out_c * sizeof(Element)),
                              count,
                              taps,
                              in_c};
                if (lanes < kBlock) {
                    g.output = partial;
                    g.output_stride = kBlock * sizeof(Element);
                }
                tile(&g, stage);
                for (int32_t p = 0; lanes < kBlock && p < count; ++p) {
                    for (int32_t i = 0; i < lanes; ++i) {
                        output[static_cast<size_t>(p) * args.out_c + begin + i] = partial[p * kBlock + i];
                    }
                }
            }
        }
    }
    return true;
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON32_GEMM_H_
