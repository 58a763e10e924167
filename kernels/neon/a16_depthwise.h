// w8a16 and w16a16 depthwise convolution, eight channels at a time, plain NEON.
//
// smlal takes int16 as it is. In 3x3 windows nine vectors of weights and nine of pixels stay in registers along a row,
// of which a step to the right replaces three pixels; other windows read through pointers, four pixels at a time, which
// share the loads of weights. With a 64-bit accumulator, w8a16 still sums in 32 bits (at most 64 products below 2^23)
// and adds the bias in 64; w16a16 sums pairs in 32 bits, which fit because no weight is -32768, and pairs in 64.
#ifndef TINAMIX_KERNELS_NEON_A16_DEPTHWISE_H_
#define TINAMIX_KERNELS_NEON_A16_DEPTHWISE_H_

#include "kernels/neon/columns.h"
#include "kernels/neon/pixel_rows.h"
#include "kernels/neon/stage16.h"

namespace tmx::kernels {
namespace {

constexpr int kEight = 8;
constexpr int kMostTaps16 = 64;

inline int16x8_t load_weights(const int8_t* w) { return vmovl_s8(vld1_s8(w)); }
inline int16x8_t load_weights(const int16_t* w) { return vld1q_s16(w); }

inline void store_eight(int16_t* output, int16x8_t codes, int32_t lanes) {
    if (lanes >= kEight) {
        vst1q_s16(output, codes);
    } else {
        int16_t all[kEight];
        vst1q_s16(all, codes);
        memcpy(output, all, static_cast<size_t>(lanes) * sizeof(int16_t));
    }
}

/// 32-bit sums and stage.
struct Narrow16 {
    using Stage = StageBlock;
    int32x4_t low, high;

    explicit Narrow16(const Stage& stage) : low(vld1q_s32(stage.bias)), high(vld1q_s32(stage.bias + 4)) {}
    void add(int16x8_t x, int16x8_t w) {
        low = vmlal_s16(low, vget_low_s16(x), vget_low_s16(w));
        high = vmlal_high_s16(high, x, w);
    }
    void add_two(int16x8_t x, int16x8_t w, int16x8_t y, int16x8_t v) {
        add(x, w);
        add(y, v);
    }
    template <bool kUsual>
    int16x8_t codes(const Stage& stage, const Clamp16& clamp) const {
        if (kUsual) return clamp(stage.rescale_right(low, 0), stage.rescale_right(high, 1));
        return clamp(stage.rescale(low, 0), stage.rescale(high, 1));
    }
};

/// The last step of a 64-bit accumulator.
template <bool kUsual>
inline int16x8_t wide_codes(const int64x2_t* sums, const WideStageBlock& stage, const Clamp16& clamp) {
    if (!kUsual && stage.small_shift) {
        int64_t all[kBlock] = {};
        for (int i = 0; i < 4; ++i) vst1q_s64(all + 2 * i, sums[i]);
        return stage.codes(all, clamp).low;
    }
    return clamp(stage.rescale(sums[0], sums[1], 0), stage.rescale(sums[2], sums[3], 4));
}

/// 32-bit sums, 64-bit bias and stage.
struct WideBias16 {
    using Stage = WideStageBlock;
    int32x4_t low = vdupq_n_s32(0), high = vdupq_n_s32(0);

    explicit WideBias16(const Stage&) {}
    void add(int16x8_t x, int16x8_t w) {
        low = vmlal_s16(low, vget_low_s16(x), vget_low_s16(w));
        high = vmlal_high_s16(high, x, w);
    }
    void add_two(int16x8_t x, int16x8_t w, int16x8_t y, int16x8_t v) {
        add(x, w);
        add(y, v);
    }
    template <bool kUsual>
    int16x8_t codes(const Stage& stage, const Clamp16& clamp) const {
        const int64x2_t sums[4] = {
            vaddw_s32(vld1q_s64(stage.bias), vget_low_s32(low)), vaddw_high_s32(vld1q_s64(stage.bias + 2), low),
            vaddw_s32(vld1q_s64(stage.bias + 4), vget_low_s32(high)), vaddw_high_s32(vld1q_s64(stage.bias + 6), high)};
        return wide_codes<kUsual>(sums, stage, clamp);
    }
};

/// 64-bit sums of pairs.
struct Wide16 {
    using Stage = WideStageBlock;
    int64x2_t sums[4];

    explicit Wide16(const Stage& stage) {
        for (int i = 0; i < 4; ++i) sums[i] = vld1q_s64(stage.bias + 2 * i);
    }
    void take(int32x4_t low, int32x4_t high) {
        sums[0] = vaddw_s32(sums[0], vget_low_s32(low));
        sums[1] = vaddw_high_s32(sums[1], low);
        sums[2] = vaddw_s32(sums[2], vget_low_s32(high));
        sums[3] = vaddw_high_s32(sums[3], high);
    }
    void add(int16x8_t x, int16x8_t w) { take(vmull_s16(vget_low_s16(x), vget_low_s16(w)), vmull_high_s16(x, w)); }
    void add_two(int16x8_t x, int16x8_t w, int16x8_t y, int16x8_t v) {
        take(vmlal_s16(vmull_s16(vget_low_s16(x), vget_low_s16(w)), vget_low_s16(y), vget_low_s16(v)),
             vmlal_high_s16(vmull_high_s16(x, w), y, v));
    }
    template <bool kUsual>
    int16x8_t codes(const Stage& stage, const Clamp16& clamp) const {
        return wide_codes<kUsual>(sums, stage, clamp);
    }
};

inline void set_stage(StageBlock* block, const OutputStage& stage, int32_t channel, int32_t lanes) {
    block->set(stage, channel, lanes);
}
inline void set_stage(WideStageBlock* block, const OutputStage& stage, int32_t channel, int32_t lanes) {
    *block = WideStageBlock(stage, channel, lanes);
}

struct Three16 {
    int16x8_t top, middle, bottom;
};

/// GCC 12 keeps the lower half of a vector in a register of its own once it is used twice, and runs out of registers.
inline void keep_whole(Three16* x) { asm("" : "+w"(x->top), "+w"(x->middle), "+w"(x->bottom)); }

inline Three16 load(const Column<int16_t>& column, int32_t channel) {
    return {vld1q_s16(column.pixel[0] + channel), vld1q_s16(column.pixel[1] + channel),
            vld1q_s16(column.pixel[2] + channel)};
}

/// True if every channel has a shift of the usual size.
inline bool usual(const StageBlock& stage) { return stage.any_pre_shift == 0; }
inline bool usual(const WideStageBlock& stage) { return !stage.small_shift; }

/// `count` pixels of a row of 3x3 windows. kUsual: of eight channels whose shifts are usual.
template <typename Sum, int kStride, bool kUsual, typename Weight>
void walk_columns(const Column<int16_t>* columns, int32_t channel, const Weight* weights, int64_t channels,
                  const typename Sum::Stage& stage, const Clamp16& given_clamp, int32_t lanes, int16_t* output,
                  int32_t count) {
    Three16 w[kWindow];
    for (int kx = 0; kx < kWindow; ++kx) {
        const Weight* first = weights + kx * channels;
        w[kx] = {load_weights(first), load_weights(first + kWindow * channels),
                 load_weights(first + 2 * kWindow * channels)};
    }
    const Clamp16 clamp = given_clamp;
    const auto pixel = [&](Three16& a, Three16& b, Three16& c) {
        keep_whole(&a);
        keep_whole(&b);
        keep_whole(&c);
        for (Three16& column : w) keep_whole(&column);
        Sum sum(stage);
        sum.add_two(a.top, w[0].top, a.middle, w[0].middle);
        sum.add_two(b.top, w[1].top, b.middle, w[1].middle);
        sum.add_two(a.bottom, w[0].bottom, b.bottom, w[1].bottom);
        sum.add_two(c.top, w[2].top, c.middle, w[2].middle);
        sum.add(c.bottom, w[2].bottom);
        const int16x8_t codes = sum.template codes<kUsual>(stage, clamp);
        if (kUsual) {
            vst1q_s16(output, codes);
        } else {
            store_eight(output, codes, lanes);
        }
        output += channels;
    };
    Three16 a = load(columns[0], channel), b, c;
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

template <typename Sum, int kStride, typename Weight>
void row_of_columns(const DepthwiseArgs& args, int64_t row, const Clamp16& clamp) {
    constexpr int32_t kMaxCount = (kMaxColumns - kWindow) / kStride + 1;
    Column<int16_t> columns[kMaxColumns];
    for (int32_t out_x = 0; out_x < args.out_w; out_x += kMaxCount) {
        const int32_t count = args.out_w - out_x < kMaxCount ? args.out_w - out_x : kMaxCount;
        build_columns(args, row / args.out_h, row % args.out_h * kStride - args.window.pad_top, kWindow,
                      int64_t{out_x} * kStride - args.window.pad_left, (count - 1) * kStride + kWindow, columns);
        int16_t* output = static_cast<int16_t*>(args.output) + (row * args.out_w + out_x) * args.channels;
        for (int32_t channel = 0; channel < args.channels; channel += kEight) {
            const int32_t lanes = args.channels - channel < kEight ? args.channels - channel : kEight;
            typename Sum::Stage stage;
            set_stage(&stage, args.stage, channel, lanes);
            const auto walk = lanes == kEight && usual(stage) ? walk_columns<Sum, kStride, true, Weight>
                                                              : walk_columns<Sum, kStride, false, Weight>;
            walk(columns, channel, static_cast<const Weight*>(args.weights) + channel, args.channels, stage, clamp,
                 lanes, output + channel, count);
        }
    }
}

/// Adds the windows of kPixels pixels, whose pointers are rows[tap * stride + p]: they share the loads of weights.
template <int kPixels, typename Sum>
void sum_window(const int16_t* const* rows, int32_t stride, int32_t taps, int32_t channel, const int16x8_t* w,
                Sum (&sums)[kPixels]) {
    int32_t tap = 0;
    for (; tap + 1 < taps; tap += 2, rows += 2 * stride) {
        const int16x8_t first = w[tap], second = w[tap + 1];
        for (int p = 0; p < kPixels; ++p) {
            sums[p].add_two(vld1q_s16(rows[p] + channel), first, vld1q_s16(rows[stride + p] + channel), second);
        }
    }
    for (int p = 0; tap < taps && p < kPixels; ++p) sums[p].add(vld1q_s16(rows[p] + channel), w[tap]);
}

/// `count` pixels of eight channels, weights[tap]. kUsual: of eight channels whose shifts are usual.
template <typename Sum, bool kUsual>
void walk_window(const int16_t* const* rows, int32_t stride, int32_t taps, int32_t channel, const int16x8_t* weights,
                 const typename Sum::Stage& stage, const Clamp16& clamp, int32_t lanes, int64_t channels,
                 int16_t* output, int32_t count) {
    const auto store = [&](const Sum& sum) {
        const int16x8_t codes = sum.template codes<kUsual>(stage, clamp);
        if (kUsual) {
            vst1q_s16(output, codes);
        } else {
            store_eight(output, codes, lanes);
        }
        output += channels;
    };
    constexpr int kPixels = 4;
    int32_t p = 0;
    for (; p + kPixels <= count; p += kPixels) {
        Sum sums[kPixels] = {Sum(stage), Sum(stage), Sum(stage), Sum(stage)};
        sum_window(rows + p, stride, taps, channel, weights, sums);
        for (const Sum& sum : sums) store(sum);
    }
    for (; p < count; ++p) {
        Sum sums[1] = {Sum(stage)};
        sum_window(rows + p, stride, taps, channel, weights, sums);
        store(sums[0]);
    }
}

template <typename Sum, typename Weight>
void any_window(const DepthwiseArgs& args, int64_t first, int64_t last, const Clamp16& clamp) {
    const int32_t taps = args.window.kernel_h * args.window.kernel_w;
    const auto walk_chunk = [&](const int16_t* const* rows, int32_t stride, int64_t pixel, int32_t count) {
        for (int32_t channel = 0; channel < args.channels; channel += kEight) {
            const int32_t lanes = args.channels - channel < kEight ? args.channels - channel : kEight;
            typename Sum::Stage stage;
            set_stage(&stage, args.stage, channel, lanes);
            int16x8_t w[kMostTaps16];
            for (int32_t tap = 0; tap < taps; ++tap) {
                w[tap] =
                    load_weights(static_cast<const Weight*>(args.weights) + int64_t{tap} * args.channels + channel);
            }
            const auto walk = lanes == kEight && usual(stage) ? walk_window<Sum, true> : walk_window<Sum, false>;
            walk(rows, stride, taps, channel, w, stage, clamp, lanes, args.channels,
                 static_cast<int16_t*>(args.output) + pixel * args.channels + channel, count);
        }
    };
    for_each_chunk<int16_t>(args, first, last, walk_chunk);
}

template <typename Sum, typename Weight>
void depthwise_rows(const DepthwiseArgs& args, int64_t first, int64_t last) {
    const Clamp16 clamp(args.stage);
    if (!walks_columns(args.window)) {
        any_window<Sum, Weight>(args, first, last, clamp);
        return;
    }
    const auto walk_row = args.window.stride_w == 1 ? row_of_columns<Sum, 1, Weight> : row_of_columns<Sum, 2, Weight>;
    for (int64_t row = first; row < last; ++row) walk_row(args, row, clamp);
}

/// Computes output rows [first, last). False, with nothing written, if the window is too large (or the file gives int16
/// a zero point).
template <typename WideSum, typename Weight>
bool a16_depthwise(const DepthwiseArgs& args, int64_t first, int64_t last) {
    if (int64_t{args.window.kernel_h} * args.window.kernel_w > kMostTaps16 || args.stage.zero_point != 0) return false;
    if (args.wide_accumulator) {
        depthwise_rows<WideSum, Weight>(args, first, last);
    } else {
        depthwise_rows<Narrow16, Weight>(args, first, last);
    }
    return true;
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON_A16_DEPTHWISE_H_
