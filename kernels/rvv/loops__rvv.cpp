// Operations that are bound by memory or by one element after the other: loops of loops/ and of the specification,
// compiled for these vectors with -O3. Hand-written code has nothing to add to them.
#include "kernels/kernel_table.h"
#include "kernels/loops/f32_rows.h"
#include "kernels/loops/matmul_rows.h"
#include "kernels/loops/recurrent_rows.h"
#include "kernels/loops/resample_rows.h"
#include "kernels/loops/softmax_rows.h"
#include "kernels/reference/pool.h"

namespace tmx::kernels {

void i8_resample_1x8__rvv(const ResampleArgs& args, int64_t first, int64_t last) { resample_i8(args, first, last); }
void i16_resample_1x8__rvv(const ResampleArgs& args, int64_t first, int64_t last) { resample_i16(args, first, last); }
void i8_softmax_1x1__rvv(const SoftmaxArgs& args, int64_t first, int64_t last) { softmax_i8(args, first, last); }
void i16_softmax_1x1__rvv(const SoftmaxArgs& args, int64_t first, int64_t last) { softmax_i16(args, first, last); }

void f32_max_pool_1x64__rvv(const PoolArgs& args, int64_t first, int64_t last) { pool<Max<float>>(args, first, last); }
void f32_average_pool_1x64__rvv(const PoolArgs& args, int64_t first, int64_t last) {
    pool<AverageF32>(args, first, last);
}

void f32_resample_1x8__rvv(const ResampleArgs& args, int64_t first, int64_t last) { resample_f32(args, first, last); }
void f32_unary_1x8__rvv(const UnaryArgs& args, int64_t first, int64_t last) { unary_f32(args, first, last); }
void f32_softmax_1x8__rvv(const SoftmaxArgs& args, int64_t first, int64_t last) { softmax_f32(args, first, last); }
void f32_binary_1x8__rvv(const BinaryArgs& args, int64_t first, int64_t last) { binary_f32(args, first, last); }
void i8_matmul_1x4__rvv(const MatMulArgs& args, int64_t first, int64_t last) { matmul_i8(args, first, last); }
void i16_matmul_1x4__rvv(const MatMulArgs& args, int64_t first, int64_t last) { matmul_i16(args, first, last); }
void w8a16_recurrent_4x1__rvv(const RecurrentArgs& args, int64_t first, int64_t last) {
    recurrent_by(gate_product<int8_t>, args, first, last);
}
void w16a16_recurrent_4x1__rvv(const RecurrentArgs& args, int64_t first, int64_t last) {
    recurrent_by(gate_product<int16_t>, args, first, last);
}
void f32_matmul_1x32__rvv(const MatMulArgs& args, int64_t first, int64_t last) { matmul_f32(args, first, last); }

}  // namespace tmx::kernels
