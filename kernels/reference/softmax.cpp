// Softmax over the last dimension, the specification (docs/arithmetic.md, 6 and 8).
#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

/// kBits: the output scale is 2^-kBits. Exponentials are computed twice rather than stored: there is no scratch here.
template <typename T, int kBits, int kZeroPoint>
void softmax_integer(const SoftmaxArgs& args, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
        const T* input = static_cast<const T*>(args.input) + row * args.inner;
        T* output = static_cast<T*>(args.output) + row * args.inner;
        int32_t largest = Range<T>::kMin;
        for (int32_t i = 0; i < args.inner; ++i) largest = input[i] > largest ? input[i] : largest;
        const auto exponential = [&](int32_t i) {
            return exp2_q30(args.exp2, rescale(largest - input[i], args.rescale.multiplier, args.rescale.shift));
        };
        int64_t sum = 0;
        for (int32_t i = 0; i < args.inner; ++i) sum = wrapping_add(sum, exponential(i));
        if (sum < 1) sum = 1;  // only with a table that lies: the largest element alone has 2^30
        for (int32_t i = 0; i < args.inner; ++i) {
            const int64_t quotient = (exponential(i) * (int64_t{1} << kBits) + sum / 2) / sum;
            output[i] = to_code<T>(quotient, kZeroPoint, Range<T>::kMin, Range<T>::kMax);
        }
    }
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
        float largest = -__builtin_inff();
        for (int32_t i = 0; i < args.inner; ++i) largest = max_f32(largest, input[i]);
        float sum = 0.0f;
        for (int32_t i = 0; i < args.inner; ++i) {
            output[i] = exp_f32(input[i] - largest);
            sum = sum + output[i];
        }
        for (int32_t i = 0; i < args.inner; ++i) output[i] = output[i] / sum;
    }
}

}  // namespace tmx::kernels
