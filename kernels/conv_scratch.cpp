// The padding row of convolutions: optimized kernels read it through pointers where the window leaves the input, so
// that their inner loops have no border case.
#include <string.h>

#include "kernels/kernel_table.h"

namespace tmx::kernels {
namespace {

/// True if some tap of some output along this axis lies outside [0, in).
bool leaves_input(int32_t in, int32_t out, int32_t kernel, int32_t stride, int32_t dilation, int32_t pad) {
    const int64_t last = (int64_t{out} - 1) * stride - pad + (int64_t{kernel} - 1) * dilation;
    return pad > 0 || last >= in;
}

void fill_padding_row(void* scratch, uint64_t bytes, int32_t zero_point, int32_t element_bytes) {
    if (bytes != 0) memset(scratch, element_bytes == 1 ? zero_point & 0xff : 0, static_cast<size_t>(bytes));
}

}  // namespace

uint64_t conv_scratch_bytes(int32_t in_h, int32_t in_w, int32_t out_h, int32_t out_w, const Window& window,
                            int32_t row_channels, int32_t element_bytes) {
    if (!leaves_input(in_h, out_h, window.kernel_h, window.stride_h, window.dilation_h, window.pad_top) &&
        !leaves_input(in_w, out_w, window.kernel_w, window.stride_w, window.dilation_w, window.pad_left)) {
        return 0;
    }
    constexpr uint64_t kAlignment = 64;
    const uint64_t row = static_cast<uint64_t>(row_channels) * static_cast<uint64_t>(element_bytes);
    return (row + kReadableSlackBytes + kAlignment - 1) / kAlignment * kAlignment;
}

void conv_prepare(const ConvArgs& args, int32_t element_bytes) {
    const uint64_t bytes = conv_scratch_bytes(args.in_h, args.in_w, args.out_h, args.out_w, args.window,
                                              args.in_c / args.groups, element_bytes);
    fill_padding_row(args.scratch, bytes, args.input_zero_point, element_bytes);
}

void depthwise_prepare(const DepthwiseArgs& args, int32_t element_bytes) {
    const uint64_t bytes =
        conv_scratch_bytes(args.in_h, args.in_w, args.out_h, args.out_w, args.window, args.channels, element_bytes);
    fill_padding_row(args.scratch, bytes, args.input_zero_point, element_bytes);
}

}  // namespace tmx::kernels
