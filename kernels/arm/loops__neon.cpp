// Operations that are bound by memory or by one element after the other: loops of loops/ and of the specification,
// compiled for these vectors with -O3. Hand-written code has nothing to add to them.
#include "kernels/kernel_table.h"
#include "kernels/loops/copy_rows.h"
#include "kernels/loops/f32_rows.h"
#include "kernels/loops/matmul_rows.h"
#include "kernels/loops/recurrent_rows.h"
#include "kernels/loops/resample_rows.h"
#include "kernels/loops/softmax_rows.h"
#include "kernels/reference/pool.h"

namespace tmx::kernels {

void i8_max_pool_1x64__neon(const PoolArgs& args, int64_t first, int64_t last) { pool<Max<int8_t>>(args, first, last); }
void i16_max_pool_1x64__neon(const PoolArgs& args, int64_t first, int64_t last) {
    pool<Max<int16_t>>(args, first, last);
}
void i8_average_pool_1x64__neon(const PoolArgs& args, int64_t first, int64_t last) {
    pool<Average<int8_t, uint32_t>>(args, first, last);
}
void i16_average_pool_1x64__neon(const PoolArgs& args, int64_t first, int64_t last) {
    pool<Average<int16_t, uint64_t>>(args, first, last);
}

void any_copy_1x8__neon(const CopyArgs& args, int64_t first, int64_t last) { copy_any(args, first, last); }
void i8_resample_1x8__neon(const ResampleArgs& args, int64_t first, int64_t last) { resample_i8(args, first, last); }
void i16_resample_1x8__neon(const ResampleArgs& args, int64_t first, int64_t last) { resample_i16(args, first, last); }
void i8_softmax_1x1__neon(const SoftmaxArgs& args, int64_t first, int64_t last) { softmax_i8(args, first, last); }
void i16_softmax_1x1__neon(const SoftmaxArgs& args, int64_t first, int64_t last) { softmax_i16(args, first, last); }
void i8_matmul_1x4__neon(const MatMulArgs& args, int64_t first, int64_t last) { matmul_i8(args, first, last); }
void i16_matmul_1x4__neon(const MatMulArgs& args, int64_t first, int64_t last) { matmul_i16(args, first, last); }
void w8a16_recurrent_4x1__neon(const RecurrentArgs& args, int64_t first, int64_t last) {
    recurrent_by(gate_product<int8_t>, args, first, last);
}
void w16a16_recurrent_4x1__neon(const RecurrentArgs& args, int64_t first, int64_t last) {
    recurrent_by(gate_product<int16_t>, args, first, last);
}

// Vectors of 32-bit ARM flush denormal numbers, so that float32 is not for them.
#if defined(__aarch64__)
void f32_max_pool_1x64__neon(const PoolArgs& args, int64_t first, int64_t last) { pool<Max<float>>(args, first, last); }
void f32_average_pool_1x64__neon(const PoolArgs& args, int64_t first, int64_t last) {
    pool<AverageF32>(args, first, last);
}

void f32_resample_1x8__neon(const ResampleArgs& args, int64_t first, int64_t last) { resample_f32(args, first, last); }
void f32_unary_1x8__neon(const UnaryArgs& args, int64_t first, int64_t last) { unary_f32(args, first, last); }
void f32_softmax_1x8__neon(const SoftmaxArgs& args, int64_t first, int64_t last) { softmax_f32(args, first, last); }
void f32_binary_1x8__neon(const BinaryArgs& args, int64_t first, int64_t last) { binary_f32(args, first, last); }
void f32_matmul_1x32__neon(const MatMulArgs& args, int64_t first, int64_t last) { matmul_f32(args, first, last); }
#endif

}  // namespace tmx::kernels
