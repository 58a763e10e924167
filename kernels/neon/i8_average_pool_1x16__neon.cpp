// i8 average pooling, 16 channels at a time: a window's row is summed in 16 bits, which hold 255 codes, its rows in 32.
// The zero point is taken off at the end, once for each valid element.
#include "kernels/kernel_table.h"
#include "kernels/neon/elementwise.h"

namespace tmx::kernels {
namespace {

constexpr int32_t kMostColumns = 255;
constexpr int32_t kMostElements = 1 << 22;  ///< times 256 is within 32 bits

/// Taps t with 0 <= start + t * dilation < size.
struct Taps {
    int32_t begin = 0, end = 0;

    Taps(int64_t start, int32_t kernel, int32_t dilation, int32_t size) {
        while (begin < kernel && start + int64_t{begin} * dilation < 0) ++begin;
        end = begin;
        while (end < kernel && start + int64_t{end} * dilation < size) ++end;
    }
};

void pool(const PoolArgs& args, int64_t first, int64_t last) {
    const Window& window = args.window;
    const ToCodes8 to_codes(args.output_zero_point, INT8_MIN, INT8_MAX);
    const int64_t column_step = int64_t{window.dilation_w} * args.channels;
    for (int64_t row = first; row < last; ++row) {
        const int64_t top = row % args.out_h * window.stride_h - window.pad_top;
        const Taps ys(top, window.kernel_h, window.dilation_h, args.in_h);
        const int8_t* image =
            static_cast<const int8_t*>(args.input) + row / args.out_h * args.in_h * int64_t{args.in_w} * args.channels;
        for (int64_t out_x = 0; out_x < args.out_w; ++out_x) {
            int8_t* output = static_cast<int8_t*>(args.output) + (row * args.out_w + out_x) * args.channels;
            const int64_t left = out_x * window.stride_w - window.pad_left;
            const Taps xs(left, window.kernel_w, window.dilation_w, args.in_w);
            const int32_t columns = xs.end - xs.begin;
            const int32_t valid = columns * (ys.end - ys.begin);
            Rescale by = {0, 62};
            if (valid > 0 && args.rescale_count > 0) {
                by = args.rescales[(valid < args.rescale_count ? valid : args.rescale_count) - 1];
            }
            const CommonRescale rescale(by.multiplier, by.shift);
            const int32x4_t start = vdupq_n_s32(-valid * args.input_zero_point);
            for (int32_t channel = 0; channel < args.channels; channel += 16) {
                I32x16 sum = {{start, start, start, start}};
                for (int32_t ky = ys.begin; ky < ys.end; ++ky) {
                    const int64_t y = top + int64_t{ky} * window.dilation_h;
                    const int64_t x = left + int64_t{xs.begin} * window.dilation_w;
                    const int8_t* pixel = image + (y * args.in_w + x) * args.channels + channel;
                    int16x8_t low = vdupq_n_s16(0), high = vdupq_n_s16(0);
                    for (int32_t i = 0; i < columns; ++i, pixel += column_step) {
                        const int8x16_t codes = vld1q_s8(pixel);
                        low = vaddw_s8(low, vget_low_s8(codes));
                        high = vaddw_high_s8(high, codes);
                    }
                    sum.part[0] = vaddw_s16(sum.part[0], vget_low_s16(low));
                    sum.part[1] = vaddw_high_s16(sum.part[1], low);
                    sum.part[2] = vaddw_s16(sum.part[2], vget_low_s16(high));
                    sum.part[3] = vaddw_high_s16(sum.part[3], high);
                }
                store_codes(output + channel, to_codes(rescale(sum)), args.channels - channel);
            }
        }
    }
}

}  // namespace

void i8_average_pool_1x16__neon(const PoolArgs& args, int64_t first, int64_t last) {
    const bool zero_is_code = args.input_zero_point >= INT8_MIN && args.input_zero_point <= INT8_MAX &&
                              args.output_zero_point >= INT8_MIN && args.output_zero_point <= INT8_MAX;
    if (!zero_is_code || args.window.kernel_w > kMostColumns ||
        int64_t{args.window.kernel_h} * args.window.kernel_w > kMostElements) {
        i8_average_pool__reference(args, first, last);
    } else {
        pool(args, first, last);
    }
}

}  // namespace tmx::kernels
