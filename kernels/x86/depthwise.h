// Depthwise convolution over vectors of 16 channels. Include after vectors_avx2.h or vectors_avx512.h.
//
// A chunk of pixels gets its table of pointers; then each block of 16 channels widens its weights once for the chunk
// and walks the pixels in tiles, so that the inner loop is one widening load and one multiply-add per tap and pixel.
// A weight stands in the lower half of its lane with zero above it: the int16-pair multiplication then ignores the sign
// bits that widening leaves in the upper half of x.
#ifndef TINAMIX_KERNELS_X86_DEPTHWISE_H_
#define TINAMIX_KERNELS_X86_DEPTHWISE_H_

#include <string.h>

#include "kernels/x86/pixel_rows.h"

namespace tmx::kernels {
namespace {

/// Larger windows are left to the reference. 64 products of w8a16 fit 32 bits whatever the values.
constexpr int kMaxDepthwiseTaps = 64;
constexpr int kChannels = 16;

/// Integer precisions with a 32-bit sum: all narrow ones, and w8a16 with a 64-bit bias.
template <typename Activation, typename WeightType, bool kWide>
struct DepthwiseInteger {
    using Element = Activation;
    using Weight = WeightType;
    using Stage = IntegerStage<kWide>;
    static constexpr int kPixels = kManyRegisters ? 8 : 4;

    struct Weights {
        alignas(64) int32_t lanes[kMaxDepthwiseTaps][kChannels];

        Weights(const Weight* weights, int32_t taps, int32_t channels, int32_t) {
            for (int32_t tap = 0; tap < taps; ++tap) {
                store_i32(lanes[tap], widen(weights + int64_t{tap} * channels));
                for (int32_t& w : lanes[tap]) w &= 0xffff;
            }
        }
    };

    template <int kTilePixels>
    static void tile(const Element* const* rows, int32_t stride, int32_t taps, int32_t channel, const Weights& weights,
                     const Stage& stage, int32_t lanes, Element* output, int64_t output_stride) {
        I32x16 acc[kTilePixels];
        for (int p = 0; p < kTilePixels; ++p) {
            if constexpr (kWide) {
                acc[p] = zero_i32();
            } else {
                acc[p] = load_i32(stage.blocks[0].bias);
            }
        }
        for (int32_t tap = 0; tap < taps; ++tap) {
            const I32x16 w = load_i32(weights.lanes[tap]);
            for (int p = 0; p < kTilePixels; ++p) {
                acc[p] = dot_pairs(acc[p], widen(rows[tap * stride + p] + channel), w);
            }
        }
        for (int p = 0; p < kTilePixels; ++p) {
            I32x16 q;
            if constexpr (kWide) {
                q = requantize(add(load_i64(stage.blocks[0].bias), widen(acc[p])), stage.blocks[0], stage.clamp);
            } else {
                q = requantize(acc[p], stage.blocks[0], stage.clamp);
            }
            store_codes(output + p * output_stride, q, lanes);
        }
    }
};

/// w16a16 with 64-bit sums: every product is widened.
struct DepthwiseW16A16Wide {
    using Element = int16_t;
    using Weight = int16_t;
    using Stage = IntegerStage<true>;
    static constexpr int kPixels = kManyRegisters ? 4 : 2;
    using Weights = DepthwiseInteger<int16_t, int16_t, false>::Weights;

    template <int kTilePixels>
    static void tile(const Element* const* rows, int32_t stride, int32_t taps, int32_t channel, const Weights& weights,
                     const Stage& stage, int32_t lanes, Element* output, int64_t output_stride) {
        I64x16 acc[kTilePixels];
        for (int p = 0; p < kTilePixels; ++p) acc[p] = load_i64(stage.blocks[0].bias);
        for (int32_t tap = 0; tap < taps; ++tap) {
            const I32x16 w = load_i32(weights.lanes[tap]);
            for (int p = 0; p < kTilePixels; ++p) {
                const I32x16 product = dot_pairs(zero_i32(), widen(rows[tap * stride + p] + channel), w);
                acc[p] = add(acc[p], widen(product));
            }
        }
        for (int p = 0; p < kTilePixels; ++p) {
            store_codes(output + p * output_stride, requantize(acc[p], stage.blocks[0], stage.clamp), lanes);
        }
    }
};

struct DepthwiseF32 {
    using Element = float;
    using Weight = float;
    static constexpr int kPixels = kManyRegisters ? 8 : 4;

    struct Stage {
        float bias[kChannels] = {};
        float low, high;

        Stage(const OutputStage& stage, int32_t channel, int32_t lanes)
            : low(stage.clamp_min_f32), high(stage.clamp_max_f32) {
            memcpy(bias, static_cast<const float*>(stage.bias) + channel, static_cast<size_t>(lanes) * sizeof(float));
        }
    };
    struct Weights {
        alignas(64) float lanes[kMaxDepthwiseTaps][kChannels];

        Weights(const float* weights, int32_t taps, int32_t channels, int32_t used) {
            for (int32_t tap = 0; tap < taps; ++tap) {
                for (int32_t i = 0; i < kChannels; ++i) {
                    lanes[tap][i] = i < used ? weights[int64_t{tap} * channels + i] : 0.0f;
                }
            }
        }
    };

    template <int kTilePixels>
    static void tile(const float* const* rows, int32_t stride, int32_t taps, int32_t channel, const Weights& weights,
                     const Stage& stage, int32_t lanes, float* output, int64_t output_stride) {
        F32x16 acc[kTilePixels];
        for (int p = 0; p < kTilePixels; ++p) acc[p] = load_f32(stage.bias);
        for (int32_t tap = 0; tap < taps; ++tap) {
            const F32x16 w = load_f32(weights.lanes[tap]);
            for (int p = 0; p < kTilePixels; ++p) {
                acc[p] = add(acc[p], mul(load_f32(rows[tap * stride + p] + channel), w));
            }
        }
        for (int p = 0; p < kTilePixels; ++p) {
            store_f32(output + p * output_stride, clamp(acc[p], stage.low, stage.high), lanes);
        }
    }
};

template <typename Kernel, int kPixels>
void walk_depthwise(const typename Kernel::Element* const* rows, int32_t stride, int32_t taps, int32_t channel,
                    const typename Kernel::Weights& weights, const typename Kernel::Stage& stage, int32_t lanes,
                    typename Kernel::Element* output, int64_t output_stride, int32_t count) {
    while (count >= kPixels) {
        Kernel::template tile<kPixels>(rows, stride, taps, channel, weights, stage, lanes, output, output_stride);
        rows += kPixels;
        output += kPixels * output_stride;
        count -= kPixels;
    }
    if constexpr (kPixels > 1) {
        if (count > 0) {
            walk_depthwise<Kernel, kPixels / 2>(rows, stride, taps, channel, weights, stage, lanes, output,
                                                output_stride, count);
        }
    }
}

/// Computes output rows [first, last). False, with nothing written, if the window is not for `Kernel`.
template <typename Kernel>
bool depthwise(const DepthwiseArgs& args, int64_t first, int64_t last) {
    using Element = typename Kernel::Element;
    const int64_t all_taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    if (all_taps > kMaxDepthwiseTaps) return false;
    const int32_t taps = static_cast<int32_t>(all_taps);
    const int32_t chunk = kMaxRows / taps / Kernel::kPixels * Kernel::kPixels;
    const Element* rows[kMaxRows];

    const int64_t end = last * args.out_w;
    for (int64_t pixel = first * args.out_w; pixel < end; pixel += chunk) {
        const int32_t count = static_cast<int32_t>(end - pixel < chunk ? end - pixel : chunk);
        build_rows(args, static_cast<const Element*>(args.input), args.channels,
                   static_cast<const Element*>(args.scratch), pixel, count, chunk, rows);
        Element* output = static_cast<Element*>(args.output) + pixel * args.channels;
        for (int32_t channel = 0; channel < args.channels; channel += kChannels) {
            const int32_t lanes = args.channels - channel < kChannels ? args.channels - channel : kChannels;
            const typename Kernel::Stage stage(args.stage, channel, lanes);
            const typename Kernel::Weights weights(static_cast<const typename Kernel::Weight*>(args.weights) + channel,
                                                   taps, args.channels, lanes);
            walk_depthwise<Kernel, Kernel::kPixels>(rows, chunk, taps, channel, weights, stage, lanes, output + channel,
                                                    args.channels, count);
        }
    }
    return true;
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_X86_DEPTHWISE_H_
