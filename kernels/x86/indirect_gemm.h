// The loops around every convolution tile of this folder: groups, chunks of output pixels, blocks of 16 output
// channels, tiles of pixels.
//
// A chunk is as many pixels as the pointer table holds. Within it the blocks of output channels are the outer loop, so
// that a block's weights and its output stage are fetched once per chunk, and pixel tiles the inner one.
//
// A kernel is a struct with
//   Element, Weight             types in memory
//   kKr, kPixels, kTileBlocks   packing (nr is always 16), pixels and blocks (1 or 2) of a full tile
//   Stage                       Stage(const OutputStage&, channel, lanes): the output stage of up to 32 channels
//   begin_block(&stage, ...)    what the stage wants to know about a block's weights (KeepsStage: nothing)
//   Chunk                       what it wants to know about a chunk's pixels: Chunk(rows, stride, count, taps, steps)
//   tile<kPixels, kBlocks>(const Tile<Kernel>&)
#ifndef TINAMIX_KERNELS_X86_INDIRECT_GEMM_H_
#define TINAMIX_KERNELS_X86_INDIRECT_GEMM_H_

#include "kernels/x86/pixel_rows.h"

namespace tmx::kernels {
namespace {

constexpr int kBlock = 16;              ///< nr of the packings
constexpr int kMaxChunk = 256;          ///< pixels: a chunk's input should stay in the nearest caches
constexpr int64_t kMaxSteps = 1 << 15;  ///< taps * steps; longer sums are left to the reference

/// kPixels output pixels by kBlocks * 16 output channels.
template <typename Kernel>
struct Tile {
    const typename Kernel::Element* const* rows;  ///< [tap * row_stride + pixel]
    int32_t row_stride;
    int32_t taps, steps;                     ///< steps of kKr input channels
    const typename Kernel::Weight* weights;  ///< [tap][step][16][kKr] of the first block
    int64_t block_elements;                  ///< to the weights of the next block
    const typename Kernel::Stage* stage;
    const typename Kernel::Chunk* chunk;
    int32_t pixel;  ///< of the chunk, for what Chunk knows
    int32_t lanes;  ///< output channels to be written, <= kBlocks * 16
    typename Kernel::Element* output;
    int64_t output_stride;  ///< elements between pixels
};

/// A chunk that needs nothing.
struct NoChunk {
    template <typename Element>
    NoChunk(const Element* const*, int32_t, int32_t, int32_t, int32_t) {}
};

/// A kernel whose stage does not depend on the weights.
struct KeepsStage {
    template <typename Stage, typename Weight>
    static void begin_block(Stage*, const Weight*, int64_t, int64_t, int32_t) {}
};

template <typename Kernel, int kBlocks, int kPixels>
void walk_pixels(Tile<Kernel> tile, int32_t count) {
    while (count >= kPixels) {
        Kernel::template tile<kPixels, kBlocks>(tile);
        tile.rows += kPixels;
        tile.pixel += kPixels;
        tile.output += kPixels * tile.output_stride;
        count -= kPixels;
    }
    if constexpr (kPixels > 1) {
        if (count > 0) walk_pixels<Kernel, kBlocks, kPixels / 2>(tile, count);
    }
}

/// Pixels of a chunk: as few chunks as the table allows, all alike, of whole tiles.
inline int32_t chunk_pixels(int64_t pixels, int32_t table_pixels, int32_t tile) {
    int32_t most = table_pixels < kMaxChunk ? table_pixels : kMaxChunk;
    if (most <= tile) return most;
    most -= most % tile;
    const int64_t chunks = (pixels + most - 1) / most;
    const int64_t even = chunks == 0 ? most : (pixels + chunks - 1) / chunks;
    return static_cast<int32_t>((even + tile - 1) / tile * tile);
}

/// Computes output pixels [first, last). False, with nothing written, if the packing or the shape is not for `Kernel`.
template <typename Kernel>
bool indirect_gemm(const ConvArgs& args, int64_t first, int64_t last) {
    using Element = typename Kernel::Element;
    using Weight = typename Kernel::Weight;
    const int64_t all_taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    const int32_t in_c = args.in_c / args.groups;
    const int32_t steps = (in_c + Kernel::kKr - 1) / Kernel::kKr;
    if (args.nr != kBlock || args.kr != Kernel::kKr || all_taps > kMaxRows || all_taps * steps > kMaxSteps)
        return false;

    const int32_t taps = static_cast<int32_t>(all_taps);
    const int32_t out_c = args.out_c / args.groups;
    const int32_t out_blocks = (out_c + kBlock - 1) / kBlock;
    const int64_t block_elements = all_taps * steps * kBlock * Kernel::kKr;
    const int32_t chunk = chunk_pixels(last - first, kMaxRows / taps, Kernel::kPixels);

    const Element* rows[kMaxRows];
    for (int32_t group = 0; group < args.groups; ++group) {
        const Weight* weights = static_cast<const Weight*>(args.weights) + group * out_blocks * block_elements;
        const Element* input = static_cast<const Element*>(args.input) + int64_t{group} * in_c;
        for (int64_t pixel = first; pixel < last; pixel += chunk) {
            const int32_t count = static_cast<int32_t>(last - pixel < chunk ? last - pixel : chunk);
            build_rows(args, input, args.in_c, static_cast<const Element*>(args.scratch), pixel, count, chunk, rows);
            const typename Kernel::Chunk known(rows, chunk, count, taps, steps);
            for (int32_t block = 0; block < out_blocks; block += Kernel::kTileBlocks) {
                const int32_t begin = block * kBlock;
                constexpr int32_t kLanes = Kernel::kTileBlocks * kBlock;
                const int32_t lanes = out_c - begin < kLanes ? out_c - begin : kLanes;
                const int32_t channel = group * out_c + begin;
                typename Kernel::Stage stage(args.stage, channel, lanes);
                Kernel::begin_block(&stage, weights + block * block_elements, block_elements, all_taps * steps, lanes);
                const Tile<Kernel> tile = {rows,
                                           chunk,
                                           taps,
                                           steps,
                                           weights + block * block_elements,
                                           block_elements,
                                           &stage,
                                           &known,
                                           0,
                                           lanes,
                                           static_cast<Element*>(args.output) + pixel * args.out_c + channel,
                                           args.out_c};
                if constexpr (Kernel::kTileBlocks == 2) {
                    if (lanes > kBlock) {
                        walk_pixels<Kernel, 2, Kernel::kPixels>(tile, count);
                        continue;
                    }
                }
                walk_pixels<Kernel, 1, Kernel::kPixels>(tile, count);
            }
        }
    }
    return true;
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_X86_INDIRECT_GEMM_H_
