// Matrix products of two computed operands, the specification (docs/arithmetic.md, 10 and 8).
#include "kernels/reference/matmul.h"

#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

template <typename T>
void matmul_integer(const MatMulArgs& args, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
        const RowOffsets offsets = offsets_of(args, row);
        const T* a = static_cast<const T*>(args.a) + offsets.a;
        T* output = static_cast<T*>(args.output) + row * args.n;
        for (int32_t column = 0; column < args.n; ++column) {
            const T* b = static_cast<const T*>(args.b) + offsets.b + column * args.column_stride_b;
            int64_t sum = 0;
            for (int32_t k = 0; k < args.k; ++k) {
                const int64_t x = difference(a[k * args.depth_stride_a], args.zero_point_a);
                sum = wrapping_add(sum, x * difference(b[k * args.depth_stride_b], args.zero_point_b));
            }
            output[column] = to_code<T>(rescale_wide(sum, args.rescale.multiplier, args.rescale.shift),
                                        args.zero_point_out, args.clamp_min, args.clamp_max);
        }
    }
}

}  // namespace

void i8_matmul__reference(const MatMulArgs& args, int64_t first, int64_t last) {
    matmul_integer<int8_t>(args, first, last);
}

void i16_matmul__reference(const MatMulArgs& args, int64_t first, int64_t last) {
    matmul_integer<int16_t>(args, first, last);
}

void f32_matmul__reference(const MatMulArgs& args, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
        const RowOffsets offsets = offsets_of(args, row);
        const float* a = static_cast<const float*>(args.a) + offsets.a;
        float* output = static_cast<float*>(args.output) + row * args.n;
        for (int32_t column = 0; column < args.n; ++column) {
            const float* b = static_cast<const float*>(args.b) + offsets.b + column * args.column_stride_b;
            float sum = 0.0f;
            for (int32_t k = 0; k < args.k; ++k) sum = sum + a[k * args.depth_stride_a] * b[k * args.depth_stride_b];
            output[column] = clamp_f32(sum, args.clamp_min_f32, args.clamp_max_f32);
        }
    }
}

}  // namespace tmx::kernels
