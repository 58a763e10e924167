// Matrix products of two computed operands for every processor. A block of columns of the second operand is copied to
// the stack, where its elements stand in the order in which they are multiplied, and serves up to kRowsAtOnce rows; so
// every order of the operands in memory (heads of attention are strided) is as fast as any other, and nothing is
// planned for in the arena. Internal linkage: compiled for several instruction sets.
#ifndef TINAMIX_KERNELS_LOOPS_MATMUL_ROWS_H_
#define TINAMIX_KERNELS_LOOPS_MATMUL_ROWS_H_

#include "kernels/kernel_table.h"
#include "kernels/loops/dot_products.h"
#include "kernels/reference/arithmetic.h"
#include "kernels/reference/matmul.h"

namespace tmx::kernels {
namespace {

constexpr int32_t kRowsAtOnce = 64;
constexpr int32_t kColumnsAtOnce = 16;
/// Copied elements of a row or column are padded with zeros to a multiple of this.
constexpr int32_t kDepthStep = 16;

inline int32_t smaller(int64_t a, int32_t b) { return a < b ? static_cast<int32_t>(a) : b; }

/// Calls visit(offsets, row, count) for runs of rows [first, last) that belong to one matrix.
template <typename Visit>
void visit_rows(const MatMulArgs& args, int64_t first, int64_t last, const Visit& visit) {
    for (int64_t row = first; row < last;) {
        const int32_t count = smaller(last - row, smaller(args.m - row % args.m, kRowsAtOnce));
        visit(offsets_of(args, row), row, count);
        row += count;
    }
}

/// x[i * stride] - zero_point for i < count, then zeros up to `padded`.
template <typename T>
inline void copy_differences(const T* x, int64_t stride, int32_t zero_point, int32_t count, int32_t padded,
                             int16_t* differences) {
    if (stride == 1) {
        for (int32_t i = 0; i < count; ++i) differences[i] = static_cast<int16_t>(x[i] - zero_point);
    } else {
        for (int32_t i = 0; i < count; ++i) differences[i] = static_cast<int16_t>(x[i * stride] - zero_point);
    }
    for (int32_t i = count; i < padded; ++i) differences[i] = 0;
}

/// Columns of the second operand as their distances from the zero point: products of int8 fit in 32 bits, run by run.
template <typename T>
struct Columns;
template <>
struct Columns<int8_t> {
    int16_t values[kColumnsAtOnce][kDotRun];

    void copy(const int8_t* b, int64_t stride, int32_t zero_point, int32_t count, int32_t padded, int32_t column) {
        copy_differences(b, stride, zero_point, count, padded, values[column]);
    }
    void add_products(const int16_t* a, int32_t n, int32_t column, int64_t* sums) const {
        uint32_t parts[kDotRows];
        dot_rows(a, values[column], kDotRun, n, parts);
        for (int32_t r = 0; r < kDotRows; ++r) sums[r] += static_cast<int32_t>(parts[r]);
    }
};
/// int16: as their upper and lower bytes.
template <>
struct Columns<int16_t> {
    int16_t upper[kColumnsAtOnce][kDotRun];
    int16_t lower[kColumnsAtOnce][kDotRun];

    void copy(const int16_t* b, int64_t stride, int32_t, int32_t count, int32_t padded, int32_t column) {
        copy_differences(b, stride, 0, count, padded, lower[column]);
        for (int32_t i = 0; i < padded; ++i) upper[column][i] = static_cast<int16_t>(lower[column][i] >> 8);
        for (int32_t i = 0; i < padded; ++i) lower[column][i] = static_cast<int16_t>(lower[column][i] & 255);
    }
    void add_products(const int16_t* a, int32_t n, int32_t column, int64_t* sums) const {
        uint32_t high[kDotRows], low[kDotRows];
        dot_rows(a, upper[column], kDotRun, n, high);
        dot_rows(a, lower[column], kDotRun, n, low);
        for (int32_t r = 0; r < kDotRows; ++r) {
            sums[r] += int64_t{static_cast<int32_t>(high[r])} * 256 + static_cast<int32_t>(low[r]);
        }
    }
};

/// Out of line, so that the compiler does not unroll it sixteen times.
template <typename T>
__attribute__((noinline)) void store_row(const MatMulArgs& args, const int64_t* sums, int32_t columns, T* output) {
    const int32_t multiplier = args.rescale.multiplier, shift = args.rescale.shift;
    for (int32_t c = 0; c < columns; ++c) {
        output[c] =
            to_code<T>(rescale_wide(sums[c], multiplier, shift), args.zero_point_out, args.clamp_min, args.clamp_max);
    }
}

/// `count` rows by kColumnsAtOnce columns, from `column` on.
template <typename T>
void matmul_block(const MatMulArgs& args, const RowOffsets& offsets, int64_t row, int32_t count, int32_t column) {
    Columns<T> b;
    alignas(64) int16_t a[kDotRun];
    int64_t sums[kRowsAtOnce][kColumnsAtOnce];
    memset(sums, 0, static_cast<size_t>(count) * sizeof(sums[0]));
    const int32_t columns = smaller(args.n - column, kColumnsAtOnce);
    const int32_t padded_columns = (columns + kDotRows - 1) / kDotRows * kDotRows;
    for (int32_t depth = 0; depth < args.k; depth += kDotRun) {
        const int32_t run = smaller(args.k - depth, kDotRun);
        const int32_t padded = (run + kDepthStep - 1) / kDepthStep * kDepthStep;
        const T* b_first = static_cast<const T*>(args.b) + offsets.b + depth * args.depth_stride_b;
        for (int32_t c = 0; c < padded_columns; ++c) {
            const int64_t at = column + smaller(c, columns - 1);
            b.copy(b_first + at * args.column_stride_b, args.depth_stride_b, args.zero_point_b, run, padded, c);
        }
        const T* a_first = static_cast<const T*>(args.a) + offsets.a + depth * args.depth_stride_a;
        for (int32_t r = 0; r < count; ++r) {
            copy_differences(a_first + r * args.row_stride_a, args.depth_stride_a, args.zero_point_a, run, padded, a);
            for (int32_t c = 0; c < padded_columns; c += kDotRows) b.add_products(a, padded, c, sums[r] + c);
        }
    }
    for (int32_t r = 0; r < count; ++r) {
        store_row(args, sums[r], columns, static_cast<T*>(args.output) + (row + r) * args.n + column);
    }
}

template <typename T>
void matmul_integer_blocks(const MatMulArgs& args, int64_t first, int64_t last) {
    visit_rows(args, first, last, [&](const RowOffsets& offsets, int64_t row, int32_t count) {
        for (int32_t column = 0; column < args.n; column += kColumnsAtOnce) {
            matmul_block<T>(args, offsets, row, count, column);
        }
    });
}

inline void matmul_i8(const MatMulArgs& args, int64_t first, int64_t last) {
    // Distances of codes from zero points that are no codes may leave 9 bits.
    const auto is_code = [](int32_t zero_point) { return zero_point == static_cast<int8_t>(zero_point); };
    if (!is_code(args.zero_point_a) || !is_code(args.zero_point_b)) {
        i8_matmul__reference(args, first, last);
        return;
    }
    matmul_integer_blocks<int8_t>(args, first, last);
}

inline void matmul_i16(const MatMulArgs& args, int64_t first, int64_t last) {
    if (args.zero_point_a != 0 || args.zero_point_b != 0) {
        i16_matmul__reference(args, first, last);
        return;
    }
    matmul_integer_blocks<int16_t>(args, first, last);
}

/// float32: sums of 32 columns in registers, over the depth in its order.
constexpr int32_t kFloatColumns = 32;
constexpr int32_t kFloatDepth = 64;

// A vector of the processor, or a group of them: the compiler keeps only such variables in registers around a loop.
#if defined(__riscv)
constexpr size_t kFloatVectorBytes = 64;
#elif defined(__x86_64__)
constexpr size_t kFloatVectorBytes = 32;
#else
constexpr size_t kFloatVectorBytes = 16;
#endif
typedef float FloatVector __attribute__((vector_size(kFloatVectorBytes)));

/// sums[c] += a[k * stride] * b[k][c] for k < run, one k after the other.
inline void add_float_products(const float* a, int64_t stride, const float (*b)[kFloatColumns], int32_t run,
                               float* sums) {
    constexpr int kLanes = kFloatVectorBytes / sizeof(float);
    constexpr int kVectors = kFloatColumns / kLanes;
    FloatVector totals[kVectors];
    memcpy(totals, sums, sizeof(totals));
    for (int32_t k = 0; k < run; ++k) {
        const float x = a[k * stride];
#pragma GCC unroll 8
        for (int v = 0; v < kVectors; ++v) {
            FloatVector column;
            memcpy(&column, b[k] + v * kLanes, sizeof(column));
            totals[v] = totals[v] + x * column;
        }
    }
    memcpy(sums, totals, sizeof(totals));
}

inline void matmul_f32_block(const MatMulArgs& args, const RowOffsets& offsets, int64_t row, int32_t count,
                             int32_t column) {
    alignas(64) float b[kFloatDepth][kFloatColumns];
    alignas(64) float sums[kRowsAtOnce][kFloatColumns];
    memset(sums, 0, static_cast<size_t>(count) * sizeof(sums[0]));
    const int32_t columns = smaller(args.n - column, kFloatColumns);
    // Columns that are missing are zeros, which nothing stores.
    if (columns < kFloatColumns) memset(b, 0, sizeof(b));
    for (int32_t depth = 0; depth < args.k; depth += kFloatDepth) {
        const int32_t run = smaller(args.k - depth, kFloatDepth);
        const float* b_first =
            static_cast<const float*>(args.b) + offsets.b + depth * args.depth_stride_b + column * args.column_stride_b;
        for (int32_t k = 0; k < run; ++k) {
            for (int32_t c = 0; c < columns; ++c) {
                b[k][c] = b_first[k * args.depth_stride_b + c * args.column_stride_b];
            }
        }
        const float* a = static_cast<const float*>(args.a) + offsets.a + depth * args.depth_stride_a;
        for (int32_t r = 0; r < count; ++r) {
            add_float_products(a + r * args.row_stride_a, args.depth_stride_a, b, run, sums[r]);
        }
    }
    for (int32_t r = 0; r < count; ++r) {
        float* output = static_cast<float*>(args.output) + (row + r) * args.n + column;
        for (int32_t c = 0; c < columns; ++c) {
            output[c] = clamp_f32(sums[r][c], args.clamp_min_f32, args.clamp_max_f32);
        }
    }
}

inline void matmul_f32(const MatMulArgs& args, int64_t first, int64_t last) {
    visit_rows(args, first, last, [&](const RowOffsets& offsets, int64_t row, int32_t count) {
        for (int32_t column = 0; column < args.n; column += kFloatColumns) {
            matmul_f32_block(args, offsets, row, count, column);
        }
    });
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_LOOPS_MATMUL_ROWS_H_
