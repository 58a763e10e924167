// Binary operations with broadcasting, the specification (docs/arithmetic.md, 4 and 8).
#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"
#include "kernels/reference/binary_f32.h"
#include "kernels/reference/outer_index.h"

namespace tmx::kernels {
namespace {

/// The quotient n / (d * 2^shift), rounded half up in one step. A division by 0 gives the end on n's side, 0 / 0 gives
/// 0.
int64_t divide(int64_t n, int64_t d, int32_t shift) {
    constexpr int64_t kBeyondEveryCode = 1 << 20;
    if (d == 0) return n > 0 ? kBeyondEveryCode : n < 0 ? -kBeyondEveryCode : 0;
    if (d < 0) {
        n = -n;
        d = -d;
    }
    // floor((n + d * 2^(shift-1)) / 2^shift / d): floors may be nested. At most 2^48 + 2^62, by the verifier's bounds.
    const uint32_t s = static_cast<uint32_t>(shift) & 63;
    const uint64_t half = static_cast<uint64_t>(d) << ((s - 1) & 63);
    const int64_t numerator = static_cast<int64_t>(static_cast<uint64_t>(n) + half) >> s;
    const int64_t quotient = numerator / d;
    return quotient - (numerator % d < 0 ? 1 : 0);
}

int64_t rescaled(const BinaryArgs& args, int32_t a, int32_t b) {
    const uint32_t product = static_cast<uint32_t>(a) * static_cast<uint32_t>(b);
    const int64_t scaled_a = int64_t{a} * args.multiplier_a, scaled_b = int64_t{b} * args.multiplier_b;
    switch (args.function) {
        case BinaryFunction::kMul:
            return rescale(static_cast<int32_t>(product), args.multiplier_a, args.shift);
        case BinaryFunction::kDiv:
            return divide(scaled_a, b, args.shift);
        case BinaryFunction::kMin:
            return shift_half_up(scaled_a < scaled_b ? scaled_a : scaled_b, args.shift);
        case BinaryFunction::kMax:
            return shift_half_up(scaled_a > scaled_b ? scaled_a : scaled_b, args.shift);
        case BinaryFunction::kPRelu:
            return a >= 0 ? rescale(a, args.multiplier_a, args.shift)
                          : rescale(static_cast<int32_t>(product), args.multiplier_b, args.shift_b);
        default:  // Sub has a negative multiplier_b, so both are one formula
            return shift_half_up(wrapping_add(scaled_a, scaled_b), args.shift);
    }
}

template <typename T>
T combine(const BinaryArgs& args, T a_code, T b_code) {
    const int32_t a = difference(a_code, args.zero_point_a);
    const int32_t b = difference(b_code, args.zero_point_b);
    return to_code<T>(rescaled(args, a, b), args.zero_point_out, args.clamp_min, args.clamp_max);
}

template <>
float combine(const BinaryArgs& args, float a, float b) {
    return clamp_f32(combine_f32(args.function, a, b), args.clamp_min_f32, args.clamp_max_f32);
}

template <typename T>
void binary(const BinaryArgs& args, int64_t first, int64_t last) {
    const int32_t inner = args.shape[args.rank - 1];
    const int64_t step_a = args.stride_a[args.rank - 1];
    const int64_t step_b = args.stride_b[args.rank - 1];
    for (int64_t row = first; row < last; ++row) {
        const T* a = static_cast<const T*>(args.a) + row_offset(row, args.rank, args.shape, args.stride_a);
        const T* b = static_cast<const T*>(args.b) + row_offset(row, args.rank, args.shape, args.stride_b);
        T* output = static_cast<T*>(args.output) + row * inner;
        for (int32_t i = 0; i < inner; ++i) output[i] = combine<T>(args, a[i * step_a], b[i * step_b]);
    }
}

}  // namespace

void i8_binary__reference(const BinaryArgs& args, int64_t first, int64_t last) { binary<int8_t>(args, first, last); }
void i16_binary__reference(const BinaryArgs& args, int64_t first, int64_t last) { binary<int16_t>(args, first, last); }
void f32_binary__reference(const BinaryArgs& args, int64_t first, int64_t last) { binary<float>(args, first, last); }

}  // namespace tmx::kernels
