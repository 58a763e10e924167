// Weighted sums along two axes, the specification (docs/arithmetic.md, 4 and 8): linear and cubic resize. An index
// outside the input is moved to its border, so that tables in a file cannot reach other memory.
#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

/// Channels that are summed side by side; any value gives the same result.
constexpr int kChunk = 64;

/// Sums are unsigned: with the weights of a file that lies they wrap. The sum over int16 codes has 44 bits.
template <typename T, typename Sum>
struct Integer {
    using Element = T;
    using Weight = int16_t;
    using Accumulator = Sum;
    static Sum centered(const ResampleArgs& args, T x) {
        return static_cast<Sum>(difference(x, args.input_zero_point));
    }
    static Sum weighted(Weight w, Sum x) { return static_cast<Sum>(w) * x; }
    static T finish(const ResampleArgs& args, Sum acc) {
        const Rescale& by = args.rescale;
        const int64_t rescaled = sizeof(Sum) == 8 ? rescale_wide(static_cast<int64_t>(acc), by.multiplier, by.shift)
                                                  : rescale(static_cast<int32_t>(acc), by.multiplier, by.shift);
        return to_code<T>(rescaled, args.output_zero_point, Range<T>::kMin, Range<T>::kMax);
    }
};

struct Float32 {
    using Element = float;
    using Weight = float;
    using Accumulator = float;
    static float centered(const ResampleArgs&, float x) { return x; }
    static float weighted(float w, float x) { return w * x; }
    static float finish(const ResampleArgs&, float acc) { return acc; }
};

/// sums[c] = sum over the column taps of weight * pixel, of one input row.
template <typename Type>
void sum_columns(const ResampleArgs& args, const typename Type::Element* row, int64_t out_x, int32_t count,
                 typename Type::Accumulator* sums) {
    const AxisTaps& taps = args.columns;
    const auto* weights = static_cast<const typename Type::Weight*>(taps.weights) + out_x * taps.taps;
    const int32_t* indices = taps.indices + out_x * taps.taps;
    for (int32_t c = 0; c < count; ++c) sums[c] = 0;
    for (int32_t t = 0; t < taps.taps; ++t) {
        const auto* pixel = row + clamp_i64(indices[t], 0, args.in_w - 1) * args.channels;
        const auto weight = weights[t];
        for (int32_t c = 0; c < count; ++c) sums[c] += Type::weighted(weight, Type::centered(args, pixel[c]));
    }
}

template <typename Type>
void resample(const ResampleArgs& args, int64_t first, int64_t last) {
    using Element = typename Type::Element;
    typename Type::Accumulator acc[kChunk], sums[kChunk];
    const AxisTaps& taps = args.rows;
    for (int64_t row = first; row < last; ++row) {
        const int64_t out_y = row % args.out_h;
        const Element* image =
            static_cast<const Element*>(args.input) + row / args.out_h * args.in_h * args.in_w * args.channels;
        const auto* weights = static_cast<const typename Type::Weight*>(taps.weights) + out_y * taps.taps;
        const int32_t* indices = taps.indices + out_y * taps.taps;
        for (int64_t out_x = 0; out_x < args.out_w; ++out_x) {
            Element* output = static_cast<Element*>(args.output) + (row * args.out_w + out_x) * args.channels;
            for (int32_t begin = 0; begin < args.channels; begin += kChunk) {
                const int32_t count = args.channels - begin < kChunk ? args.channels - begin : kChunk;
                for (int32_t c = 0; c < count; ++c) acc[c] = 0;
                for (int32_t t = 0; t < taps.taps; ++t) {
                    const int64_t y = clamp_i64(indices[t], 0, args.in_h - 1);
                    sum_columns<Type>(args, image + y * args.in_w * args.channels + begin, out_x, count, sums);
                    const auto weight = weights[t];
                    for (int32_t c = 0; c < count; ++c) acc[c] += Type::weighted(weight, sums[c]);
                }
                for (int32_t c = 0; c < count; ++c) output[begin + c] = Type::finish(args, acc[c]);
            }
        }
    }
}

}  // namespace

void i8_resample__reference(const ResampleArgs& args, int64_t first, int64_t last) {
    resample<Integer<int8_t, uint32_t>>(args, first, last);
}
void i16_resample__reference(const ResampleArgs& args, int64_t first, int64_t last) {
    resample<Integer<int16_t, uint64_t>>(args, first, last);
}
void f32_resample__reference(const ResampleArgs& args, int64_t first, int64_t last) {
    resample<Float32>(args, first, last);
}

}  // namespace tmx::kernels
