// Requantize, add, subtract and multiply over vectors of 8 elements, with one set of constants (stage.h says why the
// rescaling is exact). Rows may end in a part of a vector: loads run into the readable slack, stores are cut.
#ifndef TINAMIX_KERNELS_NEON32_ELEMENTWISE_H_
#define TINAMIX_KERNELS_NEON32_ELEMENTWISE_H_

#include "kernels/arm/vectors.h"
#include "kernels/reference/outer_index.h"

namespace tmx::kernels {
namespace {

struct Sums {
    int32x4_t low, high;
};

/// (acc * m + 2^(s-1)) >> s, the zero point and the clamp, the same for all lanes.
struct UniformStage {
    int32x4_t multiplier, pre_shift, post_shift;
    int16x8_t zero_point, clamp_min, clamp_max;

    UniformStage(Rescale rescale, int32_t zero, int32_t low, int32_t high)
        : multiplier(vdupq_n_s32(rescale.multiplier)),
          zero_point(vdupq_n_s16(static_cast<int16_t>(zero))),
          clamp_min(vdupq_n_s16(static_cast<int16_t>(low))),
          clamp_max(vdupq_n_s16(static_cast<int16_t>(high))) {
        const int32_t s = rescale.shift & 63;
        pre_shift = vdupq_n_s32(s < 32 ? 32 - s : 0);
        post_shift = vdupq_n_s32(s < 32 ? -1 : 31 - s);
    }
    Sums rescale(Sums x) const {
        return {vrshlq_s32(vqdmulhq_s32(vqshlq_s32(x.low, pre_shift), multiplier), post_shift),
                vrshlq_s32(vqdmulhq_s32(vqshlq_s32(x.high, pre_shift), multiplier), post_shift)};
    }
    int16x8_t codes(Sums x) const {
        const int16x8_t narrow = vqaddq_s16(vcombine_s16(vqmovn_s32(x.low), vqmovn_s32(x.high)), zero_point);
        return vminq_s16(vmaxq_s16(narrow, clamp_min), clamp_max);
    }
};

/// Eight codes less their zero point.
template <typename T>
Sums centered(const T* x, int32x4_t zero_point) {
    const int16x8_t codes = widen8(x);
    return {vsubq_s32(vmovl_s16(vget_low_s16(codes)), zero_point),
            vsubq_s32(vmovl_s16(vget_high_s16(codes)), zero_point)};
}

template <typename In, typename Out>
void requantize_rows(const RequantizeArgs& args, int64_t first, int64_t last) {
    const UniformStage stage(args.rescale, args.output_zero_point, args.clamp_min, args.clamp_max);
    const int32x4_t zero_point = vdupq_n_s32(args.input_zero_point);
    for (int64_t row = first; row < last; ++row) {
        const In* input = static_cast<const In*>(args.input) + row * args.inner;
        Out* output = static_cast<Out*>(args.output) + row * args.output_stride;
        for (int32_t i = 0; i < args.inner; i += kLanes) {
            const int32_t lanes = args.inner - i < kLanes ? args.inner - i : kLanes;
            store_codes(output + i, stage.codes(stage.rescale(centered(input + i, zero_point))), lanes);
        }
    }
}

/// True if both operands are as dense as the output: then the outer dimensions are one.
static inline bool is_dense(const BinaryArgs& args) {
    int64_t stride = 1;
    for (int32_t d = args.rank - 1; d >= 0; --d) {
        if (args.shape[d] != 1 && (args.stride_a[d] != stride || args.stride_b[d] != stride)) return false;
        stride *= args.shape[d];
    }
    return stride <= INT32_MAX;
}

/// Walks the rows of two operands by counting, without the divisions of row_offset: this core has none for 64 bits.
struct RowWalk {
    int32_t index[kMaxRank] = {};
    ptrdiff_t a, b;  ///< elements

    RowWalk(const BinaryArgs& args, int64_t row)
        : a(static_cast<ptrdiff_t>(row_offset(row, args.rank, args.shape, args.stride_a))),
          b(static_cast<ptrdiff_t>(row_offset(row, args.rank, args.shape, args.stride_b))) {
        for (int32_t d = args.rank - 2; d >= 0 && row > 0; --d) {
            index[d] = static_cast<int32_t>(row % args.shape[d]);
            row /= args.shape[d];
        }
    }
    void next(const BinaryArgs& args) {
        for (int32_t d = args.rank - 2; d >= 0; --d) {
            const ptrdiff_t step_a = static_cast<ptrdiff_t>(args.stride_a[d]);
            const ptrdiff_t step_b = static_cast<ptrdiff_t>(args.stride_b[d]);
            a += step_a;
            b += step_b;
            if (++index[d] < args.shape[d]) break;
            a -= args.shape[d] * step_a;
            b -= args.shape[d] * step_b;
            index[d] = 0;
        }
    }
};

/// combine(a, b) gives the codes of eight elements. Operands that repeat along the row are spread over a vector once.
template <typename T, typename Combine>
void binary_rows(const BinaryArgs& args, int64_t first, int64_t last, const Combine& combine) {
    const int32_t last_dimension = args.rank - 1;
    if (args.rank > 1 && args.stride_a[last_dimension] == 1 && args.stride_b[last_dimension] == 1 && is_dense(args)) {
        const int64_t at =
            first * args.shape[last_dimension];  // one long row; operations by row index cost divisions here
        BinaryArgs row = args;
        row.rank = 1;
        row.shape[0] = static_cast<int32_t>((last - first) * args.shape[last_dimension]);
        row.stride_a[0] = row.stride_b[0] = 1;
        row.a = static_cast<const T*>(args.a) + at;
        row.b = static_cast<const T*>(args.b) + at;
        row.output = static_cast<T*>(args.output) + at;
        binary_rows<T>(row, 0, 1, combine);
        return;
    }
    const int32_t inner = args.shape[args.rank - 1];
    const bool a_repeats = args.stride_a[args.rank - 1] == 0, b_repeats = args.stride_b[args.rank - 1] == 0;
    const int32x4_t zero_a = vdupq_n_s32(args.zero_point_a), zero_b = vdupq_n_s32(args.zero_point_b);
    RowWalk walk(args, first);
    for (int64_t row = first; row < last; ++row, walk.next(args)) {
        const T* a = static_cast<const T*>(args.a) + walk.a;
        const T* b = static_cast<const T*>(args.b) + walk.b;
        T* output = static_cast<T*>(args.output) + row * inner;
        const int32x4_t one_a = vsubq_s32(vdupq_n_s32(a[0]), zero_a), one_b = vsubq_s32(vdupq_n_s32(b[0]), zero_b);
        for (int32_t i = 0; i < inner; i += kLanes) {
            const Sums x = a_repeats ? Sums{one_a, one_a} : centered(a + i, zero_a);
            const Sums y = b_repeats ? Sums{one_b, one_b} : centered(b + i, zero_b);
            store_codes(output + i, combine(x, y), inner - i < kLanes ? inner - i : kLanes);
        }
    }
}

/// (x * ma + y * mb + half) >> s for four elements in 64 bits.
static inline int32x4_t add_wide(int32x4_t x, int32x4_t y, int32x2_t ma, int32x2_t mb, int64x2_t shift) {
    const int64x2_t low = vmlal_s32(vmull_s32(vget_low_s32(x), ma), vget_low_s32(y), mb);
    const int64x2_t high = vmlal_s32(vmull_s32(vget_high_s32(x), ma), vget_high_s32(y), mb);
    return vcombine_s32(vqmovn_s64(vrshlq_s64(low, shift)), vqmovn_s64(vrshlq_s64(high, shift)));
}

/// False, with nothing written, for functions, strides or constants that these loops do not take.
template <typename T>
bool binary(const BinaryArgs& args, int64_t first, int64_t last) {
    if (args.function > BinaryFunction::kMul) return false;
    const int64_t step_a = args.stride_a[args.rank - 1], step_b = args.stride_b[args.rank - 1];
    if (step_a < 0 || step_a > 1 || step_b < 0 || step_b > 1) return false;
    const UniformStage stage({args.multiplier_a, args.shift}, args.zero_point_out, args.clamp_min, args.clamp_max);
    if (args.function == BinaryFunction::kMul) {
        binary_rows<T>(args, first, last, [&](Sums x, Sums y) {
            return stage.codes(stage.rescale({vmulq_s32(x.low, y.low), vmulq_s32(x.high, y.high)}));
        });
        return true;
    }
    if constexpr (sizeof(T) == 1) {
        // Multipliers up to 2^20 keep the sum of two 9-bit differences within 32 bits.
        constexpr int32_t kMost = 1 << 20;
        if (args.multiplier_a > kMost || args.multiplier_a < -kMost || args.multiplier_b > kMost ||
            args.multiplier_b < -kMost || args.shift < 1 || args.shift > 31) {
            return false;
        }
        const int32x4_t ma = vdupq_n_s32(args.multiplier_a), mb = vdupq_n_s32(args.multiplier_b);
        const int32x4_t shift = vdupq_n_s32(-args.shift);
        binary_rows<T>(args, first, last, [&](Sums x, Sums y) {
            return stage.codes({vrshlq_s32(vmlaq_s32(vmulq_s32(x.low, ma), y.low, mb), shift),
                                vrshlq_s32(vmlaq_s32(vmulq_s32(x.high, ma), y.high, mb), shift)});
        });
    } else {
        if (args.shift < 1 || args.shift > 62) return false;
        const int32x2_t ma = vdup_n_s32(args.multiplier_a), mb = vdup_n_s32(args.multiplier_b);
        const int64x2_t shift = vdupq_n_s64(-args.shift);
        binary_rows<T>(args, first, last, [&](Sums x, Sums y) {
            return stage.codes({add_wide(x.low, y.low, ma, mb, shift), add_wide(x.high, y.high, ma, mb, shift)});
        });
    }
    return true;
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_NEON32_ELEMENTWISE_H_
