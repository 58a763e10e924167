// Add, subtract and multiply with broadcasting, the specification (docs/arithmetic.md, 4 and 8).
#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"
#include "kernels/reference/outer_index.h"

namespace tmx::kernels {
namespace {

/// Subtraction is addition with a negative multiplier_b, so both are one formula.
template <typename T>
T combine(const BinaryArgs& args, T a_code, T b_code) {
    const int32_t a = difference(a_code, args.zero_point_a);
    const int32_t b = difference(b_code, args.zero_point_b);
    int64_t rescaled;
    if (args.function == BinaryFunction::kMul) {
        const uint32_t product = static_cast<uint32_t>(a) * static_cast<uint32_t>(b);
        rescaled = rescale(static_cast<int32_t>(product), args.multiplier_a, args.shift);
    } else {
        const int64_t sum = wrapping_add(int64_t{a} * args.multiplier_a, int64_t{b} * args.multiplier_b);
        rescaled = shift_half_up(sum, args.shift);
    }
    return to_code<T>(rescaled, args.zero_point_out, args.clamp_min, args.clamp_max);
}

template <>
float combine(const BinaryArgs& args, float a, float b) {
    const float value = args.function == BinaryFunction::kAdd   ? a + b
                        : args.function == BinaryFunction::kSub ? a - b
                                                                : a * b;
    return clamp_f32(value, args.clamp_min_f32, args.clamp_max_f32);
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
