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

}  // namespace

void f32_depthwise_1x16__neon(const DepthwiseArgs& args, int64_t first, int64_t last) {
    const int64_t taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    if (taps > kMaxRows) {
        f32_depthwise__reference(args, first, last);
        return;
    }
    const F32Clamp clamp(args.stage);
    for_each_chunk<float>(args, first, last, [&](const float* const* rows, int32_t stride, int64_t at, int32_t count) {
        float* output = static_cast<float*>(args.output) + at * args.channels;
        for (int32_t p = 0; p < count; ++p, output += args.channels) {
            int32_t channel = 0;
            for (; channel + 16 <= args.channels; channel += 16) {
                pixel<4>(rows + p, stride, static_cast<int32_t>(taps), channel, args, clamp, output + channel);
            }
            for (; channel < args.channels; channel += 4) {
                pixel<1>(rows + p, stride, static_cast<int32_t>(taps), channel, args, clamp, output + channel);
            }
        }
    });
}

}  // namespace tmx::kernels
