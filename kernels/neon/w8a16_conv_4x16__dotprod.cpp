// w8a16 convolution with the int8 dot product, 4 pixels by 16 output channels.
//
// x = 256 * h + l + 128 with h the upper byte and l the lower one with its sign bit flipped, both int8: two passes of
// the w8a8 sums (w8a8_tiles__dotprod.S) and a correction that depends on the output channel alone. The bytes of a
// chunk's pixels are separated once for all output channels, tap after tap, so that the passes see one long row for
// each pixel. The packing is 16 x 2 with 16-bit pairs in mind; two pairs are woven into the four that sdot wants.
#include "kernels/kernel_table.h"
#include "kernels/neon/stage16.h"
#include "kernels/neon/w8a8_tiles.h"

namespace tmx::kernels {
namespace {

extern "C" {
void tmx_w8a8_tiles_4__dotprod(const W8A8Tiles* tiles);
void tmx_w8a8_tiles_2__dotprod(const W8A8Tiles* tiles);
void tmx_w8a8_tiles_1__dotprod(const W8A8Tiles* tiles);
}

struct DotprodTiles {
    static void tiles_4(const W8A8Tiles* tiles) { tmx_w8a8_tiles_4__dotprod(tiles); }
    static void tiles_2(const W8A8Tiles* tiles) { tmx_w8a8_tiles_2__dotprod(tiles); }
    static void tiles_1(const W8A8Tiles* tiles) { tmx_w8a8_tiles_1__dotprod(tiles); }
};

constexpr int64_t kSums = 4;    ///< the flag
constexpr int kPlane = 32768;   ///< bytes of each of the two planes of a chunk's pixels
constexpr int kLongest = 4096;  ///< bytes of a pixel's row: taps * channels
constexpr int kPixelsAtOnce = 256;
constexpr int kWeights = kLongest * kBlock;  ///< bytes of woven weights: one block at least
constexpr int kMostBlocks = 64;              ///< that are woven once for all chunks

/// Upper and lower bytes of `count` channels; writes up to 15 bytes more.
void separate(const int16_t* x, int32_t count, int8_t* upper, int8_t* lower) {
    const int8x16_t flip = vdupq_n_s8(-128);
    int32_t i = 0;
    for (; i + 32 <= count; i += 32) {
        const int16x8x4_t some = vld1q_s16_x4(x + i);
        const int8x16_t a = vreinterpretq_s8_s16(some.val[0]), b = vreinterpretq_s8_s16(some.val[1]);
        const int8x16_t c = vreinterpretq_s8_s16(some.val[2]), d = vreinterpretq_s8_s16(some.val[3]);
        vst1q_s8(upper + i, vuzp2q_s8(a, b));
        vst1q_s8(upper + i + 16, vuzp2q_s8(c, d));
        vst1q_s8(lower + i, veorq_s8(vuzp1q_s8(a, b), flip));
        vst1q_s8(lower + i + 16, veorq_s8(vuzp1q_s8(c, d), flip));
    }
    for (; i < count; i += 16) {
        const int8x16_t a = vreinterpretq_s8_s16(vld1q_s16(x + i)), b = vreinterpretq_s8_s16(vld1q_s16(x + i + 8));
        vst1q_s8(upper + i, vuzp2q_s8(a, b));
        vst1q_s8(lower + i, veorq_s8(vuzp1q_s8(a, b), flip));
    }
}

/// The planes of `count` pixels, each [pixel][tap][channels rounded up to 4]. Taps side by side in memory are one run.
void separate_taps(const int16_t* const* pixels, int32_t stride, int32_t count, int32_t taps, int32_t channels,
                   int8_t* upper, int8_t* lower) {
    const int32_t padded = (channels + 3) / 4 * 4;
    for (int32_t p = 0; p < count; ++p) {
        for (int32_t tap = 0; tap < taps;) {
            const int16_t* x = pixels[tap * stride + p];
            int32_t run = channels;
            ++tap;
            if (channels == padded) {
                for (; tap < taps && pixels[tap * stride + p] == x + run; ++tap) run += channels;
            }
            separate(x, run, upper, lower);
            const int32_t moved = channels == padded ? run : padded;
            upper += moved;
            lower += moved;
        }
    }
}

/// A block's weights [tap][pair][16][2] as [tap][step][16][4]; an odd last pair is followed by zeros.
void weave(const int8_t* from, int32_t taps, int32_t pairs, int8_t* to) {
    for (int32_t tap = 0; tap < taps; ++tap) {
        for (int32_t pair = 0; pair < pairs; pair += 2, to += 64) {
            const bool two = pair + 1 < pairs;
            for (int half = 0; half < 2; ++half) {
                const int16x8_t a = vreinterpretq_s16_s8(vld1q_s8(from + 16 * half));
                const int16x8_t b = two ? vreinterpretq_s16_s8(vld1q_s8(from + 32 + 16 * half)) : vdupq_n_s16(0);
                vst1q_s8(to + 32 * half, vreinterpretq_s8_s16(vzip1q_s16(a, b)));
                vst1q_s8(to + 32 * half + 16, vreinterpretq_s8_s16(vzip2q_s16(a, b)));
            }
            from += two ? 64 : 32;
        }
    }
}

/// 128 * sum of the weights of each of 16 channels.
void offsets(const int8_t* weights, int32_t steps, int32_t* sums) {
    int32x4_t sum[4] = {vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0), vdupq_n_s32(0)};
    const int8x16_t ones = vdupq_n_s8(1);
    for (int32_t step = 0; step < steps; ++step, weights += 64) {
        for (int i = 0; i < 4; ++i) sum[i] = vdotq_s32(sum[i], vld1q_s8(weights + 16 * i), ones);
    }
    for (int i = 0; i < 4; ++i) vst1q_s32(sums + 4 * i, vshlq_n_s32(sum[i], 7));
}

bool conv(const ConvArgs& args, int64_t first, int64_t last) {
    const int64_t all_taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    const int32_t in_c = args.in_c / args.groups;
    const int32_t out_c = args.out_c / args.groups;
    const int32_t pairs = (in_c + 1) / 2;
    const int32_t padded_c = (in_c + 3) / 4 * 4;
    if (args.stage.zero_point != 0 || args.nr != kBlock || args.kr != 2 || all_taps * kTilePixels > kMaxRows ||
        all_taps * padded_c > kLongest) {
        return false;
    }
    const int32_t taps = static_cast<int32_t>(all_taps);
    const int32_t bytes = taps * padded_c;
    const int32_t blocks = (out_c + kBlock - 1) / kBlock;
    const int64_t block_bytes = all_taps * pairs * 2 * kBlock;
    int32_t chunk = kPlane / bytes < kMaxRows / taps ? kPlane / bytes : kMaxRows / taps;
    chunk = (chunk < kPixelsAtOnce ? chunk : kPixelsAtOnce) / kTilePixels * kTilePixels;

    const int16_t* pixels[kMaxRows];
    const int8_t *upper_rows[kPixelsAtOnce], *lower_rows[kPixelsAtOnce];
    alignas(16) int8_t planes[2 * (kPlane + 16)];
    int8_t *const upper = planes, *const lower = planes + kPlane + 16;
    alignas(16) int8_t weights[kWeights];
    int32_t weight_sums[kMostBlocks * kBlock];
    const bool all_fit = blocks <= kMostBlocks && int64_t{blocks} * bytes * kBlock <= kWeights;
    int32_t upper_sums[kPixelsAtOnce * kBlock], lower_sums[kPixelsAtOnce * kBlock];
    fill_rows(upper_rows, chunk, static_cast<const int8_t*>(upper), bytes);
    fill_rows(lower_rows, chunk, static_cast<const int8_t*>(lower), bytes);
    const Clamp16 clamp(args.stage);
    StageBlock zeros = {};
    W8A8Tiles tiles = {};
    tiles.output_stride = kBlock * static_cast<int64_t>(sizeof(int32_t));
    tiles.taps = 1;
    tiles.steps = bytes / 4;
    tiles.flags = kSums;
    for (int32_t group = 0; group < args.groups; ++group) {
        const int8_t* packed = static_cast<const int8_t*>(args.weights) + group * blocks * block_bytes;
        const int16_t* input = static_cast<const int16_t*>(args.input) + int64_t{group} * in_c;
        if (all_fit) {
            weave(packed, blocks * taps, pairs, weights);
            for (int32_t i = 0; i < blocks; ++i) {
                offsets(weights + i * bytes * kBlock, bytes / 4, weight_sums + i * kBlock);
            }
        }
        for (int64_t pixel = first; pixel < last; pixel += chunk) {
            const int32_t count = static_cast<int32_t>(last - pixel < chunk ? last - pixel : chunk);
            build_rows(args, input, args.in_c, static_cast<const int16_t*>(args.scratch), pixel, count, chunk, pixels);
            separate_taps(pixels, chunk, count, taps, in_c, upper, lower);
            for (int32_t block = 0; block < blocks; ++block) {
                const int32_t begin = block * kBlock;
                const int32_t lanes = out_c - begin < kBlock ? out_c - begin : kBlock;
                const int32_t channel = group * out_c + begin;
                int16_t* output = static_cast<int16_t*>(args.output) + pixel * args.out_c + channel;
                int32_t* offset = all_fit ? weight_sums + begin : weight_sums;
                if (!all_fit) {
                    weave(packed + block * block_bytes, taps, pairs, weights);
                    offsets(weights, bytes / 4, offset);
                }
                tiles.weights = all_fit ? weights + begin * bytes : weights;
                StageBlock stage;
                memcpy(stage.bias, offset, sizeof(stage.bias));
                if (!args.wide_accumulator) {
                    StageBlock given;
                    given.set(args.stage, channel, lanes);
                    for (int i = 0; i < kBlock; i += 4) {
                        vst1q_s32(given.bias + i, vaddq_s32(vld1q_s32(given.bias + i), vld1q_s32(stage.bias + i)));
                    }
                    stage = given;
                }
                tiles.stage = &zeros;
                tiles.rows = upper_rows;
                tiles.output = reinterpret_cast<int8_t*>(upper_sums);
                walk_tiles<DotprodTiles>(tiles, count);
                tiles.stage = &stage;
                tiles.rows = lower_rows;
                tiles.output = reinterpret_cast<int8_t*>(lower_sums);
                walk_tiles<DotprodTiles>(tiles, count);
                if (args.wide_accumulator) {
                    const WideStageBlock wide(args.stage, channel, lanes);
                    for (int32_t p = 0; p < count; ++p) {
                        int64_t sums[kBlock];
                        for (int i = 0; i < kBlock; ++i) {
                            const int32_t at = p * kBlock + i;
                            sums[i] = wrapping_add(wide.bias[i], int64_t{upper_sums[at]} * 256 + lower_sums[at]);
                        }
                        store_codes(output + int64_t{p} * args.out_c, wide.codes(sums, clamp), lanes);
                    }
                } else {
                    const auto sum = [&](int32_t i) {
                        return vaddq_s32(vshlq_n_s32(vld1q_s32(upper_sums + i), 8), vld1q_s32(lower_sums + i));
                    };
                    store_narrow(sum, count, stage, clamp, lanes, output, args.out_c);
                }
            }
        }
    }
    return true;
}

}  // namespace

void w8a16_conv_4x16__dotprod(const ConvArgs& args, int64_t first, int64_t last) {
    if (!conv(args, first, last)) w8a16_conv_4x16__neon(args, first, last);
}

}  // namespace tmx::kernels
