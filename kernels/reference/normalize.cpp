// Normalization of rows, the specification (docs/arithmetic.md, 12 and 8).
#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

/// Digits behind the point of normalized values: at most 2^8 (the square root of 2^16 elements) in units of 2^-20.
constexpr int32_t kUnitBits = 20;

/// floor(sqrt(x)), digit by digit.
uint64_t square_root(uint64_t x) {
    uint64_t root = 0;
    for (uint64_t bit = uint64_t{1} << 62; bit != 0; bit >>= 2) {
        if (x >= root + bit) {
            x -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return root;
}

/// 1 / sqrt(x) as multiplier * 2^-shift.
struct ReciprocalRoot {
    int64_t multiplier;  ///< 2^29 .. 2^30
    int32_t shift;       ///< 30 .. 60
};

/// 12: x >= 1, scaled by a power of four to 2^60 <= x < 2^62.
ReciprocalRoot reciprocal_root(uint64_t x) {
    int32_t halvings = 0;
    while (x < uint64_t{1} << 60) {
        x <<= 2;
        ++halvings;
    }
    const uint64_t root = square_root(x);  // 2^30 .. 2^31
    return {static_cast<int64_t>(((uint64_t{1} << 60) + root / 2) / root), 60 - halvings};
}

int32_t channel_of(const NormalizeArgs& args, int64_t row, int32_t i) {
    return static_cast<int32_t>((row % args.row_period * args.row_elements + i) / args.run);
}

template <typename T>
void normalize_integer(const NormalizeArgs& args, int64_t first, int64_t last) {
    const int64_t n = args.row_elements;
    const auto* gains = static_cast<const int32_t*>(args.gains);
    const auto* biases = static_cast<const int64_t*>(args.biases);
    for (int64_t row = first; row < last; ++row) {
        const T* input = static_cast<const T*>(args.input) + row * n;
        T* output = static_cast<T*>(args.output) + row * n;
        int64_t sum = 0, squares = 0;
        for (int32_t i = 0; i < args.row_elements; ++i) {
            const int64_t x = difference(input[i], args.input_zero_point);
            sum = wrapping_add(sum, x);
            squares = wrapping_add(squares, static_cast<int64_t>(static_cast<uint64_t>(x) * static_cast<uint64_t>(x)));
        }
        uint64_t spread = static_cast<uint64_t>(squares);
        if (args.centered) {
            spread = static_cast<uint64_t>(n) * spread - static_cast<uint64_t>(sum) * static_cast<uint64_t>(sum);
        }
        spread += static_cast<uint64_t>(args.epsilon);
        constexpr uint64_t kLargest = (uint64_t{1} << 62) - 1;
        const ReciprocalRoot root = reciprocal_root(spread == 0 ? 1 : spread > kLargest ? kLargest : spread);
        for (int32_t i = 0; i < args.row_elements; ++i) {
            const int64_t x = difference(input[i], args.input_zero_point);
            const int64_t distance = args.centered ? wrapping_add(n * x, -sum) : x;
            const auto product =
                static_cast<int64_t>(static_cast<uint64_t>(distance) * static_cast<uint64_t>(root.multiplier));
            const int64_t unit = shift_half_up(product, root.shift - kUnitBits);
            const int32_t channel = channel_of(args, row, i);
            const auto scaled =
                static_cast<int64_t>(static_cast<uint64_t>(unit) * static_cast<uint64_t>(int64_t{gains[channel]}));
            output[i] = to_code<T>(shift_half_up(wrapping_add(scaled, biases[channel]), args.shift),
                                   args.output_zero_point, args.clamp_min, args.clamp_max);
        }
    }
}

}  // namespace

void i8_normalize__reference(const NormalizeArgs& args, int64_t first, int64_t last) {
    normalize_integer<int8_t>(args, first, last);
}

void i16_normalize__reference(const NormalizeArgs& args, int64_t first, int64_t last) {
    normalize_integer<int16_t>(args, first, last);
}

void f32_normalize__reference(const NormalizeArgs& args, int64_t first, int64_t last) {
    const auto* gains = static_cast<const float*>(args.gains);
    const auto* biases = static_cast<const float*>(args.biases);
    for (int64_t row = first; row < last; ++row) {
        const float* input = static_cast<const float*>(args.input) + row * args.row_elements;
        float* output = static_cast<float*>(args.output) + row * args.row_elements;
        const float n = static_cast<float>(args.row_elements);
        float sum = 0.0f;
        for (int32_t i = 0; i < args.row_elements; ++i) sum = sum + input[i];
        const float mean = args.centered ? sum / n : 0.0f;
        float squares = 0.0f;
        for (int32_t i = 0; i < args.row_elements; ++i) {
            squares = squares + (input[i] - mean) * (input[i] - mean);
        }
        const float spread = args.centered ? squares / n : squares;
        const float factor = reciprocal_root_f32(spread + args.epsilon_f32);
        for (int32_t i = 0; i < args.row_elements; ++i) {
            const int32_t channel = channel_of(args, row, i);
            output[i] = ((input[i] - mean) * factor) * gains[channel] + biases[channel];
        }
    }
}

}  // namespace tmx::kernels
