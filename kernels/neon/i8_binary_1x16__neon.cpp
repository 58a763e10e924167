// i8 add, subtract and multiply, 16 elements at a time. The zero points go with the first widening for nothing; sums of
// two products of at most 2^20 and nine bits stay within 32 bits (docs/arithmetic.md, 4).
#include "kernels/kernel_table.h"
#include "kernels/neon/elementwise.h"
#include "kernels/reference/outer_index.h"

namespace tmx::kernels {
namespace {

template <typename Combine>
void rows(const BinaryArgs& args, int64_t first, int64_t last, const Combine& combine) {
    const int32_t inner = args.shape[args.rank - 1];
    const bool a_repeats = args.stride_a[args.rank - 1] == 0, b_repeats = args.stride_b[args.rank - 1] == 0;
    const int8x8_t zero_a = vdup_n_s8(static_cast<int8_t>(args.zero_point_a));
    const int8x8_t zero_b = vdup_n_s8(static_cast<int8_t>(args.zero_point_b));
    const ToCodes8 to_codes(args.zero_point_out, args.clamp_min, args.clamp_max);
    for (int64_t row = first; row < last; ++row) {
        const int8_t* a = static_cast<const int8_t*>(args.a) + row_offset(row, args.rank, args.shape, args.stride_a);
        const int8_t* b = static_cast<const int8_t*>(args.b) + row_offset(row, args.rank, args.shape, args.stride_b);
        int8_t* output = static_cast<int8_t*>(args.output) + row * inner;
        for (int32_t i = 0; i < inner; i += 16) {
            const int8x16_t x = a_repeats ? vdupq_n_s8(a[0]) : vld1q_s8(a + i);
            const int8x16_t y = b_repeats ? vdupq_n_s8(b[0]) : vld1q_s8(b + i);
            store_codes(output + i, to_codes(combine(difference(x, zero_a), difference(y, zero_b))), inner - i);
        }
    }
}

/// False, with nothing written, for functions, strides or constants that these loops do not take.
bool binary(const BinaryArgs& args, int64_t first, int64_t last) {
    if (args.function > BinaryFunction::kMul) return false;
    constexpr int32_t kMost = 1 << 20;
    const auto fits = [](int32_t value, int32_t most) { return value >= -most && value <= most; };
    const auto is_code = [](int32_t zero) { return zero >= INT8_MIN && zero <= INT8_MAX; };
    const int64_t step_a = args.stride_a[args.rank - 1], step_b = args.stride_b[args.rank - 1];
    if (step_a < 0 || step_a > 1 || step_b < 0 || step_b > 1) return false;
    if (!is_code(args.zero_point_a) || !is_code(args.zero_point_b) || !is_code(args.zero_point_out)) return false;
    if (args.function == BinaryFunction::kMul) {
        const CommonRescale rescale(args.multiplier_a, args.shift);
        rows(args, first, last, [&](const I32x16& x, const I32x16& y) {
            I32x16 product;
            for (int i = 0; i < 4; ++i) product.part[i] = vmulq_s32(x.part[i], y.part[i]);
            return rescale(product);
        });
        return true;
    }
    if (args.shift < 1 || args.shift > 31 || !fits(args.multiplier_a, kMost) || !fits(args.multiplier_b, kMost)) {
        return false;
    }
    const int32x4_t ma = vdupq_n_s32(args.multiplier_a), mb = vdupq_n_s32(args.multiplier_b);
    const int32x4_t shift = vdupq_n_s32(-args.shift);
    rows(args, first, last, [&](const I32x16& x, const I32x16& y) {
        I32x16 sum;
        for (int i = 0; i < 4; ++i) {
            sum.part[i] = vrshlq_s32(vmlaq_s32(vmulq_s32(x.part[i], ma), y.part[i], mb), shift);
        }
        return sum;
    });
    return true;
}

}  // namespace

void i8_binary_1x16__neon(const BinaryArgs& args, int64_t first, int64_t last) {
    if (!binary(args, first, last)) i8_binary__reference(args, first, last);
}

}  // namespace tmx::kernels
