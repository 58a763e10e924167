// Max and average pooling, 64 channels at a time: the specification's own loops over a chunk of channels, compiled with
// -O3, where the compiler turns them into vectors. They are bound by loads.
#include "kernels/kernel_table.h"
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

}  // namespace tmx::kernels
