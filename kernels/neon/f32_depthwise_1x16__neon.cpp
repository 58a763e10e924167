// f32 depthwise convolution, 16 channels at a time: four independent sequences of multiplications and additions in the
// order of the contract, and nothing but loads beside them.
#include <arm_neon.h>

#include "kernels/kernel_table.h"
#include "kernels/neon/f32_clamp.h"
#include "kernels/neon/pixel_rows.h"

namespace tmx::kernels {
namespace {

/// kVectors * 4 channels of one pixel, whose pointers are rows[tap * stride].
template <int kVectors>
void pixel(const float* const* rows, int32_t stride, int32_t taps, int32_t channel, const DepthwiseArgs& args,
           const F32Clamp& clamp, float* output) {
    const float* weights = static_cast<const float*>(args.weights) + channel;
    const float* bias = static_cast<const float*>(args.stage.bias) + channel;
    float32x4_t acc[kVectors];
    for (int v = 0; v < kVectors; ++v) acc[v] = vld1q_f32(bias + 4 * v);
    for (int32_t tap = 0; tap < taps; ++tap, weights += args.channels) {
        const float* x = rows[tap * stride] + channel;
        for (int v = 0; v < kVectors; ++v) {
            acc[v] = vaddq_f32(acc[v], vmulq_f32(vld1q_f32(x + 4 * v), vld1q_f32(weights + 4 * v)));
        }
    }
    for (int v = 0; v < kVectors; ++v) clamp.store(output + 4 * v, acc[v], args.channels - channel - 4 * v);
}

/// False, with nothing written, if the window is too large.
bool depthwise(const DepthwiseArgs& args, int64_t first, int64_t last) {
    const int64_t all_taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    if (all_taps > kMaxRows) return false;
    const int32_t taps = static_cast<int32_t>(all_taps);
    const int32_t chunk = kMaxRows / taps;
    const F32Clamp clamp(args.stage);
    const float* rows[kMaxRows];
    const int64_t end = last * args.out_w;
    for (int64_t at = first * args.out_w; at < end; at += chunk) {
        const int32_t count = static_cast<int32_t>(end - at < chunk ? end - at : chunk);
        build_rows(args, static_cast<const float*>(args.input), args.channels, static_cast<const float*>(args.scratch),
                   at, count, chunk, rows);
        float* output = static_cast<float*>(args.output) + at * args.channels;
        for (int32_t p = 0; p < count; ++p, output += args.channels) {
            int32_t channel = 0;
            for (; channel + 16 <= args.channels; channel += 16) {
                pixel<4>(rows + p, chunk, taps, channel, args, clamp, output + channel);
            }
            for (; channel < args.channels; channel += 4) {
                pixel<1>(rows + p, chunk, taps, channel, args, clamp, output + channel);
            }
        }
    }
    return true;
}

}  // namespace

void f32_depthwise_1x16__neon(const DepthwiseArgs& args, int64_t first, int64_t last) {
    if (!depthwise(args, first, last)) f32_depthwise__reference(args, first, last);
}

}  // namespace tmx::kernels
