// Depthwise convolution over vectors of 8 channels, any window: a chunk of pixels gets its table of pointers, then each
// block of channels widens its weights once for the chunk and walks the pixels. Intrinsics: the compiler keeps the few
// live vectors in registers.
#ifndef TINAMIX_KERNELS_NEON32_DEPTHWISE_H_
#define TINAMIX_KERNELS_NEON32_DEPTHWISE_H_

#include <string.h>

#include "kernels/arm/vectors.h"
#include "kernels/neon32/pixel_rows.h"
#include "kernels/neon32/requantize.h"

namespace tmx::kernels {
namespace {

/// Larger windows are left to the reference. 64 products of w8a16 fit 32 bits whatever the values.
constexpr int32_t kMaxDepthwiseTaps = 64;

/// One pixel with 64-bit products: rows[tap * stride] + channel, weights[tap].
template <typename Element, typename StageType>
int16x8_t depthwise_pixel64(const void* const* rows, int32_t stride, int32_t taps, int32_t channel,
                            const int16_t (*weights)[kBlock], const StageType& stage) {
    int64x2_t sum[4];
    for (int i = 0; i < 4; ++i) sum[i] = vld1q_s64(stage.bias + 2 * i);
    for (int32_t tap = 0; tap < taps; ++tap) {
        const int16x8_t x = widen8(static_cast<const Element*>(rows[tap * stride]) + channel),
                        w = vld1q_s16(weights[tap]);
        const int32x4_t low = vmull_s16(vget_low_s16(x), vget_low_s16(w));
        const int32x4_t high = vmull_s16(vget_high_s16(x), vget_high_s16(w));
        sum[0] = vaddw_s32(sum[0], vget_low_s32(low));
        sum[1] = vaddw_s32(sum[1], vget_high_s32(low));
        sum[2] = vaddw_s32(sum[2], vget_low_s32(high));
        sum[3] = vaddw_s32(sum[3], vget_high_s32(high));
    }
    return requantize(sum, stage);
}

/// kPixels pixels, rows[tap * stride + p], with sums of 32 bits; they share the loads of weights.
template <int kPixels, typename Element, typename StageType>
void depthwise_pixels(const void* const* rows, int32_t stride, int32_t taps, int32_t channel,
                      const int16_t (*weights)[kBlock], const StageType& stage, int16x8_t* codes) {
    int32x4_t low[kPixels], high[kPixels];
#pragma GCC unroll 2
    for (int p = 0; p < kPixels; ++p) {
        low[p] = start_low(stage);
        high[p] = start_high(stage);
    }
    for (int32_t tap = 0; tap < taps; ++tap, rows += stride) {
        const int16x8_t w = vld1q_s16(weights[tap]);
#pragma GCC unroll 2
        for (int p = 0; p < kPixels; ++p) {
            const int16x8_t x = widen8(static_cast<const Element*>(rows[p]) + channel);
            low[p] = vmlal_s16(low[p], vget_low_s16(x), vget_low_s16(w));
            high[p] = vmlal_s16(high[p], vget_high_s16(x), vget_high_s16(w));
        }
    }
#pragma GCC unroll 2
    for (int p = 0; p < kPixels; ++p) codes[p] = requantize(low[p], high[p], stage);
}

/// Channels [channel, channel + lanes) of output pixels whose pointers are in rows[tap * stride + p].
template <typename Element, typename Weight, bool kWide>
void depthwise_block(const DepthwiseArgs& args, const void* const* rows, int32_t stride, int32_t taps, int32_t channel,
                     int32_t lanes, int32_t count, Element* output) {
    StageOf<kWide> stage;
    stage.set_clamp(args.stage, false);
    stage.set_channels(args.stage, channel, lanes);
    int16_t weights[kMaxDepthwiseTaps][kBlock];
    for (int32_t tap = 0; tap < taps; ++tap) {
        vst1q_s16(weights[tap], widen8(static_cast<const Weight*>(args.weights) +
                                       static_cast<size_t>(tap) * args.channels + channel));
    }
    constexpr bool kProduct64 = kWide && sizeof(Weight) == 2;
    if constexpr (kProduct64) {
        for (int32_t p = 0; p < count; ++p, output += args.channels) {
            store_codes(output, depthwise_pixel64<Element>(rows + p, stride, taps, channel, weights, stage), lanes);
        }
    } else {
        constexpr int32_t kPixels = 2;
        int16x8_t codes[kPixels];
        int32_t p = 0;
        for (; p + kPixels <= count; p += kPixels, output += kPixels * args.channels) {
            depthwise_pixels<kPixels, Element>(rows + p, stride, taps, channel, weights, stage, codes);
            for (int32_t i = 0; i < kPixels; ++i) store_codes(output + i * args.channels, codes[i], lanes);
        }
        if (p < count) {
            depthwise_pixels<1, Element>(rows + p, stride, taps, channel, weights, stage, codes);
            store_codes(output, codes[0], lanes);
        }
    }
}

/// Computes channels [channel, channel + lanes), lanes <= 8 or all of them, of output rows [first, last).
template <typename Element, typename Weight, bool kWide>
void depthwise_channels(const DepthwiseArgs& args, int64_t first, int64_t last, int32_t begin, int32_t channels) {
    const int32_t taps = args.window.kernel_h * args.window.kernel_w;
    const int32_t chunk = kMaxRows / taps;
    const void* rows[kMaxRows];
    const int64_t end = last * args.out_w;
    for (int64_t pixel = first * args.out_w; pixel < end; pixel += chunk) {
        const int32_t count = static_cast<int32_t>(end - pixel < chunk ? end - pixel : chunk);
        for_each_pixel(args, static_cast<const Element*>(args.input), args.channels, pixel, count,
                       [&](int32_t p, const Element* image, int32_t out_y, int32_t out_x) {
                           put_pixel(args, image, args.channels, static_cast<const Element*>(args.scratch), out_y,
                                     out_x, rows + p, chunk);
                       });
        Element* output = static_cast<Element*>(args.output) + pixel * args.channels;
        for (int32_t channel = begin; channel < begin + channels; channel += kBlock) {
            const int32_t lanes = begin + channels - channel < kBlock ? begin + channels - channel : kBlock;
            depthwise_block<Element, Weight, kWide>(args, rows, chunk, taps, channel, lanes, count, output + channel);
        }
    }
}

/// Computes output rows [first, last). False, with nothing written, if the window is too large.
template <typename Element, typename Weight, bool kWide>
bool depthwise(const DepthwiseArgs& args, int64_t first, int64_t last) {
    if (int64_t{args.window.kernel_h} * args.window.kernel_w > kMaxDepthwiseTaps) return false;
    depthwise_channels<Element, Weight, kWide>(args, first, last, 0, args.channels);
    return true;
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON32_DEPTHWISE_H_
