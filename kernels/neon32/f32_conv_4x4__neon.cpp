// f32 convolution on 32-bit ARM, 4 pixels by 4 output channels in scalar registers: vectors of this processor flush
// subnormal numbers to zero, which the contract does not allow. Sixteen sums, four weights and four pixels fit the 32
// registers, so that 16 multiplications and 16 additions, in the order of the contract, share eight loads.
#include "kernels/kernel_table.h"
#include "kernels/neon32/pixel_rows.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

constexpr int kSide = 4;          ///< of a tile: pixels, and outputs
constexpr int32_t kOutputs = 16;  ///< of the packing

/// One tile: rows[tap][kSide] pixels, weights[tap][channel][kOutputs] from the first of the tile's outputs.
void compute(const void* const* rows, const float* weights, int32_t taps, int32_t channels, const float* bias,
             float (*sums)[kSide]) {
    float acc[kSide][kSide];
    for (int p = 0; p < kSide; ++p) {
        for (int o = 0; o < kSide; ++o) acc[p][o] = bias[o];
    }
    for (int32_t tap = 0; tap < taps; ++tap, rows += kSide) {
        const float* x[kSide];
        for (int p = 0; p < kSide; ++p) x[p] = static_cast<const float*>(rows[p]);
        for (int32_t c = 0; c < channels; ++c, weights += kOutputs) {
            const float w[kSide] = {weights[0], weights[1], weights[2], weights[3]};
#pragma GCC unroll 4
            for (int p = 0; p < kSide; ++p) {
                const float value = x[p][c];
#pragma GCC unroll 4
                for (int o = 0; o < kSide; ++o) acc[p][o] = acc[p][o] + value * w[o];
            }
        }
    }
    for (int p = 0; p < kSide; ++p) {
        for (int o = 0; o < kSide; ++o) sums[p][o] = acc[p][o];
    }
}

/// Computes output pixels [first, last). False, with nothing written, if the packing or the window is not for it.
bool conv(const ConvArgs& args, int64_t first, int64_t last) {
    const int64_t all_taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    if (args.nr != kOutputs || args.kr != 1 || all_taps * kSide > kLargestTable) return false;
    const int32_t taps = static_cast<int32_t>(all_taps);
    const int32_t in_c = args.in_c / args.groups, out_c = args.out_c / args.groups;
    const int32_t blocks = (out_c + kOutputs - 1) / kOutputs;
    const size_t block_elements = static_cast<size_t>(taps) * in_c * kOutputs;
    const int32_t chunk = pixels_of_table(taps, kSide);
    const float low = args.stage.clamp_min_f32, high = args.stage.clamp_max_f32;
    const void* rows[kLargestTable];
    for (int32_t group = 0; group < args.groups; ++group) {
        const float* weights = static_cast<const float*>(args.weights) + group * blocks * block_elements;
        const float* input = static_cast<const float*>(args.input) + static_cast<size_t>(group) * in_c;
        for (int64_t pixel = first; pixel < last; pixel += chunk) {
            const int32_t count = static_cast<int32_t>(last - pixel < chunk ? last - pixel : chunk);
            build_tile_rows<kSide>(args, input, static_cast<const float*>(args.scratch), pixel, count, taps, rows);
            for (int32_t begin = 0; begin < out_c; begin += kSide) {
                const int32_t lanes = out_c - begin < kSide ? out_c - begin : kSide;
                const int32_t channel = group * out_c + begin;
                float bias[kSide] = {};
                for (int32_t o = 0; o < lanes; ++o) bias[o] = static_cast<const float*>(args.stage.bias)[channel + o];
                const float* from = weights + begin / kOutputs * block_elements + begin % kOutputs;
                float* output = static_cast<float*>(args.output) + pixel * args.out_c + channel;
                for (int32_t p = 0; p < count; p += kSide) {
                    float sums[kSide][kSide];
                    compute(rows + static_cast<size_t>(p) * taps, from, taps, in_c, bias, sums);
                    for (int32_t i = 0; i < kSide && p + i < count; ++i, output += args.out_c) {
                        for (int32_t o = 0; o < lanes; ++o) output[o] = clamp_f32(sums[i][o], low, high);
                    }
                }
            }
        }
    }
    return true;
}

}  // namespace

void f32_conv_4x4__neon(const ConvArgs& args, int64_t first, int64_t last) {
    if (!conv(args, first, last)) f32_conv__reference(args, first, last);
}

}  // namespace tmx::kernels
