// Data movement; the loops and their reasons: copy_rows.h.
#include "kernels/copy_rows.h"
#include "kernels/kernel_table.h"

namespace tmx::kernels {

void any_copy_1x8__avx2(const CopyArgs& args, int64_t first, int64_t last) { copy_any(args, first, last); }

}  // namespace tmx::kernels
