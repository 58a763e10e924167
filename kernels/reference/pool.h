// Max and average pooling, the specification (docs/arithmetic.md, 4 and 8). Padding takes no part, except in the
// divisor of a float32 average that counts it. A header with internal linkage, because x86 compiles it once more for
// its wider vectors.
#ifndef TINAMIX_KERNELS_REFERENCE_POOL_H_
#define TINAMIX_KERNELS_REFERENCE_POOL_H_

#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

/// Channels that are reduced side by side; any value gives the same result.
constexpr int kChunk = 64;

/// Largest element. A window without a valid element gives the lowest value of the type.
template <typename T>
struct Max {
    using Element = T;
    using Accumulator = T;
    static T start() { return static_cast<T>(Range<T>::kMin); }
    static T step(const PoolArgs&, T acc, T x) { return acc > x ? acc : x; }
    static T finish(const PoolArgs&, T acc, int32_t) { return acc; }
};

template <>
struct Max<float> {
    using Element = float;
    using Accumulator = float;
    static float start() { return -__builtin_inff(); }
    static float step(const PoolArgs&, float acc, float x) { return max_f32(acc, x); }
    static float finish(const PoolArgs&, float acc, int32_t) { return acc; }
};

/// Rescaled sum. A window without a valid element gives the output's zero point. The sum of int16 codes needs 64 bits
/// from 32769 elements on (a global pool over 182x182), so it always has them.
template <typename T, typename Sum>
struct Average {
    using Element = T;
    using Accumulator = Sum;  // unsigned: wraps
    static Sum start() { return 0; }
    static Sum step(const PoolArgs& args, Sum acc, T x) {
        return acc + static_cast<Sum>(difference(x, args.input_zero_point));
    }
    static T finish(const PoolArgs& args, Sum acc, int32_t valid) {
        int64_t rescaled = 0;
        if (valid > 0 && args.rescale_count > 0) {
            const int32_t entry = (valid < args.rescale_count ? valid : args.rescale_count) - 1;
            const Rescale& by = args.rescales[entry];
            if constexpr (sizeof(Sum) == 8) {
                rescaled = rescale_wide(static_cast<int64_t>(acc), by.multiplier, by.shift);
            } else {
                rescaled = rescale(static_cast<int32_t>(acc), by.multiplier, by.shift);
            }
        }
        return to_code<T>(rescaled, args.output_zero_point, Range<T>::kMin, Range<T>::kMax);
    }
};

struct AverageF32 {
    using Element = float;
    using Accumulator = float;
    static float start() { return 0.0f; }
    static float step(const PoolArgs&, float acc, float x) { return acc + x; }
    static float finish(const PoolArgs& args, float acc, int32_t valid) {
        const int32_t count = args.count_padding ? args.window.kernel_h * args.window.kernel_w : valid;
        return count > 0 ? acc / static_cast<float>(count) : 0.0f;
    }
};

template <typename Reduction>
void pool(const PoolArgs& args, int64_t first, int64_t last) {
    using Element = typename Reduction::Element;
    const Window& window = args.window;
    const Element* input = static_cast<const Element*>(args.input);
    typename Reduction::Accumulator acc[kChunk];

    for (int64_t row = first; row < last; ++row) {
        const int64_t out_y = row % args.out_h;
        const int64_t image = row / args.out_h;
        for (int64_t out_x = 0; out_x < args.out_w; ++out_x) {
            Element* output = static_cast<Element*>(args.output) + (row * args.out_w + out_x) * args.channels;
            for (int32_t begin = 0; begin < args.channels; begin += kChunk) {
                const int32_t count = args.channels - begin < kChunk ? args.channels - begin : kChunk;
                for (int32_t c = 0; c < count; ++c) acc[c] = Reduction::start();
                int32_t valid = 0;
                for (int32_t ky = 0; ky < window.kernel_h; ++ky) {
                    for (int32_t kx = 0; kx < window.kernel_w; ++kx) {
                        const int64_t y = out_y * window.stride_h - window.pad_top + int64_t{ky} * window.dilation_h;
                        const int64_t x = out_x * window.stride_w - window.pad_left + int64_t{kx} * window.dilation_w;
                        if (y < 0 || y >= args.in_h || x < 0 || x >= args.in_w) continue;
                        const Element* pixel =
                            input + ((image * args.in_h + y) * args.in_w + x) * args.channels + begin;
                        for (int32_t c = 0; c < count; ++c) acc[c] = Reduction::step(args, acc[c], pixel[c]);
                        ++valid;
                    }
                }
                for (int32_t c = 0; c < count; ++c) output[begin + c] = Reduction::finish(args, acc[c], valid);
            }
        }
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_REFERENCE_POOL_H_
