// Depthwise convolution on RISC-V vectors: vectors of channels, one output pixel at a time.
//
// General: per tap one load of codes, one of weights, both widened to 16 bits, and a vwmacc into 32-bit sums of eight
// registers. The pointers of a pixel's taps are made once for all its channels.
//
// 64-bit sums: up to 64 products of w8a16 fit 32 bits and are added to 64-bit sums in memory at the end; those of
// w16a16 are added to 64-bit sums two by two.
#ifndef TINAMIX_KERNELS_RVV_DEPTHWISE_H_
#define TINAMIX_KERNELS_RVV_DEPTHWISE_H_

#include "kernels/rvv/pixel_rows.h"
#include "kernels/rvv/vectors.h"

namespace tmx::kernels {
namespace {

/// Larger windows are left to the reference.
constexpr int32_t kMaxTaps = 64;

/// One output pixel: channels [channel, channel + lanes), lanes <= kStageLanes.
template <typename V, bool kWide, typename Element, typename Weight, typename StageType>
void sum_taps(const Element* const* rows, int32_t taps, const Weight* weights, int64_t channels, int32_t channel,
              int32_t lanes, const StageType& stage, Element* output) {
    weights += channel;
    output += channel;
    for (int32_t lane = 0; lane < lanes;) {
        const size_t vl = V::setvl(lanes - lane);
        typename V::Acc acc;
        if constexpr (kWide) {
            acc = V::zero(vl);
        } else {
            acc = V::load_sums(stage.bias + lane, vl);
        }
        const Weight* w = weights + lane;
        const int64_t at = channel + lane;
        for (int32_t tap = 0; tap < taps; ++tap, w += channels) {
            acc = V::multiply_add(acc, V::load(rows[tap] + at, vl), V::load(w, vl), vl);
        }
        if constexpr (kWide) {
            int64_t sums[kStageLanes];
            for (size_t i = 0; i < vl; ++i) sums[i] = stage.bias[lane + static_cast<int32_t>(i)];
            V::add_to(sums, acc, vl);
            finish_wide(sums, stage, lane, static_cast<int32_t>(vl), output + lane);
        } else if constexpr (sizeof(Weight) == 4) {
            V::store(output + lane, acc, stage, vl);
        } else {
            if (stage.shift_left) acc = V::shift_left(acc, stage, lane, vl);
            acc = V::high_product(acc, V::load_sums(stage.multiplier + lane, vl), vl);
            store_codes(output + lane, V::narrow(acc, V::load_post(stage.post + lane, vl), vl), stage.finish, vl);
        }
        lane += static_cast<int32_t>(vl);
    }
}

/// The same for w16a16 with 64-bit sums.
inline void sum_taps_w16a16_wide(const int16_t* const* rows, int32_t taps, const int16_t* weights, int64_t channels,
                                 int32_t channel, int32_t lanes, const WideStage& stage, int16_t* output) {
    weights += channel;
    output += channel;
    for (int32_t lane = 0; lane < lanes;) {
        const size_t vl = __riscv_vsetvl_e64m8(static_cast<size_t>(lanes - lane));
        const int32_t at = channel + lane;
        vint64m8_t acc = __riscv_vle64_v_i64m8(stage.bias + lane, vl);
        const int16_t* w = weights + lane;
        int32_t tap = 0;
        for (; tap + 2 <= taps; tap += 2, w += 2 * channels) {
            vint32m4_t pair =
                __riscv_vwmul_vv_i32m4(__riscv_vle16_v_i16m2(rows[tap] + at, vl), __riscv_vle16_v_i16m2(w, vl), vl);
            pair = __riscv_vwmacc_vv_i32m4(pair, __riscv_vle16_v_i16m2(rows[tap + 1] + at, vl),
                                           __riscv_vle16_v_i16m2(w + channels, vl), vl);
            acc = __riscv_vwadd_wv_i64m8(acc, pair, vl);
        }
        if (tap < taps) {
            acc = __riscv_vwadd_wv_i64m8(
                acc,
                __riscv_vwmul_vv_i32m4(__riscv_vle16_v_i16m2(rows[tap] + at, vl), __riscv_vle16_v_i16m2(w, vl), vl),
                vl);
        }
        int64_t sums[kStageLanes];
        __riscv_vse64_v_i64m8(sums, acc, vl);
        finish_wide(sums, stage, lane, static_cast<int32_t>(vl), output + lane);
        lane += static_cast<int32_t>(vl);
    }
}

/// Computes output rows [first, last). False, with nothing written, if the window is not for it.
template <typename Element, typename Weight, typename StageType>
bool depthwise(const DepthwiseArgs& args, int64_t first, int64_t last) {
    const int64_t all_taps = int64_t{args.window.kernel_h} * args.window.kernel_w;
    if (all_taps > kMaxTaps) return false;
    const int32_t taps = static_cast<int32_t>(all_taps);
    const int32_t chunk = kMaxRows / taps;
    constexpr bool kWide = sizeof(typename StageType::Bias) == 8;
    const auto* weights = static_cast<const Weight*>(args.weights);
    // [pixel][tap] in the table: the taps of a pixel are read in a row.
    const Element* rows[kMaxRows];
    const int64_t end = last * args.out_w;
    for (int64_t pixel = first * args.out_w; pixel < end; pixel += chunk) {
        const int32_t count = static_cast<int32_t>(end - pixel < chunk ? end - pixel : chunk);
        build_rows(args, static_cast<const Element*>(args.input), args.channels,
                   static_cast<const Element*>(args.scratch), pixel, count, 1, taps, rows);
        Element* output = static_cast<Element*>(args.output) + pixel * args.channels;
        for (int32_t channel = 0; channel < args.channels; channel += kStageLanes) {
            const int32_t lanes = args.channels - channel < kStageLanes ? args.channels - channel : kStageLanes;
            const StageType stage(args.stage, channel, lanes);
            for (int32_t p = 0; p < count; ++p) {
                Element* at = output + int64_t{p} * args.channels;
                if constexpr (kWide && sizeof(Weight) == 2) {
                    sum_taps_w16a16_wide(rows + p * taps, taps, weights, args.channels, channel, lanes, stage, at);
                } else if constexpr (sizeof(Weight) == 4) {
                    sum_taps<FloatSums4, false>(rows + p * taps, taps, weights, args.channels, channel, lanes, stage,
                                                at);
                } else {
                    sum_taps<Sums8, kWide>(rows + p * taps, taps, weights, args.channels, channel, lanes, stage, at);
                }
            }
        }
    }
    return true;
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_RVV_DEPTHWISE_H_
