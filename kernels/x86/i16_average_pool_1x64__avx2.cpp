// i16 average pooling, 64 channels at a time, AVX2: the specification's own loops over a chunk of channels, which the
// compiler turns into vectors. They are bound by loads; hand-written code has nothing to add.
#include "kernels/kernel_table.h"
#include "kernels/reference/pool.h"

namespace tmx::kernels {

void i16_average_pool_1x64__avx2(const PoolArgs& args, int64_t first, int64_t last) {
    pool<Average<int16_t, uint64_t>>(args, first, last);
}

}  // namespace tmx::kernels
