// i8 add, subtract and multiply, 64 elements at a time, AVX-512 VNNI. The loop and its reasons: scaled_rows.h.
//
// Addition has its own shift and no multiplier: (acc + 2^(s-1)) >> s is rescale(acc, 2^30, s + 30).
#include "kernels/kernel_table.h"
#include "kernels/reference/outer_index.h"
#include "kernels/x86/scaled_rows.h"

namespace tmx::kernels {
namespace {

/// Operands that repeat along the row are spread over a vector once.
template <typename Combine>
void rows(const BinaryArgs& args, int64_t first, int64_t last, const UniformStage& stage, const Combine& combine) {
    const int32_t inner = args.shape[args.rank - 1];
    const bool a_repeats = args.stride_a[args.rank - 1] == 0, b_repeats = args.stride_b[args.rank - 1] == 0;
    const __m512i zero_a = set_i32(args.zero_point_a), zero_b = set_i32(args.zero_point_b);
    for (int64_t row = first; row < last; ++row) {
        const int8_t* a = static_cast<const int8_t*>(args.a) + row_offset(row, args.rank, args.shape, args.stride_a);
        const int8_t* b = static_cast<const int8_t*>(args.b) + row_offset(row, args.rank, args.shape, args.stride_b);
        const __m512i one_a = sub(set_i32(a[0]), zero_a), one_b = sub(set_i32(b[0]), zero_b);
        scaled_row(stage, inner, static_cast<int8_t*>(args.output) + row * inner, [&](int32_t i) {
            return combine(a_repeats ? one_a : sub(widen(a + i), zero_a),
                           b_repeats ? one_b : sub(widen(b + i), zero_b));
        });
    }
}

}  // namespace

void i8_binary_1x64__avx512vnni(const BinaryArgs& args, int64_t first, int64_t last) {
    constexpr int32_t kOne = 1 << 30, kOneShift = 30;
    // Multipliers up to 2^20 keep the sum of two 9-bit differences within 32 bits.
    constexpr int32_t kMost = 1 << 20;
    const auto in_range = [](int64_t value, int64_t low, int64_t high) { return value >= low && value <= high; };
    const bool even = in_range(args.stride_a[args.rank - 1], 0, 1) && in_range(args.stride_b[args.rank - 1], 0, 1);
    if (even && args.function == BinaryFunction::kMul) {
        const UniformStage stage({args.multiplier_a, args.shift}, args.zero_point_out, args.clamp_min, args.clamp_max);
        rows(args, first, last, stage, [](__m512i x, __m512i y) { return mul(x, y); });
    } else if (even && args.function < BinaryFunction::kMul && in_range(args.shift, 1, 62 - kOneShift) &&
               in_range(args.multiplier_a, -kMost, kMost) && in_range(args.multiplier_b, -kMost, kMost)) {
        const UniformStage stage({kOne, args.shift + kOneShift}, args.zero_point_out, args.clamp_min, args.clamp_max);
        const __m512i ma = set_i32(args.multiplier_a), mb = set_i32(args.multiplier_b);
        rows(args, first, last, stage, [=](__m512i x, __m512i y) { return add(mul(x, ma), mul(y, mb)); });
    } else {
        i8_binary__reference(args, first, last);
    }
}

}  // namespace tmx::kernels
