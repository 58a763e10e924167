// Depthwise convolution, the specification: every channel has its own filter.
#include "kernels/kernel_table.h"
#include "kernels/reference/precision.h"

namespace tmx::kernels {
namespace {

/// Channels that are summed side by side; any value gives the same result.
constexpr int kChunk = 64;

template <typename P>
void depthwise(const DepthwiseArgs& args, int64_t first, int64_t last) {
    using Activation = typename P::Activation;
    const Window& window = args.window;
    const Activation* input = static_cast<const Activation*>(args.input);
    const typename P::Weight* weights = static_cast<const typename P::Weight*>(args.weights);
    const Activation padding = P::padding(args.input_zero_point);
    typename P::Accumulator acc[kChunk];

    for (int64_t row = first; row < last; ++row) {
        const int64_t out_y = row % args.out_h;
        const int64_t image = row / args.out_h;
        for (int64_t out_x = 0; out_x < args.out_w; ++out_x) {
            Activation* output = static_cast<Activation*>(args.output) + (row * args.out_w + out_x) * args.channels;
            for (int32_t begin = 0; begin < args.channels; begin += kChunk) {
                const int32_t count = args.channels - begin < kChunk ? args.channels - begin : kChunk;
                for (int32_t c = 0; c < count; ++c) acc[c] = P::bias(args.stage, begin + c);
                for (int32_t ky = 0; ky < window.kernel_h; ++ky) {
                    for (int32_t kx = 0; kx < window.kernel_w; ++kx) {
                        const int64_t y = out_y * window.stride_h - window.pad_top + int64_t{ky} * window.dilation_h;
                        const int64_t x = out_x * window.stride_w - window.pad_left + int64_t{kx} * window.dilation_w;
                        const int64_t tap = int64_t{ky} * window.kernel_w + kx;
                        const typename P::Weight* w = weights + tap * args.channels + begin;
                        if (y >= 0 && y < args.in_h && x >= 0 && x < args.in_w) {
                            const Activation* pixel =
                                input + ((image * args.in_h + y) * args.in_w + x) * args.channels + begin;
                            for (int32_t c = 0; c < count; ++c) acc[c] = P::multiply_add(acc[c], pixel[c], w[c]);
                        } else {
                            for (int32_t c = 0; c < count; ++c) acc[c] = P::multiply_add(acc[c], padding, w[c]);
                        }
                    }
                }
                for (int32_t c = 0; c < count; ++c) output[begin + c] = P::finish(args.stage, begin + c, acc[c]);
            }
        }
    }
}

}  // namespace

void w8a8_depthwise__reference(const DepthwiseArgs& args, int64_t first, int64_t last) {
    depthwise<W8A8>(args, first, last);
}

void w8a16_depthwise__reference(const DepthwiseArgs& args, int64_t first, int64_t last) {
    args.wide_accumulator ? depthwise<W8A16Wide>(args, first, last) : depthwise<W8A16>(args, first, last);
}

void w16a16_depthwise__reference(const DepthwiseArgs& args, int64_t first, int64_t last) {
    args.wide_accumulator ? depthwise<W16A16Wide>(args, first, last) : depthwise<W16A16>(args, first, last);
}

void f32_depthwise__reference(const DepthwiseArgs& args, int64_t first, int64_t last) {
    depthwise<F32>(args, first, last);
}

}  // namespace tmx::kernels
