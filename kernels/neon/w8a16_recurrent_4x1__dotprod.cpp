// w8a16 gates with dot products: the vector is split once into upper and lower bytes, the latter with their sign bit
// flipped, as sdot takes signed bytes only. 16 weights are then one load and three sdot, the third of which adds up the
// weights, times which the 128 comes back:
//   sum w * x = 256 * sum w * upper + sum w * (lower - 128) + 128 * sum w
// Against two widenings and four multiplications that is half the instructions. Weights are read once, in order.
#include <arm_neon.h>

#include "kernels/kernel_table.h"
#include "kernels/loops/recurrent_rows.h"

namespace tmx::kernels {
namespace {

constexpr int32_t kVector = 16;
/// Elements of a vector that is kept on the stack; longer ones take the loop of plain NEON. No sum of so many products
/// of bytes leaves 32 bits.
constexpr int32_t kMostInputs = 2048;

struct Bytes {
    alignas(16) int8_t upper[kMostInputs];
    alignas(16) int8_t lower[kMostInputs];

    /// Zeros behind the last one, up to a whole vector: what stands there in memory is multiplied by nothing.
    Bytes(const int16_t* x, int32_t k) {
        for (int32_t i = 0; i < k; ++i) {
            upper[i] = static_cast<int8_t>(x[i] >> 8);
            lower[i] = static_cast<int8_t>((x[i] & 255) - 128);
        }
        for (int32_t i = k; i % kVector != 0; ++i) upper[i] = lower[i] = 0;
    }
};

struct Sums {
    int32x4_t upper = vdupq_n_s32(0), lower = vdupq_n_s32(0), weights = vdupq_n_s32(0);

    void add(int8x16_t w, int8x16_t up, int8x16_t low, int8x16_t ones) {
        upper = vdotq_s32(upper, w, up);
        lower = vdotq_s32(lower, w, low);
        weights = vdotq_s32(weights, w, ones);
    }
    int64_t total() const {
        return int64_t{vaddvq_s32(upper)} * 256 + vaddvq_s32(lower) + int64_t{vaddvq_s32(weights)} * 128;
    }
};

/// An IntegerGateProduct.
void product(const GateProduct& product, const int16_t* x, int32_t k, int32_t first, int32_t last, int32_t* sums) {
    if (k > kMostInputs) {
        gate_product<int8_t>(product, x, k, first, last, sums);
        return;
    }
    const Bytes bytes(x, k);
    const int32_t whole = k / kVector * kVector;
    const int8x16_t all = vdupq_n_s8(1);
    alignas(16) int8_t rest_ones[kVector] = {};
    for (int32_t i = whole; i < k; ++i) rest_ones[i - whole] = 1;
    const int8x16_t rest = vld1q_s8(rest_ones);
    visit_weight_rows(first, last, k, [&](int32_t row, int64_t stride, int32_t rows) {
        const int8_t* w0 = static_cast<const int8_t*>(product.weights) + int64_t{row} * k;
        const int8_t *w1 = w0 + stride, *w2 = w1 + stride, *w3 = w2 + stride;
        Sums sum[kDotRows];
        const auto add = [&](int32_t i, int8x16_t ones) __attribute__((always_inline)) {
            const int8x16_t up = vld1q_s8(bytes.upper + i), low = vld1q_s8(bytes.lower + i);
            sum[0].add(vld1q_s8(w0 + i), up, low, ones);
            sum[1].add(vld1q_s8(w1 + i), up, low, ones);
            sum[2].add(vld1q_s8(w2 + i), up, low, ones);
            sum[3].add(vld1q_s8(w3 + i), up, low, ones);
        };
        for (int32_t i = 0; i < whole; i += kVector) add(i, all);
        // Weights may be read up to kReadableSlackBytes behind their end.
        if (whole < k) add(whole, rest);
        for (int32_t i = 0; i < rows; ++i) sums[row + i] = gate_sum(product, row + i, sum[i].total());
    });
}

}  // namespace

void w8a16_recurrent_4x1__dotprod(const RecurrentArgs& args, int64_t first, int64_t last) {
    recurrent_by(product, args, first, last);
}

}  // namespace tmx::kernels
