// f32 depthwise convolution on 32-bit ARM, 2 pixels by 4 channels in scalar registers (why scalar:
// f32_conv_4x4__neon.cpp): eight independent sums in the order of the contract, and every weight is loaded once for two
// pixels.
#include "kernels/kernel_table.h"
#include "kernels/neon32/pixel_rows.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

/// kPixels by kChannels: pixels rows[tap * stride + p][channel], weights[tap][channels].
template <int kPixels, int kChannels>
void compute(const DepthwiseArgs& args, const void* const* rows, int32_t stride, int32_t taps, int32_t channel,
             float* output) {
    const float* weights = static_cast<const float*>(args.weights) + channel;
    const float* bias = static_cast<const float*>(args.stage.bias) + channel;
    float acc[kPixels][kChannels];
#pragma GCC unroll 4
    for (int p = 0; p < kPixels; ++p) {
#pragma GCC unroll 4
        for (int c = 0; c < kChannels; ++c) acc[p][c] = bias[c];
    }
    for (int32_t tap = 0; tap < taps; ++tap, rows += stride, weights += args.channels) {
        float w[kChannels];
#pragma GCC unroll 4
        for (int c = 0; c < kChannels; ++c) w[c] = weights[c];
#pragma GCC unroll 4
        for (int p = 0; p < kPixels; ++p) {
            const float* x = static_cast<const float*>(rows[p]) + channel;
            asm("" : "+r"(x));  // else the compiler adds every offset of a channel on its own
#pragma GCC unroll 4
            for (int c = 0; c < kChannels; ++c) acc[p][c] = acc[p][c] + x[c] * w[c];
        }
    }
    const float low = args.stage.clamp_min_f32, high = args.stage.clamp_max_f32;
#pragma GCC unroll 4
    for (int p = 0; p < kPixels; ++p, output += args.channels) {
#pragma GCC unroll 4
        for (int c = 0; c < kChannels; ++c) output[c] = clamp_f32(acc[p][c], low, high);
    }
}

/// All channels of kPixels pixels.
template <int kPixels>
void compute_channels(const DepthwiseArgs& args, const void* const* rows, int32_t stride, int32_t taps, float* output) {
    constexpr int kChannels = 4;
    int32_t channel = 0;
    for (; channel + kChannels <= args.channels; channel += kChannels) {
        compute<kPixels, kChannels>(args, rows, stride, taps, channel, output + channel);
    }
    for (; channel < args.channels; ++channel) {
        compute<kPixels, 1>(args, rows, stride, taps, channel, output + channel);
    }
}

}  // namespace

void f32_depthwise_2x4__neon(const DepthwiseArgs& args, int64_t first, int64_t last) {
    const int64_t all_taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    constexpr int32_t kPixels = 2;
    if (all_taps * kPixels > kMaxRows) {
        f32_depthwise__reference(args, first, last);
        return;
    }
    const int32_t taps = static_cast<int32_t>(all_taps);
    const int32_t chunk = kMaxRows / taps;
    const void* rows[kMaxRows];
    const int64_t end = last * args.out_w;
    for (int64_t pixel = first * args.out_w; pixel < end; pixel += chunk) {
        const int32_t count = static_cast<int32_t>(end - pixel < chunk ? end - pixel : chunk);
        for_each_pixel(args, static_cast<const float*>(args.input), args.channels, pixel, count,
                       [&](int32_t p, const float* image, int32_t out_y, int32_t out_x) {
                           put_pixel(args, image, args.channels, static_cast<const float*>(args.scratch), out_y, out_x,
                                     rows + p, chunk);
                       });
        float* output = static_cast<float*>(args.output) + pixel * args.channels;
        int32_t p = 0;
        for (; p + kPixels <= count; p += kPixels, output += kPixels * args.channels) {
            compute_channels<kPixels>(args, rows + p, chunk, taps, output);
        }
        if (p < count) compute_channels<1>(args, rows + p, chunk, taps, output);
    }
}

}  // namespace tmx::kernels
