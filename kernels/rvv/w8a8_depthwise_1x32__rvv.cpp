// w8a8 depthwise convolution, RISC-V vectors. Windows of 3x3 without dilation, the usual ones, have a loop of their
// own, 1 pixel by 32 channels (at 256 bits); others: depthwise.h.
//
// Products of int8 are summed in 16 bits two by two (weights are not -128: 2 * 128 * 127 fits), which a widening
// addition takes to 32 bits: less register traffic than widening both factors. Groups of four registers of sums leave
// room for everything that a vector of channels shares: 9 weights (9 registers), bias (4), multipliers (4), shifts
// (2), beside sums (4), products (2) and codes. Per pixel the loop then loads nothing but the codes themselves.
//
// Inside a row of output pixels, codes are found by three row pointers and the distance between columns, which is zero
// in a row of padding: it has one pixel, and all its pixels are equal. Only the windows that leave the input to the
// left or right need a pointer per tap.
#include "kernels/kernel_table.h"
#include "kernels/rvv/depthwise.h"

namespace tmx::kernels {
namespace {

constexpr int32_t kSide = 3;

/// Three input rows under a row of output pixels.
struct InputRows {
    const int8_t* at[kSide];  ///< column 0
    int64_t column[kSide];    ///< bytes between columns; 0 in a row of padding
};

InputRows input_rows(const DepthwiseArgs& args, int64_t row) {
    const int64_t image = row / args.out_h;
    const int64_t top = row % args.out_h * args.window.stride_h - args.window.pad_top;
    InputRows rows;
    for (int ky = 0; ky < kSide; ++ky) {
        const int64_t y = top + ky;
        const bool inside = y >= 0 && y < args.in_h;
        rows.at[ky] = inside
                          ? static_cast<const int8_t*>(args.input) + (image * args.in_h + y) * args.in_w * args.channels
                          : static_cast<const int8_t*>(args.scratch);
        rows.column[ky] = inside ? args.channels : 0;
    }
    return rows;
}

/// A row of output pixels: channels [channel, channel + vl).
__attribute__((noinline)) void row_3x3(const DepthwiseArgs& args, const InputRows& rows, int32_t channel, size_t vl,
                                       const uint16_t* post, Finish finish, int8_t* output) {
    const auto* weights = static_cast<const int8_t*>(args.weights) + channel;
    const int64_t channels = args.channels;
    const vint8m1_t w0 = __riscv_vle8_v_i8m1(weights, vl), w1 = __riscv_vle8_v_i8m1(weights + channels, vl);
    const vint8m1_t w2 = __riscv_vle8_v_i8m1(weights + 2 * channels, vl);
    const vint8m1_t w3 = __riscv_vle8_v_i8m1(weights + 3 * channels, vl);
    const vint8m1_t w4 = __riscv_vle8_v_i8m1(weights + 4 * channels, vl);
    const vint8m1_t w5 = __riscv_vle8_v_i8m1(weights + 5 * channels, vl);
    const vint8m1_t w6 = __riscv_vle8_v_i8m1(weights + 6 * channels, vl);
    const vint8m1_t w7 = __riscv_vle8_v_i8m1(weights + 7 * channels, vl);
    const vint8m1_t w8 = __riscv_vle8_v_i8m1(weights + 8 * channels, vl);
    const vint32m4_t bias = __riscv_vle32_v_i32m4(static_cast<const int32_t*>(args.stage.bias) + channel, vl);
    const vint32m4_t multiplier = __riscv_vle32_v_i32m4(args.stage.multiplier + channel, vl);
    const vuint16m2_t shift = __riscv_vle16_v_u16m2(post, vl);

    const auto pixel = [&](const int8_t* x0, const int8_t* x1, const int8_t* x2, const int8_t* x3, const int8_t* x4,
                           const int8_t* x5, const int8_t* x6, const int8_t* x7, const int8_t* x8) {
        // Two pairs at a time: few changes of the element width, and no more registers than there are. The compiler
        // is kept from loading all codes at once.
        vint16m2_t even = __riscv_vwmul_vv_i16m2(__riscv_vle8_v_i8m1(x0, vl), w0, vl);
        even = __riscv_vwmacc_vv_i16m2(even, __riscv_vle8_v_i8m1(x1, vl), w1, vl);
        vint16m2_t odd = __riscv_vwmul_vv_i16m2(__riscv_vle8_v_i8m1(x2, vl), w2, vl);
        odd = __riscv_vwmacc_vv_i16m2(odd, __riscv_vle8_v_i8m1(x3, vl), w3, vl);
        vint32m4_t acc = __riscv_vwadd_wv_i32m4(bias, even, vl);
        acc = __riscv_vwadd_wv_i32m4(acc, odd, vl);
        asm volatile("" ::: "memory");
        even = __riscv_vwmul_vv_i16m2(__riscv_vle8_v_i8m1(x4, vl), w4, vl);
        even = __riscv_vwmacc_vv_i16m2(even, __riscv_vle8_v_i8m1(x5, vl), w5, vl);
        odd = __riscv_vwmul_vv_i16m2(__riscv_vle8_v_i8m1(x6, vl), w6, vl);
        odd = __riscv_vwmacc_vv_i16m2(odd, __riscv_vle8_v_i8m1(x7, vl), w7, vl);
        acc = __riscv_vwadd_wv_i32m4(acc, even, vl);
        acc = __riscv_vwadd_wv_i32m4(acc, odd, vl);
        asm volatile("" ::: "memory");
        even = __riscv_vwmul_vv_i16m2(__riscv_vle8_v_i8m1(x8, vl), w8, vl);
        acc = __riscv_vwadd_wv_i32m4(acc, even, vl);
        acc = __riscv_vmulh_vv_i32m4(acc, multiplier, vl);
        store_codes(output, __riscv_vnclip_wv_i16m2(acc, shift, __RISCV_VXRM_RNU, vl), finish, vl);
        output += channels;
    };

    const int8_t* const padding = static_cast<const int8_t*>(args.scratch) + channel;
    const int8_t *row0 = rows.at[0] + channel, *row1 = rows.at[1] + channel, *row2 = rows.at[2] + channel;
    const int64_t c0 = rows.column[0], c1 = rows.column[1], c2 = rows.column[2];
    const int32_t stride = args.window.stride_w;
    const int64_t step0 = c0 * stride, step1 = c1 * stride, step2 = c2 * stride;
    for (int32_t x = 0; x < args.out_w;) {
        const int64_t left = int64_t{x} * stride - args.window.pad_left;
        if (left < 0 || left + kSide > args.in_w) {
            const bool in0 = left >= 0 && left < args.in_w, in1 = left >= -1 && left + 1 < args.in_w;
            const bool in2 = left >= -2 && left + 2 < args.in_w;
            pixel(in0 ? row0 + left * c0 : padding, in1 ? row0 + (left + 1) * c0 : padding,
                  in2 ? row0 + (left + 2) * c0 : padding, in0 ? row1 + left * c1 : padding,
                  in1 ? row1 + (left + 1) * c1 : padding, in2 ? row1 + (left + 2) * c1 : padding,
                  in0 ? row2 + left * c2 : padding, in1 ? row2 + (left + 1) * c2 : padding,
                  in2 ? row2 + (left + 2) * c2 : padding);
            ++x;
            continue;
        }
        const int8_t *top = row0 + left * c0, *middle = row1 + left * c1, *bottom = row2 + left * c2;
        const int64_t inside = (args.in_w - kSide - left) / stride + 1;
        const int32_t stop = inside < args.out_w - x ? x + static_cast<int32_t>(inside) : args.out_w;
        for (; x < stop; ++x) {
            // Kept from the compiler, which would advance nine pointers instead of three.
            asm("" : "+r"(top), "+r"(middle), "+r"(bottom));
            const int8_t *top1 = top + c0, *middle1 = middle + c1, *bottom1 = bottom + c2;
            pixel(top, top1, top1 + c0, middle, middle1, middle1 + c1, bottom, bottom1, bottom1 + c2);
            top += step0;
            middle += step1;
            bottom += step2;
        }
    }
}

/// False, with nothing written, unless the window is 3x3 and every shift is of the usual kind (stage.h).
bool depthwise_3x3(const DepthwiseArgs& args, int64_t first, int64_t last) {
    const Window& window = args.window;
    if (window.kernel_h != kSide || window.kernel_w != kSide || window.dilation_h != 1 || window.dilation_w != 1) {
        return false;
    }
    constexpr int32_t kMaxChannels = 2048;  // 4 KiB of shifts on the stack
    if (args.channels > kMaxChannels) return false;
    uint16_t post[kMaxChannels];
    if (set_post_shifts(args.stage.shift, args.channels, post)) return false;
    const Finish finish(args.stage);
    for (int64_t row = first; row < last; ++row) {
        const InputRows rows = input_rows(args, row);
        int8_t* output = static_cast<int8_t*>(args.output) + row * args.out_w * args.channels;
        for (int32_t channel = 0; channel < args.channels;) {
            const size_t vl = __riscv_vsetvl_e32m4(static_cast<size_t>(args.channels - channel));
            row_3x3(args, rows, channel, vl, post + channel, finish, output + channel);
            channel += static_cast<int32_t>(vl);
        }
    }
    return true;
}

}  // namespace

void w8a8_depthwise_1x32__rvv(const DepthwiseArgs& args, int64_t first, int64_t last) {
    if (depthwise_3x3(args, first, last)) return;
    if (!depthwise<int8_t, int8_t, NarrowStage>(args, first, last)) w8a8_depthwise__reference(args, first, last);
}

}  // namespace tmx::kernels
