// Data movement for every processor: the specification without its divisions per row. The outer index counts through
// the dimensions; rows that lie together are copied as one, others eight elements at a time.
// Internal linkage: compiled for several instruction sets.
#ifndef TINAMIX_KERNELS_COPY_ROWS_H_
#define TINAMIX_KERNELS_COPY_ROWS_H_

#include <string.h>

#include "kernels/kernel_types.h"

namespace tmx::kernels {
namespace {

template <typename T>
void copy_row(const T* input, ptrdiff_t stride, T* output, int32_t count) {
    if (stride == 1) {
        memcpy(output, input, static_cast<size_t>(count) * sizeof(T));
        return;
    }
    for (; count >= 8; count -= 8, input += 8 * stride, output += 8) {
        for (int i = 0; i < 8; ++i) output[i] = input[i * stride];
    }
    for (; count > 0; --count, input += stride) *output++ = *input;
}

template <typename T>
void copy_rows(const CopyArgs& args, int64_t first, int64_t last) {
    const int32_t inner_dimension = args.rank - 1, inner = args.shape[inner_dimension];
    int32_t index[kMaxRank] = {};
    const T* input = static_cast<const T*>(args.input);
    int64_t rest = first;
    for (int32_t d = inner_dimension - 1; d >= 0 && rest > 0; --d) {
        index[d] = static_cast<int32_t>(rest % args.shape[d]);
        rest /= args.shape[d];
        input += index[d] * static_cast<ptrdiff_t>(args.stride_in[d]);
    }
    T* output = static_cast<T*>(args.output) + first * inner;
    for (int64_t row = first; row < last; ++row, output += inner) {
        copy_row(input, static_cast<ptrdiff_t>(args.stride_in[inner_dimension]), output, inner);
        for (int32_t d = inner_dimension - 1; d >= 0; --d) {
            input += static_cast<ptrdiff_t>(args.stride_in[d]);
            if (++index[d] < args.shape[d]) break;
            input -= args.shape[d] * static_cast<ptrdiff_t>(args.stride_in[d]);
            index[d] = 0;
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

#endif  // TINAMIX_KERNELS_COPY_ROWS_H_
