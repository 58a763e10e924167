// w8a8 depthwise convolution, 16 channels at a time, plain NEON, any window.
//
// Weights are never -128, so the products of two taps fit 16 bits: smull and smlal for the pair, then one widening
// addition per four channels. In a 3x3 window that is 18 multiplications and 20 additions for 16 outputs; its nine weight
// vectors stay in registers along the row.
#include "kernels/kernel_table.h"
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

/// `count` pixels. kTaps 0: any number of taps.
template <int kTaps>
void walk(const int8_t* const* rows, int32_t stride, int32_t any_taps, const int8_t* weights, int64_t channels,
          int32_t channel, const StageBlock& stage, const ToCodes8& to_codes, int32_t lanes, int8_t* output,
          int32_t count) {
    const int32_t taps = kTaps != 0 ? kTaps : any_taps;
    int8x16_t w[kTaps != 0 ? kTaps : kMostTaps];
    for (int32_t tap = 0; tap < taps; ++tap) w[tap] = vld1q_s8(weights + tap * channels);
    for (int32_t p = 0; p < count; ++p, ++rows, output += channels) {
        I32x16 acc;
        for (int i = 0; i < 4; ++i) acc.part[i] = vld1q_s32(stage.bias + 4 * i);
        const auto x = [&](int32_t tap) { return vld1q_s8(rows[tap * stride] + channel); };
        if constexpr (kTaps != 0) {
#pragma GCC unroll 16
            for (int32_t tap = 0; tap + 1 < kTaps; tap += 2) {
                add(&acc, multiply_add(multiply(x(tap), w[tap]), x(tap + 1), w[tap + 1]));
            }
        } else {
            for (int32_t tap = 0; tap + 1 < taps; tap += 2) {
                add(&acc, multiply_add(multiply(x(tap), w[tap]), x(tap + 1), w[tap + 1]));
            }
        }
        if (taps % 2 != 0) add(&acc, multiply(x(taps - 1), w[taps - 1]));
        for (int i = 0; i < 4; ++i) acc.part[i] = stage.rescale(acc.part[i], i);
        store_codes(output, to_codes(acc), lanes);
    }
}

}  // namespace

void w8a8_depthwise_1x16__neon(const DepthwiseArgs& args, int64_t first, int64_t last) {
    const int64_t all_taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    if (all_taps > kMostTaps) {
        w8a8_depthwise__reference(args, first, last);
        return;
    }
    const int32_t taps = static_cast<int32_t>(all_taps);
    const int32_t chunk = kMaxRows / taps;
    const ToCodes8 to_codes(args.stage.zero_point, args.stage.clamp_min, args.stage.clamp_max);
    const int8_t* rows[kMaxRows];
    StageBlock stage;
    const int64_t end = last * args.out_w;
    for (int64_t pixel = first * args.out_w; pixel < end; pixel += chunk) {
        const int32_t count = static_cast<int32_t>(end - pixel < chunk ? end - pixel : chunk);
        build_rows(args, static_cast<const int8_t*>(args.input), args.channels,
                   static_cast<const int8_t*>(args.scratch), pixel, count, chunk, rows);
        for (int32_t channel = 0; channel < args.channels; channel += kBlock) {
            const int32_t lanes = args.channels - channel < kBlock ? args.channels - channel : kBlock;
            stage.set(args.stage, channel, lanes);
            const int8_t* weights = static_cast<const int8_t*>(args.weights) + channel;
            int8_t* output = static_cast<int8_t*>(args.output) + pixel * args.channels + channel;
            const auto walk_window = taps == 9 ? walk<9> : walk<0>;
            walk_window(rows, chunk, taps, weights, args.channels, channel, stage, to_codes, lanes, output, count);
        }
    }
}

}  // namespace tmx::kernels
