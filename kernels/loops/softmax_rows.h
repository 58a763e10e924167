// Softmax of int8 and int16 codes for every processor. The specification computes every exponential twice and divides
// 64-bit integers, for which 32-bit cores have a subroutine only and vectors nothing. Here a row's exponentials are
// kept on the stack (those of int8, where a row has at most 256 different ones, in a table for all rows), and the
// quotient is one of doubles, made an integer by adding 2^52 (vectors have no good instruction for that), which can
// only be one too large: all three numbers of the check that follows are integers below 2^53. Internal linkage:
// compiled for several instruction sets.
#ifndef TINAMIX_KERNELS_LOOPS_SOFTMAX_ROWS_H_
#define TINAMIX_KERNELS_LOOPS_SOFTMAX_ROWS_H_

#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

constexpr int32_t kMostInner = 2048;
constexpr int kCodes8 = 256;

inline int64_t exponential(const SoftmaxArgs& args, int32_t difference) {
    return exp2_q30(args.exp2, rescale(difference, args.rescale.multiplier, args.rescale.shift));
}

/// floor((e * 2^bits + floor(sum / 2)) / sum)
struct Quotient {
    double scale, half, sum;

    Quotient(int bits, int64_t total)
        : scale(static_cast<double>(1 << bits)),
          half(static_cast<double>(total >> 1)),
          sum(static_cast<double>(total)) {}
    int32_t operator()(int32_t e) const {
        constexpr double kInteger = 4503599627370496.0;
        const double numerator = static_cast<double>(e) * scale + half;
        const double whole = numerator / sum + kInteger;
        int64_t bits;  // the integer is in the lowest of them
        memcpy(&bits, &whole, sizeof(bits));
        const int32_t quotient = static_cast<int32_t>(bits);
        return (whole - kInteger) * sum > numerator ? quotient - 1 : quotient;
    }
};

/// kBits, kZeroPoint: as in the specification. exponential_of(d) for d = max - code. False, with nothing written that
/// the specification would not overwrite, if the table of the file lies.
template <typename T, int kBits, int kZeroPoint, typename ExponentialOf>
bool softmax_row(const T* input, int32_t inner, const ExponentialOf& exponential_of, T* output) {
    int32_t exponentials[kMostInner];
    int32_t largest = Range<T>::kMin;
    for (int32_t i = 0; i < inner; ++i) largest = input[i] > largest ? input[i] : largest;
    int64_t sum = 0, seen = 0;
    for (int32_t i = 0; i < inner; ++i) {
        const int64_t e = exponential_of(largest - input[i]);
        exponentials[i] = static_cast<int32_t>(e);
        sum += e;
        seen |= e;
    }
    if (seen < 0 || seen >= int64_t{1} << 31 || sum == 0) return false;
    const Quotient quotient(kBits, sum);
    for (int32_t i = 0; i < inner; ++i) {
        const int32_t code = quotient(exponentials[i]) + kZeroPoint;
        output[i] = static_cast<T>(code < Range<T>::kMax ? code : Range<T>::kMax);
    }
    return true;
}

inline void softmax_i8(const SoftmaxArgs& args, int64_t first, int64_t last) {
    if (args.inner > kMostInner) {
        i8_softmax__reference(args, first, last);
        return;
    }
    int64_t table[kCodes8];
    const bool use_table = (last - first) * args.inner > kCodes8;
    for (int d = 0; use_table && d < kCodes8; ++d) table[d] = exponential(args, d);
    for (int64_t row = first; row < last; ++row) {
        const int8_t* input = static_cast<const int8_t*>(args.input) + row * args.inner;
        int8_t* output = static_cast<int8_t*>(args.output) + row * args.inner;
        const bool done = use_table ? softmax_row<int8_t, 8, -128>(
                                          input, args.inner, [&](int32_t d) { return table[d]; }, output)
                                    : softmax_row<int8_t, 8, -128>(
                                          input, args.inner, [&](int32_t d) { return exponential(args, d); }, output);
        if (!done) i8_softmax__reference(args, row, row + 1);
    }
}

inline void softmax_i16(const SoftmaxArgs& args, int64_t first, int64_t last) {
    if (args.inner > kMostInner) {
        i16_softmax__reference(args, first, last);
        return;
    }
    for (int64_t row = first; row < last; ++row) {
        const int16_t* input = static_cast<const int16_t*>(args.input) + row * args.inner;
        int16_t* output = static_cast<int16_t*>(args.output) + row * args.inner;
        if (!softmax_row<int16_t, 15, 0>(
                input, args.inner, [&](int32_t d) { return exponential(args, d); }, output)) {
            i16_softmax__reference(args, row, row + 1);
        }
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_LOOPS_SOFTMAX_ROWS_H_
