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

/// `rows` rows from `input` on, each one element behind the one before.
template <typename T>
void copy_short_rows(const T* input, ptrdiff_t stride, int32_t inner, T* output, int32_t rows) {
    switch (inner) {
        case 2:
            return interleave<T, 2>(input, stride, output, rows);
        case 3:
            return interleave<T, 3>(input, stride, output, rows);
        case 4:
            return interleave<T, 4>(input, stride, output, rows);
        default:
            for (int32_t row = 0; row < rows; ++row)
                copy_row(input + row, stride, output + int64_t{row} * inner, inner);
    }
}

template <typename T>
void copy_rows(const CopyArgs& args, int64_t first, int64_t last) {
    const int32_t inner_dimension = args.rank - 1, inner = args.shape[inner_dimension];
    const ptrdiff_t stride = static_cast<ptrdiff_t>(args.stride_in[inner_dimension]);
    int32_t index[kMaxRank] = {};
    const T* input = static_cast<const T*>(args.input);
    int64_t rest = first;
    for (int32_t d = inner_dimension - 1; d >= 0 && rest > 0; --d) {
        index[d] = static_cast<int32_t>(rest % args.shape[d]);
        rest /= args.shape[d];
        input += index[d] * static_cast<ptrdiff_t>(args.stride_in[d]);
    }
    T* output = static_cast<T*>(args.output) + first * inner;
    const bool rows_follow = args.rank > 1 && args.stride_in[inner_dimension - 1] == 1;
    for (int64_t row = first; row < last;) {
        int32_t rows = 1;
        if (rows_follow) {
            const int32_t line = args.shape[inner_dimension - 1] - index[inner_dimension - 1];
            rows = last - row < line ? static_cast<int32_t>(last - row) : line;
            copy_short_rows(input, stride, inner, output, rows);
        } else {
            copy_row(input, stride, output, inner);
        }
        row += rows;
        output += int64_t{rows} * inner;
        int32_t steps = rows;
        for (int32_t d = inner_dimension - 1; d >= 0; --d) {
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
