// Resize linear and cubic, over channels, in loops that the compiler turns into vectors. The two weights of a tap pair
// are multiplied once per pixel (both have 16 bits), so that a pixel is one weighted sum of rows * columns pixels,
// taken four at a time: nothing is stored between the four of a linear resize. Sums are modulo 2^32 (int8) or 2^64
// (int16), which makes every order of them the specification's. Internal linkage: compiled for several instruction
// sets.
#ifndef TINAMIX_KERNELS_LOOPS_RESAMPLE_ROWS_H_
#define TINAMIX_KERNELS_LOOPS_RESAMPLE_ROWS_H_

#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

/// Channels whose sums are kept between groups of taps; any value gives the same result.
constexpr int32_t kResampleChunk = 64;
constexpr int kTapGroup = 4;
/// Cubic resize has four taps per axis.
constexpr int kMostTaps = 16;

/// floor((acc * m + 2^(s-1)) / 2^s) for s >= 32 in halves: the upper 32 bits, then the rest of the shift.
struct UpperHalfRescale {
    int64_t multiplier, half;
    int32_t rest;

    explicit UpperHalfRescale(Rescale by)
        : multiplier(by.multiplier), half(int64_t{1} << (by.shift - 1)), rest(by.shift - 32) {}
    int32_t operator()(uint32_t acc) const {
        const int64_t product = static_cast<int32_t>(acc) * multiplier + half;
        return static_cast<int32_t>(static_cast<uint64_t>(product) >> 32) >> rest;
    }
};

/// The same of a 64-bit sum, s >= 33: rescale_wide of arithmetic.h.
struct WideUpperRescale {
    int64_t multiplier, half;
    int32_t rest;

    explicit WideUpperRescale(Rescale by)
        : multiplier(by.multiplier), half(int64_t{1} << (by.shift - 33)), rest(by.shift - 32) {}
    int64_t operator()(uint64_t acc) const {
        const int64_t high = static_cast<int32_t>(acc >> 32), low = static_cast<uint32_t>(acc);
        const int64_t carried = static_cast<int64_t>(static_cast<uint64_t>(low * multiplier) >> 32);
        return (high * multiplier + carried + half) >> rest;
    }
};

/// Weighted pixels of one output pixel; the count is a multiple of kTapGroup, spare ones weigh nothing.
template <typename T>
struct WeightedPixels {
    const T* pixels[kMostTaps];
    int32_t weights[kMostTaps];
    int count = 0;

    void add(const T* pixel, int32_t weight) {
        pixels[count] = pixel;
        weights[count++] = weight;
    }
    void fill_group() {
        while (count % kTapGroup != 0) add(pixels[0], 0);
    }
};

/// sums[c] += the four weighted pixels' channels; finish(c, sum) sees each.
template <typename Sum, typename T, typename Finish>
void sum_group(const T* const* pixels, const int32_t* weights, int32_t count, const Finish& finish) {
    const T *p0 = pixels[0], *p1 = pixels[1], *p2 = pixels[2], *p3 = pixels[3];
    // 64-bit sums are of 32-bit factors, whose product vectors have an instruction for.
    using Factor = int32_t;
    using Product = int64_t;
    const Factor w0 = weights[0], w1 = weights[1], w2 = weights[2], w3 = weights[3];
    for (int32_t c = 0; c < count; ++c) {
        Sum sum;
        if constexpr (sizeof(Sum) == 4) {
            sum = static_cast<Sum>(w0) * static_cast<Sum>(p0[c]) + static_cast<Sum>(w1) * static_cast<Sum>(p1[c]) +
                  static_cast<Sum>(w2) * static_cast<Sum>(p2[c]) + static_cast<Sum>(w3) * static_cast<Sum>(p3[c]);
        } else {
            const Product first = Product{w0} * Factor{p0[c]} + Product{w1} * Factor{p1[c]};
            const Product second = Product{w2} * Factor{p2[c]} + Product{w3} * Factor{p3[c]};
            sum = static_cast<Sum>(first) + static_cast<Sum>(second);
        }
        finish(c, sum);
    }
}

/// Channels of one output pixel.
template <typename T, typename Sum, typename Rescaler>
void resample_pixel(const WeightedPixels<T>& taps, Sum offset, const Rescaler& rescaler, int32_t zero_point,
                    int32_t channels, T* output) {
    const auto store = [=](Sum sum, T* at) {
        const auto code = rescaler(sum + offset) + zero_point;
        const auto above = code > Range<T>::kMin ? code : Range<T>::kMin;
        *at = static_cast<T>(above < Range<T>::kMax ? above : Range<T>::kMax);
    };
    if (taps.count == kTapGroup) {
        sum_group<Sum>(taps.pixels, taps.weights, channels, [=](int32_t c, Sum sum) { store(sum, output + c); });
        return;
    }
    Sum sums[kResampleChunk];
    for (int32_t begin = 0; begin < channels; begin += kResampleChunk) {
        const int32_t count = channels - begin < kResampleChunk ? channels - begin : kResampleChunk;
        for (int32_t c = 0; c < count; ++c) sums[c] = 0;
        for (int group = 0; group < taps.count; group += kTapGroup) {
            const T* pixels[kTapGroup];
            for (int t = 0; t < kTapGroup; ++t) pixels[t] = taps.pixels[group + t] + begin;
            sum_group<Sum>(pixels, taps.weights + group, count, [&](int32_t c, Sum sum) { sums[c] += sum; });
        }
        for (int32_t c = 0; c < count; ++c) store(sums[c], output + begin + c);
    }
}

/// False, with nothing written, for shifts and numbers of taps that these loops do not take.
template <typename T, typename Sum, typename Rescaler>
bool resample_rows(const ResampleArgs& args, int64_t first, int64_t last) {
    const AxisTaps &rows = args.rows, &columns = args.columns;
    if (args.rescale.shift < 33 || args.rescale.shift > 62 || rows.taps > 4 || columns.taps > 4) return false;
    const Rescaler rescaler(args.rescale);
    const auto* row_weights = static_cast<const int16_t*>(rows.weights);
    const auto* column_weights = static_cast<const int16_t*>(columns.weights);
    const int64_t row_elements = int64_t{args.in_w} * args.channels;
    auto* output = static_cast<T*>(args.output) + first * args.out_w * args.channels;
    for (int64_t row = first; row < last; ++row) {
        const int64_t image = row / args.out_h, out_y = row - image * args.out_h;
        const T* input = static_cast<const T*>(args.input) + image * args.in_h * row_elements;
        for (int64_t out_x = 0; out_x < args.out_w; ++out_x, output += args.channels) {
            WeightedPixels<T> taps;
            Sum weight_sum = 0;
            for (int64_t t = out_y * rows.taps; t < (out_y + 1) * rows.taps; ++t) {
                const T* input_row = input + clamp_i64(rows.indices[t], 0, args.in_h - 1) * row_elements;
                for (int64_t u = out_x * columns.taps; u < (out_x + 1) * columns.taps; ++u) {
                    const int32_t weight = int32_t{row_weights[t]} * column_weights[u];
                    taps.add(input_row + clamp_i64(columns.indices[u], 0, args.in_w - 1) * args.channels, weight);
                    weight_sum += static_cast<Sum>(weight);
                }
            }
            taps.fill_group();
            const Sum offset = Sum{0} - weight_sum * static_cast<Sum>(args.input_zero_point);
            resample_pixel(taps, offset, rescaler, args.output_zero_point, args.channels, output);
        }
    }
    return true;
}

inline void resample_i8(const ResampleArgs& args, int64_t first, int64_t last) {
    if (!resample_rows<int8_t, uint32_t, UpperHalfRescale>(args, first, last)) {
        i8_resample__reference(args, first, last);
    }
}
inline void resample_i16(const ResampleArgs& args, int64_t first, int64_t last) {
    if (!resample_rows<int16_t, uint64_t, WideUpperRescale>(args, first, last)) {
        i16_resample__reference(args, first, last);
    }
}

/// float32: linear resize in the order of the specification; other numbers of taps keep the reference.
inline void resample_f32(const ResampleArgs& args, int64_t first, int64_t last) {
    if (args.rows.taps != 2 || args.columns.taps != 2) return f32_resample__reference(args, first, last);
    const int64_t row_elements = int64_t{args.in_w} * args.channels;
    const auto* row_weights = static_cast<const float*>(args.rows.weights);
    const auto* column_weights = static_cast<const float*>(args.columns.weights);
    auto* output = static_cast<float*>(args.output) + first * args.out_w * args.channels;
    for (int64_t row = first; row < last; ++row) {
        const int64_t image = row / args.out_h, y = 2 * (row - image * args.out_h);
        const float* input = static_cast<const float*>(args.input) + image * args.in_h * row_elements;
        const float* upper = input + clamp_i64(args.rows.indices[y], 0, args.in_h - 1) * row_elements;
        const float* lower = input + clamp_i64(args.rows.indices[y + 1], 0, args.in_h - 1) * row_elements;
        const float v0 = row_weights[y], v1 = row_weights[y + 1];
        for (int64_t x = 0; x < 2 * int64_t{args.out_w}; x += 2, output += args.channels) {
            const int64_t left = clamp_i64(args.columns.indices[x], 0, args.in_w - 1) * args.channels;
            const int64_t right = clamp_i64(args.columns.indices[x + 1], 0, args.in_w - 1) * args.channels;
            const float w0 = column_weights[x], w1 = column_weights[x + 1];
            const float *a = upper + left, *b = upper + right, *c = lower + left, *d = lower + right;
            for (int32_t i = 0; i < args.channels; ++i) {
                const float h0 = (0.0f + w0 * a[i]) + w1 * b[i], h1 = (0.0f + w0 * c[i]) + w1 * d[i];
                output[i] = (0.0f + v0 * h0) + v1 * h1;
            }
        }
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_LOOPS_RESAMPLE_ROWS_H_
