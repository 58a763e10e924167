// w8a8 depthwise convolution, 16 channels at a time, plain NEON, any window.
//
// Weights are never -128, so the products of two taps fit 16 bits: smull and smlal for the pair, then one widening
// addition per four channels. In a 3x3 window that is 18 multiplications and 20 additions for 16 outputs. Its nine
// weight vectors stay in registers along the row, and so do the nine vectors of pixels, of which a step to the right
// replaces three.
#include "kernels/kernel_table.h"
#include "kernels/neon/columns.h"
#include "kernels/neon/elementwise.h"
#include "kernels/neon/pixel_rows.h"

namespace tmx::kernels {
namespace {

constexpr int kMostTaps = 64;

struct Halves {
    int16x8_t low, high;
};

inline Halves multiply(int8x16_t x, int8x16_t w) {
    return {vmull_s8(vget_low_s8(x), vget_low_s8(w)), vmull_high_s8(x, w)};
}
inline Halves multiply_add(const Halves& sum, int8x16_t x, int8x16_t w) {
    return {vmlal_s8(sum.low, vget_low_s8(x), vget_low_s8(w)), vmlal_high_s8(sum.high, x, w)};
}
inline void add(I32x16* acc, const Halves& x) {
    acc->part[0] = vaddw_s16(acc->part[0], vget_low_s16(x.low));
    acc->part[1] = vaddw_high_s16(acc->part[1], x.low);
    acc->part[2] = vaddw_s16(acc->part[2], vget_low_s16(x.high));
    acc->part[3] = vaddw_high_s16(acc->part[3], x.high);
}

/// `count` pixels of any window.
void walk(const int8_t* const* rows, int32_t stride, int32_t taps, const int8_t* weights, int64_t channels,
          int32_t channel, const StageBlock& stage, const ToCodes8& to_codes, int32_t lanes, int8_t* output,
          int32_t count) {
    int8x16_t w[kMostTaps];
    for (int32_t tap = 0; tap < taps; ++tap) w[tap] = vld1q_s8(weights + tap * channels);
    for (int32_t p = 0; p < count; ++p, ++rows, output += channels) {
        I32x16 acc;
        for (int i = 0; i < 4; ++i) acc.part[i] = vld1q_s32(stage.bias + 4 * i);
        const auto x = [&](int32_t tap) { return vld1q_s8(rows[tap * stride] + channel); };
        for (int32_t tap = 0; tap + 1 < taps; tap += 2) {
            add(&acc, multiply_add(multiply(x(tap), w[tap]), x(tap + 1), w[tap + 1]));
        }
        if (taps % 2 != 0) add(&acc, multiply(x(taps - 1), w[taps - 1]));
        for (int i = 0; i < 4; ++i) acc.part[i] = stage.rescale(acc.part[i], i);
        store_codes(output, to_codes(acc), lanes);
    }
}

struct Three {
    int8x16_t top, middle, bottom;
};

/// GCC 12 keeps the lower half of a vector in a register of its own once it is used twice, and runs out of registers.
inline void keep_whole(Three* x) { asm("" : "+w"(x->top), "+w"(x->middle), "+w"(x->bottom)); }

inline Three load(const Column<int8_t>& column, int32_t channel) {
    return {vld1q_s8(column.pixel[0] + channel), vld1q_s8(column.pixel[1] + channel),
            vld1q_s8(column.pixel[2] + channel)};
}

/// `count` pixels of a row of 3x3 windows.
template <int kStride, bool kWhole>
void walk_columns(const Column<int8_t>* columns, int32_t channel, const int8_t* weights, int64_t channels,
                  const StageBlock& stage, const ToCodes8& given_codes, int32_t lanes, int8_t* output, int32_t count) {
    Three w[kWindow];
    for (int kx = 0; kx < kWindow; ++kx) {
        const int8_t* first = weights + kx * channels;
        w[kx] = {vld1q_s8(first), vld1q_s8(first + kWindow * channels), vld1q_s8(first + 2 * kWindow * channels)};
    }
    const ToCodes8 to_codes = given_codes;
    const auto pixel = [&](Three& a, Three& b, Three& c) {
        keep_whole(&a);
        keep_whole(&b);
        keep_whole(&c);
        for (Three& column : w) keep_whole(&column);
        I32x16 acc;
        for (int i = 0; i < 4; ++i) acc.part[i] = vld1q_s32(stage.bias + 4 * i);
        add(&acc, multiply_add(multiply(a.top, w[0].top), a.middle, w[0].middle));
        add(&acc, multiply_add(multiply(b.top, w[1].top), b.middle, w[1].middle));
        add(&acc, multiply_add(multiply(c.top, w[2].top), c.middle, w[2].middle));
        add(&acc, multiply_add(multiply(a.bottom, w[0].bottom), b.bottom, w[1].bottom));
        add(&acc, multiply(c.bottom, w[2].bottom));
        if (kWhole) {
            for (int i = 0; i < 4; ++i) acc.part[i] = stage.rescale_right(acc.part[i], i);
            vst1q_s8(output, to_codes(acc));
        } else {
            for (int i = 0; i < 4; ++i) acc.part[i] = stage.rescale(acc.part[i], i);
            store_codes(output, to_codes(acc), lanes);
        }
        output += channels;
    };
    Three a = load(columns[0], channel), b, c;
    if constexpr (kStride == 1) {
        b = load(columns[1], channel);
        columns += 2;
        for (; count >= 3; count -= 3, columns += 3) {
            c = load(columns[0], channel);
            pixel(a, b, c);
            a = load(columns[1], channel);
            pixel(b, c, a);
            b = load(columns[2], channel);
            pixel(c, a, b);
        }
        if (count >= 1) {
            c = load(columns[0], channel);
            pixel(a, b, c);
        }
        if (count >= 2) {
            a = load(columns[1], channel);
            pixel(b, c, a);
        }
    } else {
        for (; count > 0; --count, columns += 2) {
            b = load(columns[1], channel);
            c = load(columns[2], channel);
            pixel(a, b, c);
            a = c;
        }
    }
}

template <int kStride>
void row_of_output(const DepthwiseArgs& args, int64_t row, const ToCodes8& to_codes) {
    constexpr int32_t kMaxCount = (kMaxColumns - kWindow) / kStride + 1;
    Column<int8_t> columns[kMaxColumns];
    StageBlock stage;
    for (int32_t out_x = 0; out_x < args.out_w; out_x += kMaxCount) {
        const int32_t count = args.out_w - out_x < kMaxCount ? args.out_w - out_x : kMaxCount;
        build_columns(args, row / args.out_h, row % args.out_h * kStride - args.window.pad_top, kWindow,
                      int64_t{out_x} * kStride - args.window.pad_left, (count - 1) * kStride + kWindow, columns);
        int8_t* output = static_cast<int8_t*>(args.output) + (row * args.out_w + out_x) * args.channels;
        for (int32_t channel = 0; channel < args.channels; channel += kBlock) {
            const int32_t lanes = args.channels - channel < kBlock ? args.channels - channel : kBlock;
            stage.set(args.stage, channel, lanes);
            const auto walk = lanes == kBlock && stage.any_pre_shift == 0 ? walk_columns<kStride, true>
                                                                          : walk_columns<kStride, false>;
            walk(columns, channel, static_cast<const int8_t*>(args.weights) + channel, args.channels, stage, to_codes,
                 lanes, output + channel, count);
        }
    }
}

}  // namespace

void w8a8_depthwise_1x16__neon(const DepthwiseArgs& args, int64_t first, int64_t last) {
    const int64_t all_taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    if (all_taps > kMostTaps) {
        w8a8_depthwise__reference(args, first, last);
        return;
    }
    const ToCodes8 to_codes(args.stage.zero_point, args.stage.clamp_min, args.stage.clamp_max);
    if (walks_columns(args.window)) {
        const auto walk_row = args.window.stride_w == 1 ? row_of_output<1> : row_of_output<2>;
        for (int64_t row = first; row < last; ++row) walk_row(args, row, to_codes);
        return;
    }
    StageBlock stage;
    for_each_chunk<int8_t>(
        args, first, last, [&](const int8_t* const* rows, int32_t stride, int64_t pixel, int32_t count) {
            for (int32_t channel = 0; channel < args.channels; channel += kBlock) {
                const int32_t lanes = args.channels - channel < kBlock ? args.channels - channel : kBlock;
                stage.set(args.stage, channel, lanes);
                walk(rows, stride, static_cast<int32_t>(all_taps), static_cast<const int8_t*>(args.weights) + channel,
                     args.channels, channel, stage, to_codes, lanes,
                     static_cast<int8_t*>(args.output) + pixel * args.channels + channel, count);
            }
        });
}

}  // namespace tmx::kernels
