// The pooling kernels of the reference: pool.h for each element type.
#include "kernels/reference/pool.h"

#include "kernels/kernel_table.h"

namespace tmx::kernels {

void i8_max_pool__reference(const PoolArgs& args, int64_t first, int64_t last) { pool<Max<int8_t>>(args, first, last); }
void i16_max_pool__reference(const PoolArgs& args, int64_t first, int64_t last) {
    pool<Max<int16_t>>(args, first, last);
}
void f32_max_pool__reference(const PoolArgs& args, int64_t first, int64_t last) { pool<Max<float>>(args, first, last); }

void i8_average_pool__reference(const PoolArgs& args, int64_t first, int64_t last) {
    pool<Average<int8_t, uint32_t>>(args, first, last);
}
void i16_average_pool__reference(const PoolArgs& args, int64_t first, int64_t last) {
    pool<Average<int16_t, uint64_t>>(args, first, last);
}
void f32_average_pool__reference(const PoolArgs& args, int64_t first, int64_t last) {
    pool<AverageF32>(args, first, last);
}

}  // namespace tmx::kernels
