// w8a8 convolution, 4 pixels by 16 output channels, int8 dot product. The inner loop and its reasons:
// w8a8_tiles__dotprod.S.
//
// A chunk is as many pixels as the pointer table holds. Within it the blocks of output channels are the outer loop, so
// that a block's weights and output stage are fetched once per chunk, and tiles of pixels the inner one.
#include "kernels/kernel_table.h"
#include "kernels/neon/pixel_rows.h"
#include "kernels/neon/stage.h"

namespace tmx::kernels {
namespace {

constexpr int kMaxChunk = 192;  ///< pixels: a chunk's input should stay in the nearest caches
constexpr int kKr = 4;
constexpr int kTilePixels = 4;

/// What the assembly reads, at the offsets it knows.
struct DotTiles {
    const int8_t* const* rows;  ///< [tap][row_stride / 8]
    const int8_t* weights;      ///< [tap][step][16][4]
    const StageBlock* stage;
    int8_t* output;
    int64_t output_stride;
    int64_t taps, steps, tiles;
    int64_t flags;  ///< 1: some channel has a pre-shift; 2: clamps to less than int8
    int64_t row_stride;  ///< bytes
    int16_t zero_point[8];
    int8_t clamp_min[16], clamp_max[16];
};

extern "C" {
void tmx_w8a8_tiles_4__dotprod(const DotTiles* args);
void tmx_w8a8_tiles_2__dotprod(const DotTiles* args);
void tmx_w8a8_tiles_1__dotprod(const DotTiles* args);
}

/// `count` pixels of one block.
void walk_pixels(DotTiles tiles, int32_t count) {
    if (count >= kTilePixels) {
        tiles.tiles = count / kTilePixels;
        tmx_w8a8_tiles_4__dotprod(&tiles);
        const int64_t done = tiles.tiles * kTilePixels;
        tiles.rows += done;
        tiles.output += done * tiles.output_stride;
    }
    tiles.tiles = 1;
    if (count & 2) {
        tmx_w8a8_tiles_2__dotprod(&tiles);
        tiles.rows += 2;
        tiles.output += 2 * tiles.output_stride;
    }
    if (count & 1) tmx_w8a8_tiles_1__dotprod(&tiles);
}

}  // namespace

void w8a8_conv_4x16__dotprod(const ConvArgs& args, int64_t first, int64_t last) {
    const int64_t taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    if (args.nr != kBlock || args.kr != kKr || taps * kTilePixels > kMaxRows) {
        w8a8_conv__reference(args, first, last);
        return;
    }
    const int32_t in_c = args.in_c / args.groups;
    const int32_t out_c = args.out_c / args.groups;
    const int32_t steps = (in_c + kKr - 1) / kKr;
    const int32_t blocks = (out_c + kBlock - 1) / kBlock;
    const int64_t block_bytes = taps * steps * kBlock * kKr;
    const int32_t most = kMaxRows / static_cast<int32_t>(taps) / kTilePixels * kTilePixels;
    const int32_t chunk = most < kMaxChunk ? most : kMaxChunk;

    const int8_t* rows[kMaxRows];
    int8_t part[kMaxChunk * kBlock];
    StageBlock stage;
    DotTiles tiles = {};
    tiles.stage = &stage;
    tiles.taps = taps;
    tiles.steps = steps;
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
            for (int32_t block = 0; block < blocks; ++block) {
                const int32_t begin = block * kBlock;
                const int32_t lanes = out_c - begin < kBlock ? out_c - begin : kBlock;
                const int32_t channel = group * out_c + begin;
                stage.set(args.stage, channel, lanes);
                int8_t* output = static_cast<int8_t*>(args.output) + pixel * args.out_c + channel;
                tiles.rows = rows;
                tiles.weights = weights + block * block_bytes;
                tiles.flags = clamp_flag | (stage.any_pre_shift != 0 ? 1 : 0);
                tiles.output = lanes == kBlock ? output : part;
                tiles.output_stride = lanes == kBlock ? args.out_c : kBlock;
                walk_pixels(tiles, count);
                if (lanes < kBlock) copy_part(part, count, lanes, output, args.out_c);
            }
        }
    }
}

}  // namespace tmx::kernels
