// Dot products of int16 vectors with several rows of int8 or int16, exact for every value: what recurrent layers and
// matrix products of activations are made of. Compilers make vectors of these loops on every processor; a vector that
// is multiplied by four rows at a time is loaded once for them. Internal linkage: compiled for several instruction
// sets.
#ifndef TINAMIX_KERNELS_LOOPS_DOT_PRODUCTS_H_
#define TINAMIX_KERNELS_LOOPS_DOT_PRODUCTS_H_

#include <stdint.h>
#if defined(__ARM_NEON)
#include <arm_neon.h>
#endif

namespace tmx::kernels {
namespace {

/// Rows of one call of the functions below.
constexpr int32_t kDotRows = 4;
/// So many products of int16 and a byte of either sign stay within 32 bits: 256 * 255 * 32768 < 2^31.
constexpr int32_t kDotRun = 256;

#if defined(__ARM_NEON)

struct Sixteen {
    int16x8_t first, second;
};
inline Sixteen load_sixteen(const int8_t* x) {
    const int8x16_t bytes = vld1q_s8(x);
    return {vmovl_s8(vget_low_s8(bytes)), vmovl_s8(vget_high_s8(bytes))};
}
inline Sixteen load_sixteen(const int16_t* x) { return {vld1q_s16(x), vld1q_s16(x + 8)}; }

inline int32x4_t add_products(int32x4_t sum, const Sixteen& x, const Sixteen& y) {
    sum = vmlal_s16(sum, vget_low_s16(x.first), vget_low_s16(y.first));
    sum = vmlal_s16(sum, vget_high_s16(x.first), vget_high_s16(y.first));
    sum = vmlal_s16(sum, vget_low_s16(x.second), vget_low_s16(y.second));
    return vmlal_s16(sum, vget_high_s16(x.second), vget_high_s16(y.second));
}

inline int32x2_t halves(int32x4_t sum) { return vadd_s32(vget_low_s32(sum), vget_high_s32(sum)); }

/// sums[r] = sum of x[i] * rows[r * stride + i] for i < n, modulo 2^32.
template <typename T>
inline void dot_rows(const int16_t* x, const T* rows, int64_t stride, int32_t n, uint32_t* sums) {
    const T *row0 = rows, *row1 = row0 + stride, *row2 = row1 + stride, *row3 = row2 + stride;
    int32x4_t sum0 = vdupq_n_s32(0), sum1 = sum0, sum2 = sum0, sum3 = sum0;
    constexpr int32_t kStep = 16;
    const int32_t whole = n & ~(kStep - 1);
    for (int32_t i = 0; i < whole; i += kStep) {
        const Sixteen vector = load_sixteen(x + i);
        sum0 = add_products(sum0, vector, load_sixteen(row0 + i));
        sum1 = add_products(sum1, vector, load_sixteen(row1 + i));
        sum2 = add_products(sum2, vector, load_sixteen(row2 + i));
        sum3 = add_products(sum3, vector, load_sixteen(row3 + i));
    }
    vst1_u32(sums, vreinterpret_u32_s32(vpadd_s32(halves(sum0), halves(sum1))));
    vst1_u32(sums + 2, vreinterpret_u32_s32(vpadd_s32(halves(sum2), halves(sum3))));
    // Less than a step: the compiler must not make vectors of this, too.
    for (int32_t i = whole; i < n; ++i) {
        asm("");
        sums[0] += static_cast<uint32_t>(int32_t{x[i]} * row0[i]);
        sums[1] += static_cast<uint32_t>(int32_t{x[i]} * row1[i]);
        sums[2] += static_cast<uint32_t>(int32_t{x[i]} * row2[i]);
        sums[3] += static_cast<uint32_t>(int32_t{x[i]} * row3[i]);
    }
}

#else

/// sums[r] = sum of x[i] * rows[r * stride + i] for i < n, modulo 2^32.
template <typename T>
inline void dot_rows(const int16_t* __restrict x, const T* __restrict rows, int64_t stride, int32_t n,
                     uint32_t* __restrict sums) {
    const T *row0 = rows, *row1 = row0 + stride, *row2 = row1 + stride, *row3 = row2 + stride;
    uint32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
    for (int32_t i = 0; i < n; ++i) {
        // int16: compilers know the product of two of them.
        sum0 += static_cast<uint32_t>(int32_t{x[i]} * int16_t{row0[i]});
        sum1 += static_cast<uint32_t>(int32_t{x[i]} * int16_t{row1[i]});
        sum2 += static_cast<uint32_t>(int32_t{x[i]} * int16_t{row2[i]});
        sum3 += static_cast<uint32_t>(int32_t{x[i]} * int16_t{row3[i]});
    }
    sums[0] = sum0;
    sums[1] = sum1;
    sums[2] = sum2;
    sums[3] = sum3;
}

#endif

/// One row, n <= kDotRun: the product of an int16 row has an upper and a lower byte, so that no sum leaves 32 bits.
inline int64_t dot_run(const int16_t* __restrict x, const int8_t* __restrict row, int32_t n) {
    uint32_t sum = 0;
    for (int32_t i = 0; i < n; ++i) sum += static_cast<uint32_t>(int32_t{x[i]} * int16_t{row[i]});
    return static_cast<int32_t>(sum);
}
inline int64_t dot_run(const int16_t* __restrict x, const int16_t* __restrict row, int32_t n) {
    uint32_t upper = 0, lower = 0;
    for (int32_t i = 0; i < n; ++i) {
        upper += static_cast<uint32_t>(int32_t{x[i]} * static_cast<int16_t>(row[i] >> 8));
        lower += static_cast<uint32_t>(int32_t{x[i]} * static_cast<int16_t>(row[i] & 255));
    }
    return int64_t{static_cast<int32_t>(upper)} * 256 + static_cast<int32_t>(lower);
}

/// sums[r] += sum of x[i] * rows[r * stride + i] for i < n, in 64 bits.
template <typename T>
inline void add_dot_rows(const int16_t* x, const T* rows, int64_t stride, int32_t n, int64_t* sums) {
    for (int32_t first = 0; first < n; first += kDotRun) {
        const int32_t run = n - first < kDotRun ? n - first : kDotRun;
        if constexpr (sizeof(T) == 1) {
            uint32_t parts[kDotRows];
            dot_rows(x + first, rows + first, stride, run, parts);
            for (int32_t r = 0; r < kDotRows; ++r) sums[r] += static_cast<int32_t>(parts[r]);
        } else {
            for (int32_t r = 0; r < kDotRows; ++r) sums[r] += dot_run(x + first, rows + r * stride + first, run);
        }
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_LOOPS_DOT_PRODUCTS_H_
