// Softmax and its logarithm over the last dimension, the specification (docs/arithmetic.md, 6 and 8).
#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"
#include "kernels/reference/functions_f32.h"

namespace tmx::kernels {
namespace {

/// A row of codes and the sum of its exponentials. They are computed twice rather than stored: there is no scratch
/// here.
template <typename T>
class IntegerRow {
  public:
    IntegerRow(const SoftmaxArgs& args, int64_t row)
        : args_(args), input_(static_cast<const T*>(args.input) + row * args.inner) {
        for (int32_t i = 0; i < args.inner; ++i) largest_ = input_[i] > largest_ ? input_[i] : largest_;
        for (int32_t i = 0; i < args.inner; ++i) sum_ = wrapping_add(sum_, exponential(i));
        if (sum_ < 1) sum_ = 1;  // only with a table that lies: the largest element alone has 2^30
    }
    /// How many Q16 powers of two element i is below the largest.
    int64_t exponent(int32_t i) const {
        return rescale(largest_ - input_[i], args_.rescale.multiplier, args_.rescale.shift);
    }
    int64_t exponential(int32_t i) const { return exp2_q30(args_.exp2, exponent(i)); }
    int64_t sum() const { return sum_; }

  private:
    const SoftmaxArgs& args_;
    const T* input_;
    int32_t largest_ = Range<T>::kMin;
    int64_t sum_ = 0;
};

/// kBits: the output scale is 2^-kBits.
template <typename T, int kBits, int kZeroPoint>
void softmax_integer(const SoftmaxArgs& args, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
        const IntegerRow<T> values(args, row);
        T* output = static_cast<T*>(args.output) + row * args.inner;
        for (int32_t i = 0; i < args.inner; ++i) {
            const int64_t quotient = (values.exponential(i) * (int64_t{1} << kBits) + values.sum() / 2) / values.sum();
            output[i] = to_code<T>(quotient, kZeroPoint, Range<T>::kMin, Range<T>::kMax);
        }
    }
}

/// -x modulo 2^64.
int64_t negated(int64_t x) { return static_cast<int64_t>(-static_cast<uint64_t>(x)); }

/// 6: the binary logarithm of x / 2^30 in Q16, for x >= 1, one digit per squaring.
int64_t log2_q16(int64_t x) {
    constexpr int32_t kFractionBits = 16;
    int32_t places = 0;
    while (x >> places >= int64_t{1} << 31) ++places;
    uint64_t y = static_cast<uint64_t>(x) >> places;
    for (; y < uint64_t{1} << 30; --places) y <<= 1;
    int64_t result = places;
    for (int32_t digit = 0; digit < kFractionBits; ++digit) {
        y = (y * y) >> 30;
        const int32_t carry = y >= uint64_t{1} << 31 ? 1 : 0;
        y >>= carry;
        result = result * 2 + carry;
    }
    return result;
}

template <typename T>
void log_softmax_integer(const SoftmaxArgs& args, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
        const IntegerRow<T> values(args, row);
        const int64_t log_of_sum = log2_q16(values.sum());
        T* output = static_cast<T*>(args.output) + row * args.inner;
        for (int32_t i = 0; i < args.inner; ++i) {
            // A rescale that lies makes exponents without an opposite.
            const int64_t power = negated(wrapping_add(values.exponent(i), log_of_sum));
            output[i] = to_code<T>(rescale_wide(power, args.to_output.multiplier, args.to_output.shift),
                                   args.output_zero_point, Range<T>::kMin, Range<T>::kMax);
        }
    }
}

float largest_of(const float* input, int32_t count) {
    float largest = -__builtin_inff();
    for (int32_t i = 0; i < count; ++i) largest = max_f32(largest, input[i]);
    return largest;
}

}  // namespace

void i8_softmax__reference(const SoftmaxArgs& args, int64_t first, int64_t last) {
    softmax_integer<int8_t, 8, -128>(args, first, last);
}

void i16_softmax__reference(const SoftmaxArgs& args, int64_t first, int64_t last) {
    softmax_integer<int16_t, 15, 0>(args, first, last);
}

void f32_softmax__reference(const SoftmaxArgs& args, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
        const float* input = static_cast<const float*>(args.input) + row * args.inner;
        float* output = static_cast<float*>(args.output) + row * args.inner;
        const float largest = largest_of(input, args.inner);
        float sum = 0.0f;
        for (int32_t i = 0; i < args.inner; ++i) {
            output[i] = exp_f32(input[i] - largest);
            sum = sum + output[i];
        }
        for (int32_t i = 0; i < args.inner; ++i) output[i] = output[i] / sum;
    }
}

void i8_log_softmax__reference(const SoftmaxArgs& args, int64_t first, int64_t last) {
    log_softmax_integer<int8_t>(args, first, last);
}

void i16_log_softmax__reference(const SoftmaxArgs& args, int64_t first, int64_t last) {
    log_softmax_integer<int16_t>(args, first, last);
}

void f32_log_softmax__reference(const SoftmaxArgs& args, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
        const float* input = static_cast<const float*>(args.input) + row * args.inner;
        float* output = static_cast<float*>(args.output) + row * args.inner;
        const float largest = largest_of(input, args.inner);
        float sum = 0.0f;
        for (int32_t i = 0; i < args.inner; ++i) sum = sum + exp_f32(input[i] - largest);
        const float log_of_sum = log_f32(sum);
        for (int32_t i = 0; i < args.inner; ++i) output[i] = (input[i] - largest) - log_of_sum;
    }
}

}  // namespace tmx::kernels
