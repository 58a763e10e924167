// Convolution, the specification: grouped or not, any stride, dilation and padding, any packing of the weights.
#include "kernels/kernel_table.h"
#include "kernels/reference/precision.h"

namespace tmx::kernels {
namespace {

/// Most output channels of one packed block (`nr` is a byte in the file).
constexpr int kMaxBlock = 256;

/// One output pixel of one output block: sums over taps row by row, then over input channels in order.
/// acc holds `lanes` accumulators, starting from the bias.
template <typename P>
void accumulate(const ConvArgs& args, int64_t image, int64_t out_y, int64_t out_x, int32_t group,
                const typename P::Weight* weights, int32_t lanes, typename P::Accumulator* acc) {
    using Activation = typename P::Activation;
    const Window& window = args.window;
    const int32_t channels = args.in_c / args.groups;
    const int32_t in_blocks = (channels + args.kr - 1) / args.kr;
    const Activation* input = static_cast<const Activation*>(args.input);
    const Activation padding = P::padding(args.input_zero_point);

    for (int32_t ky = 0; ky < window.kernel_h; ++ky) {
        for (int32_t kx = 0; kx < window.kernel_w; ++kx) {
            const int64_t y = out_y * window.stride_h - window.pad_top + int64_t{ky} * window.dilation_h;
            const int64_t x = out_x * window.stride_w - window.pad_left + int64_t{kx} * window.dilation_w;
            const bool inside = y >= 0 && y < args.in_h && x >= 0 && x < args.in_w;
            const Activation* pixel =
                inside ? input + ((image * args.in_h + y) * args.in_w + x) * args.in_c + int64_t{group} * channels
                       : nullptr;
            for (int32_t in_block = 0; in_block < in_blocks; ++in_block) {
                const int32_t begin = in_block * args.kr;
                const int32_t count = channels - begin < args.kr ? channels - begin : args.kr;
                for (int32_t k = 0; k < count; ++k) {
                    const Activation value = inside ? pixel[begin + k] : padding;
                    const typename P::Weight* w = weights + k;
                    for (int32_t lane = 0; lane < lanes; ++lane) {
                        acc[lane] = P::multiply_add(acc[lane], value, w[int64_t{lane} * args.kr]);
                    }
                }
                weights += int64_t{args.nr} * args.kr;
            }
        }
    }
}

template <typename P>
void conv(const ConvArgs& args, int64_t first, int64_t last) {
    using Activation = typename P::Activation;
    const int32_t out_channels = args.out_c / args.groups;
    const int32_t in_blocks = (args.in_c / args.groups + args.kr - 1) / args.kr;
    const int32_t out_blocks = (out_channels + args.nr - 1) / args.nr;
    const int64_t block_elements = int64_t{args.window.kernel_h} * args.window.kernel_w * in_blocks * args.nr * args.kr;
    typename P::Accumulator acc[kMaxBlock];

    for (int64_t pixel = first; pixel < last; ++pixel) {
        const int64_t out_x = pixel % args.out_w;
        const int64_t out_y = pixel / args.out_w % args.out_h;
        const int64_t image = pixel / args.out_w / args.out_h;
        const typename P::Weight* weights = static_cast<const typename P::Weight*>(args.weights);
        for (int32_t group = 0; group < args.groups; ++group) {
            for (int32_t block = 0; block < out_blocks; ++block, weights += block_elements) {
                const int32_t begin = block * args.nr;
                const int32_t lanes = out_channels - begin < args.nr ? out_channels - begin : args.nr;
                const int32_t channel = group * out_channels + begin;
                for (int32_t lane = 0; lane < lanes; ++lane) acc[lane] = P::bias(args.stage, channel + lane);
                accumulate<P>(args, image, out_y, out_x, group, weights, lanes, acc);
                Activation* output = static_cast<Activation*>(args.output) + pixel * args.out_c + channel;
                for (int32_t lane = 0; lane < lanes; ++lane) {
                    output[lane] = P::finish(args.stage, channel + lane, acc[lane]);
                }
            }
        }
    }
}

}  // namespace

void w8a8_conv__reference(const ConvArgs& args, int64_t first, int64_t last) { conv<W8A8>(args, first, last); }

void w8a16_conv__reference(const ConvArgs& args, int64_t first, int64_t last) {
    args.wide_accumulator ? conv<W8A16Wide>(args, first, last) : conv<W8A16>(args, first, last);
}

void w16a16_conv__reference(const ConvArgs& args, int64_t first, int64_t last) {
    args.wide_accumulator ? conv<W16A16Wide>(args, first, last) : conv<W16A16>(args, first, last);
}

void f32_conv__reference(const ConvArgs& args, int64_t first, int64_t last) { conv<F32>(args, first, last); }

}  // namespace tmx::kernels
