// Products of integer recurrent layers for every processor: four rows of weights at a time, read once and in order. The
// rest is the specification's. Internal linkage: compiled for several instruction sets.
#ifndef TINAMIX_KERNELS_LOOPS_RECURRENT_ROWS_H_
#define TINAMIX_KERNELS_LOOPS_RECURRENT_ROWS_H_

#include "kernels/loops/dot_products.h"
#include "kernels/reference/recurrent.h"

namespace tmx::kernels {
namespace {

/// The rescaled sum of a row: its bias, and the sum of its products, of which a 32-bit accumulator takes the lower
/// half.
inline int32_t gate_sum(const GateProduct& product, int32_t row, int64_t products) {
    const int32_t multiplier = product.multiplier[row], shift = product.shift[row];
    if (product.wide_accumulator) {
        const int64_t bias = static_cast<const int64_t*>(product.bias)[row];
        return bounded_sum(rescale_wide(wrapping_add(bias, products), multiplier, shift));
    }
    const auto bias = static_cast<uint32_t>(static_cast<const int32_t*>(product.bias)[row]);
    return bounded_sum(rescale(static_cast<int32_t>(bias + static_cast<uint32_t>(products)), multiplier, shift));
}

/// Calls visit(row, stride, rows) for rows [first, last), kDotRows at a time. Less than that at the end are visited one
/// by one with a stride of 0: a row stands for those that are missing.
template <typename Visit>
void visit_weight_rows(int32_t first, int32_t last, int32_t k, const Visit& visit) {
    int32_t rows;
    for (int32_t row = first; row < last; row += rows) {
        rows = last - row < kDotRows ? 1 : kDotRows;
        visit(row, rows == 1 ? 0 : int64_t{k}, rows);
    }
}

/// An IntegerGateProduct.
template <typename Weight>
void gate_product(const GateProduct& product, const int16_t* x, int32_t k, int32_t first, int32_t last, int32_t* sums) {
    visit_weight_rows(first, last, k, [&](int32_t row, int64_t stride, int32_t rows) {
        const Weight* weights = static_cast<const Weight*>(product.weights) + int64_t{row} * k;
        int64_t products[kDotRows] = {};
        if (product.wide_accumulator) {
            add_dot_rows(x, weights, stride, k, products);
        } else {
            uint32_t narrow[kDotRows];
            dot_rows(x, weights, stride, k, narrow);
            for (int32_t i = 0; i < kDotRows; ++i) products[i] = narrow[i];
        }
        for (int32_t i = 0; i < rows; ++i) sums[row + i] = gate_sum(product, row + i, products[i]);
    });
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_LOOPS_RECURRENT_ROWS_H_
