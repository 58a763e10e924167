// Data movement for every processor: the specification without its divisions per row. The outer index counts through
// the dimensions; rows that lie together are copied as one, short rows by turns from dense runs, others eight elements
// at a time. Internal linkage: compiled for several instruction sets.
#ifndef TINAMIX_KERNELS_LOOPS_COPY_ROWS_H_
#define TINAMIX_KERNELS_LOOPS_COPY_ROWS_H_

#include <string.h>

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

template <typename T, int kStride>
void copy_every(const T* input, T* output, int32_t count) {
    for (int32_t i = 0; i < count; ++i) output[i] = input[i * kStride];
}

template <typename T>
void copy_row(const T* input, ptrdiff_t stride, T* output, int32_t count) {
    switch (stride) {
        case 1:
            memcpy(output, input, static_cast<size_t>(count) * sizeof(T));
            return;
        case 2:
            return copy_every<T, 2>(input, output, count);
        case 3:
            return copy_every<T, 3>(input, output, count);
        case 4:
            return copy_every<T, 4>(input, output, count);
        default:
            break;
    }
    for (; count >= 8; count -= 8, input += 8 * stride, output += 8) {
        for (int i = 0; i < 8; ++i) output[i] = input[i * stride];
    }
    for (; count > 0; --count, input += stride) *output++ = *input;
}

/// Rows of kStreams elements whose neighbours lie `stride` apart, while rows follow one another: kStreams dense runs
/// that become one by turns (channel shuffles, the channels of a picture).
template <typename T, int kStreams>
void interleave(const T* __restrict input, ptrdiff_t stride, T* __restrict output, int32_t rows) {
    for (int32_t row = 0; row < rows; ++row) {
        for (int i = 0; i < kStreams; ++i) output[row * kStreams + i] = input[row + i * stride];
    }
}

/// A line of rows: `row_step` elements from one to the next in the input, `output_stride` in the output.
template <typename T>
void copy_line(const T* input, ptrdiff_t row_step, ptrdiff_t stride, int32_t inner, T* output, ptrdiff_t output_stride,
               int32_t rows) {
    if (row_step == 1 && output_stride == inner) {
        if (inner == 2) return interleave<T, 2>(input, stride, output, rows);
        if (inner == 3) return interleave<T, 3>(input, stride, output, rows);
        if (inner == 4) return interleave<T, 4>(input, stride, output, rows);
    }
    if (stride == 1) {
        const size_t bytes = static_cast<size_t>(inner) * sizeof(T);
        for (; rows > 0; --rows, input += row_step, output += output_stride) memcpy(output, input, bytes);
        return;
    }
    for (; rows > 0; --rows, input += row_step, output += output_stride) copy_row(input, stride, output, inner);
}

template <typename T>
void copy_rows(const CopyArgs& args, int64_t first, int64_t last) {
    const int32_t inner_dimension = args.rank - 1, inner = args.shape[inner_dimension];
    const int32_t line_dimension = inner_dimension - 1;  // -1: there is one row
    const ptrdiff_t stride = static_cast<ptrdiff_t>(args.stride_in[inner_dimension]);
    const ptrdiff_t row_step = line_dimension < 0 ? 0 : static_cast<ptrdiff_t>(args.stride_in[line_dimension]);
    const int32_t line_rows = line_dimension < 0 ? 1 : args.shape[line_dimension];
    int32_t index[kMaxRank] = {};
    const T* input = static_cast<const T*>(args.input);
    int64_t rest = first;
    for (int32_t d = line_dimension; d >= 0 && rest > 0; --d) {
        index[d] = static_cast<int32_t>(rest % args.shape[d]);
        rest /= args.shape[d];
        input += index[d] * static_cast<ptrdiff_t>(args.stride_in[d]);
    }
    const ptrdiff_t output_stride = static_cast<ptrdiff_t>(args.output_stride);
    T* output = static_cast<T*>(args.output) + first * args.output_stride;
    for (int64_t row = first; row < last;) {
        const int32_t line = line_rows - (line_dimension < 0 ? 0 : index[line_dimension]);
        const int32_t rows = last - row < line ? static_cast<int32_t>(last - row) : line;
        copy_line(input, row_step, stride, inner, output, output_stride, rows);
        row += rows;
        output += rows * output_stride;
        int32_t steps = rows;
        for (int32_t d = line_dimension; d >= 0; --d) {
            input += steps * static_cast<ptrdiff_t>(args.stride_in[d]);
            index[d] += steps;
            if (index[d] < args.shape[d]) break;
            input -= args.shape[d] * static_cast<ptrdiff_t>(args.stride_in[d]);
            index[d] = 0;
            steps = 1;
        }
    }
}

/// By element size.
inline void copy_any(const CopyArgs& args, int64_t first, int64_t last) {
    switch (args.element_bytes) {
        case 1:
            return copy_rows<uint8_t>(args, first, last);
        case 2:
            return copy_rows<uint16_t>(args, first, last);
        default:
            return copy_rows<uint32_t>(args, first, last);
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_LOOPS_COPY_ROWS_H_
