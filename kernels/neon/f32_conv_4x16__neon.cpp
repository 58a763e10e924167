// f32 convolution, 4 pixels by 16 output channels, 64-bit ARM (whose vectors have the subnormal numbers that those of
// 32-bit ARM flush to zero).
//
// The contract fixes the order of every sum and forbids fused multiply-add, so the vectors run over output channels:
// each lane is one output's own sequence of multiplications and additions. Sixteen such vectors are independent, which
// hides the latency of the additions; a lane of a pixel multiplies without being spread first.
#include <arm_neon.h>

#include "kernels/kernel_table.h"
#include "kernels/neon/f32_clamp.h"
#include "kernels/neon/pixel_rows.h"

namespace tmx::kernels {
namespace {

constexpr int kBlock = 16;
constexpr int kVectors = 4;
constexpr int kPixels = 4;

struct Tile {
    const float* const* rows;  ///< [tap][row_stride]
    int32_t row_stride, taps, channels;
    const float* weights;  ///< [tap][channel][16]
    const float* bias;     ///< [16]
    float* output;
    int64_t output_stride;
    int32_t lanes;
};

/// One input channel: weights times lane kLane of every pixel.
template <int kLane, int kCount>
void multiply_add(const float* weights, const float32x4_t (&x)[kCount], float32x4_t (&acc)[kCount][kVectors]) {
    for (int v = 0; v < kVectors; ++v) {
        const float32x4_t w = vld1q_f32(weights + 4 * v);
        for (int p = 0; p < kCount; ++p) acc[p][v] = vaddq_f32(acc[p][v], vmulq_laneq_f32(w, x[p], kLane));
    }
}

template <int kCount>
void compute(const Tile& t, const F32Clamp& clamp) {
    float32x4_t acc[kCount][kVectors];
    for (int p = 0; p < kCount; ++p) {
        for (int v = 0; v < kVectors; ++v) acc[p][v] = vld1q_f32(t.bias + 4 * v);
    }
    const float* weights = t.weights;
    for (int32_t tap = 0; tap < t.taps; ++tap) {
        const float* const* row = t.rows + tap * t.row_stride;
        float32x4_t x[kCount];
        int32_t c = 0;
        for (; c + 4 <= t.channels; c += 4, weights += 4 * kBlock) {
            for (int p = 0; p < kCount; ++p) x[p] = vld1q_f32(row[p] + c);
            multiply_add<0>(weights, x, acc);
            multiply_add<1>(weights + kBlock, x, acc);
            multiply_add<2>(weights + 2 * kBlock, x, acc);
            multiply_add<3>(weights + 3 * kBlock, x, acc);
        }
        for (; c < t.channels; ++c, weights += kBlock) {
            for (int p = 0; p < kCount; ++p) x[p] = vld1q_dup_f32(row[p] + c);
            multiply_add<0>(weights, x, acc);
        }
    }
    for (int p = 0; p < kCount; ++p) {
        for (int v = 0; v < kVectors; ++v) {
            clamp.store(t.output + p * t.output_stride + 4 * v, acc[p][v], t.lanes - 4 * v);
        }
    }
}

/// Computes output pixels [first, last). False, with nothing written, if the packing or the window is not for it.
bool conv(const ConvArgs& args, int64_t first, int64_t last) {
    const int64_t all_taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    if (args.nr != kBlock || args.kr != 1 || all_taps * kPixels > kMaxRows) return false;
    const int32_t in_c = args.in_c / args.groups, out_c = args.out_c / args.groups;
    const int32_t taps = static_cast<int32_t>(all_taps);
    const int32_t blocks = (out_c + kBlock - 1) / kBlock;
    const int64_t block_elements = all_taps * in_c * kBlock;
    constexpr int32_t kMostPixels = 128;
    const int32_t most = kMaxRows / taps / kPixels * kPixels;
    const int32_t chunk = most < kMostPixels ? most : kMostPixels;
    const F32Clamp clamp(args.stage);
    const float* rows[kMaxRows];
    for (int32_t group = 0; group < args.groups; ++group) {
        const float* weights = static_cast<const float*>(args.weights) + group * blocks * block_elements;
        const float* input = static_cast<const float*>(args.input) + int64_t{group} * in_c;
        for (int64_t pixel = first; pixel < last; pixel += chunk) {
            const int32_t count = static_cast<int32_t>(last - pixel < chunk ? last - pixel : chunk);
            build_rows(args, input, args.in_c, static_cast<const float*>(args.scratch), pixel, count, chunk, rows);
            for (int32_t begin = 0; begin < out_c; begin += kBlock) {
                const int32_t channel = group * out_c + begin;
                float bias[kBlock] = {};
                Tile t = {rows,
                          chunk,
                          taps,
                          in_c,
                          weights + begin / kBlock * block_elements,
                          bias,
                          static_cast<float*>(args.output) + pixel * args.out_c + channel,
                          args.out_c,
                          out_c - begin < kBlock ? out_c - begin : kBlock};
                for (int32_t i = 0; i < t.lanes; ++i) bias[i] = static_cast<const float*>(args.stage.bias)[channel + i];
                int32_t p = 0;
                for (; p + kPixels <= count; p += kPixels) {
                    compute<kPixels>(t, clamp);
                    t.rows += kPixels;
                    t.output += kPixels * t.output_stride;
                }
                for (; p < count; ++p, ++t.rows, t.output += t.output_stride) compute<1>(t, clamp);
            }
        }
    }
    return true;
}

}  // namespace

void f32_conv_4x16__neon(const ConvArgs& args, int64_t first, int64_t last) {
    if (!conv(args, first, last)) f32_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
