// w8a8 depthwise convolution, two output rows by eight channels, int8 dot product.
//
// sdot sums four products of one channel, so a lane needs four pixels of its channel side by side. Four pixels of a
// column, one above the other, are interleaved once (four zips for eight channels) and then serve every window that
// contains them: in a 3x3 window of stride 1 six of them, three to the side times two output rows, of which one
// ignores the fourth pixel and the other the first. That is 12 sdot and 8 other instructions for 2 x 8 outputs, where
// widening multiplications need 47 for 16.
//
// The walk goes along a row: three accumulators per output row are open at a time, one for each position of the column
// in its window, and change their roles with every column. Weights stay in registers for the whole row. Columns
// come through a table of pointers, which knows the padding.
//
// Other windows: w8a8_depthwise_1x16__neon.
#include "kernels/kernel_table.h"
#include "kernels/neon/columns.h"
#include "kernels/neon/stage.h"

namespace tmx::kernels {
namespace {

constexpr int kChannels = 8;
/// [channel 0-3, 4-7]: four bytes per channel.
struct Eight {
    int8x16_t low, high;
};

/// What ldr of 64 bits gives: zero above.
inline int8x16_t widened(int8x8_t x) { return vcombine_s8(x, vdup_n_s8(0)); }

inline Eight interleave(int8x8_t a, int8x8_t b, int8x8_t c, int8x8_t d) {
    const int8x16_t ab = vzip1q_s8(widened(a), widened(b));
    const int8x16_t cd = vzip1q_s8(widened(c), widened(d));
    return {vreinterpretq_s8_s16(vzip1q_s16(vreinterpretq_s16_s8(ab), vreinterpretq_s16_s8(cd))),
            vreinterpretq_s8_s16(vzip2q_s16(vreinterpretq_s16_s8(ab), vreinterpretq_s16_s8(cd)))};
}

inline Eight load(const Column<int8_t>& column, int32_t channel) {
    return interleave(vld1_s8(column.pixel[0] + channel), vld1_s8(column.pixel[1] + channel),
                      vld1_s8(column.pixel[2] + channel), vld1_s8(column.pixel[3] + channel));
}

struct Sum {
    int32x4_t low, high;
};

inline void add_products(Sum* sum, const Eight& x, const Eight& w) {
    sum->low = vdotq_s32(sum->low, x.low, w.low);
    sum->high = vdotq_s32(sum->high, x.high, w.high);
}

/// Output stage of eight channels in registers.
struct EightStage {
    Sum bias, multiplier, right_shift;
    int16x8_t zero_point;
    int8x16_t clamp_min, clamp_max;

    int16x8_t rescale(const Sum& sum) const {
        const int32x4_t low = vrshlq_s32(vqdmulhq_s32(sum.low, multiplier.low), right_shift.low);
        const int32x4_t high = vrshlq_s32(vqdmulhq_s32(sum.high, multiplier.high), right_shift.high);
        return vqaddq_s16(vqmovn_high_s32(vqmovn_s32(low), high), zero_point);
    }
    int8x16_t finish(int8x16_t codes) const { return vminq_s8(vmaxq_s8(codes, clamp_min), clamp_max); }
};

inline Sum shifted(const Sum& sum, const StageBlock& block) {
    return {vqshlq_s32(sum.low, vld1q_s32(block.pre_shift)), vqshlq_s32(sum.high, vld1q_s32(block.pre_shift + 4))};
}

/// Weights of kx = 0, 1, 2 for the first output row, and moved down by one pixel for the second.
struct Weights {
    Eight of[kWindow], below[kWindow];

    Weights(const int8_t* weights, int32_t channels) {
        const int8x8_t zero = vdup_n_s8(0);
        for (int kx = 0; kx < kWindow; ++kx) {
            const int8x8_t w0 = vld1_s8(weights + int64_t{kx} * channels);
            const int8x8_t w1 = vld1_s8(weights + (int64_t{kx} + kWindow) * channels);
            const int8x8_t w2 = vld1_s8(weights + (int64_t{kx} + 2 * kWindow) * channels);
            of[kx] = interleave(w0, w1, w2, zero);
            below[kx] = interleave(zero, w0, w1, w2);
        }
    }
};

inline void store_eight(int8_t* output, int8x8_t codes, int32_t lanes) {
    if (lanes >= kChannels) {
        vst1_s8(output, codes);
    } else {
        int8_t all[kChannels];
        vst1_s8(all, codes);
        memcpy(output, all, static_cast<size_t>(lanes));
    }
}

/// `count` output pixels of one or two rows. Stride 1: columns[i] is the left column of pixel i. Stride 2: columns[2i].
template <int kStride, int kRows>
void walk(const Column<int8_t>* columns, int32_t channel, const Weights& given, const EightStage& given_stage,
          const StageBlock& block, int32_t lanes, int8_t* output, int64_t pixel_stride, int64_t row_stride,
          int32_t count) {
    const Weights w = given;
    const EightStage stage = given_stage;
    const bool pre_shift = block.any_pre_shift != 0;
    const auto finish = [&](Sum first, Sum second) {
        if (pre_shift) {
            first = shifted(first, block);
            if (kRows == 2) second = shifted(second, block);
        }
        const int8x8_t codes = vqmovn_s16(stage.rescale(first));
        if (kRows == 2) {
            const int8x16_t both = stage.finish(vqmovn_high_s16(codes, stage.rescale(second)));
            store_eight(output, vget_low_s8(both), lanes);
            if (lanes >= kChannels) {
                vst1q_lane_s64(reinterpret_cast<int64_t*>(output + row_stride), vreinterpretq_s64_s8(both), 1);
            } else {
                store_eight(output + row_stride, vget_high_s8(both), lanes);
            }
        } else {
            store_eight(output, vget_low_s8(stage.finish(vcombine_s8(codes, codes))), lanes);
        }
        output += pixel_stride;
    };
    if constexpr (kStride == 1) {
        // Sums are named by the pixel's position in the cycle of three.
        Sum a0 = stage.bias, a1 = stage.bias, b0 = stage.bias, b1 = stage.bias, c0, c1;
        Eight x = load(columns[0], channel);
        add_products(&a0, x, w.of[0]);
        if (kRows == 2) add_products(&a1, x, w.below[0]);
        x = load(columns[1], channel);
        add_products(&a0, x, w.of[1]);
        add_products(&b0, x, w.of[0]);
        if (kRows == 2) {
            add_products(&a1, x, w.below[1]);
            add_products(&b1, x, w.below[0]);
        }
        columns += 2;
        const auto column = [&](Sum& last0, Sum& last1, Sum& mid0, Sum& mid1, Sum& new0, Sum& new1) {
            const Eight y = load(*columns++, channel);
            add_products(&last0, y, w.of[2]);
            add_products(&mid0, y, w.of[1]);
            new0 = stage.bias;
            add_products(&new0, y, w.of[0]);
            if (kRows == 2) {
                add_products(&last1, y, w.below[2]);
                add_products(&mid1, y, w.below[1]);
                new1 = stage.bias;
                add_products(&new1, y, w.below[0]);
            }
            finish(last0, last1);
        };
        for (; count >= 3; count -= 3) {
            column(a0, a1, b0, b1, c0, c1);
            column(b0, b1, c0, c1, a0, a1);
            column(c0, c1, a0, a1, b0, b1);
        }
        if (count >= 1) column(a0, a1, b0, b1, c0, c1);
        if (count >= 2) column(b0, b1, c0, c1, a0, a1);
    } else {
        Sum sum = stage.bias;
        add_products(&sum, load(columns[0], channel), w.of[0]);
        for (; count > 0; --count) {
            add_products(&sum, load(columns[1], channel), w.of[1]);
            const Eight x = load(columns[2], channel);
            add_products(&sum, x, w.of[2]);
            const Sum done = sum;
            sum = stage.bias;
            add_products(&sum, x, w.of[0]);
            columns += 2;
            finish(done, done);
        }
    }
}

template <int kStride, int kRows>
void rows_of_output(const DepthwiseArgs& args, int64_t row) {
    constexpr int32_t kMaxCount = (kMaxColumns - kWindow) / kStride + 1;
    Column<int8_t> columns[kMaxColumns];
    const int64_t image = row / args.out_h;
    const int64_t y = row % args.out_h * kStride - args.window.pad_top;
    const int64_t row_stride = int64_t{args.out_w} * args.channels;
    EightStage stage;
    stage.zero_point = vdupq_n_s16(static_cast<int16_t>(args.stage.zero_point));
    stage.clamp_min = vdupq_n_s8(static_cast<int8_t>(args.stage.clamp_min));
    stage.clamp_max = vdupq_n_s8(static_cast<int8_t>(args.stage.clamp_max));
    StageBlock block;
    for (int32_t out_x = 0; out_x < args.out_w; out_x += kMaxCount) {
        const int32_t count = args.out_w - out_x < kMaxCount ? args.out_w - out_x : kMaxCount;
        build_columns(args, image, y, kWindow - 1 + kRows, int64_t{out_x} * kStride - args.window.pad_left,
                      (count - 1) * kStride + kWindow, columns);
        int8_t* output = static_cast<int8_t*>(args.output) + row * row_stride + int64_t{out_x} * args.channels;
        for (int32_t channel = 0; channel < args.channels; channel += kChannels) {
            const int32_t left = args.channels - channel;
            const int32_t at = channel % kBlock;
            if (at == 0) block.set(args.stage, channel, left < kBlock ? left : kBlock);
            if (at != 0) memcpy(block.pre_shift, block.pre_shift + kChannels, sizeof(block.pre_shift) / 2);
            stage.bias = {vld1q_s32(block.bias + at), vld1q_s32(block.bias + at + 4)};
            stage.multiplier = {vld1q_s32(block.multiplier + at), vld1q_s32(block.multiplier + at + 4)};
            stage.right_shift = {vld1q_s32(block.right_shift + at), vld1q_s32(block.right_shift + at + 4)};
            const Weights weights(static_cast<const int8_t*>(args.weights) + channel, args.channels);
            walk<kStride, kRows>(columns, channel, weights, stage, block, left, output + channel, args.channels,
                                 row_stride, count);
        }
    }
}

}  // namespace

void w8a8_depthwise_2x8__dotprod(const DepthwiseArgs& args, int64_t first, int64_t last) {
    const Window& w = args.window;
    if (!walks_columns(w)) {
        w8a8_depthwise_1x16__neon(args, first, last);
        return;
    }
    int64_t row = first;
    if (w.stride_w == 2) {
        for (; row < last; ++row) rows_of_output<2, 1>(args, row);
        return;
    }
    while (row < last) {
        if (row + 1 < last && row % args.out_h + 1 < args.out_h) {
            rows_of_output<1, 2>(args, row);
            row += 2;
        } else {
            rows_of_output<1, 1>(args, row);
            row += 1;
        }
    }
}

}  // namespace tmx::kernels
