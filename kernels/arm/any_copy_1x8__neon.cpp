// Data movement; the loops and their reasons: copy_rows.h. A division costs this core a subroutine of a hundred
// instructions.
#include "kernels/copy_rows.h"
#include "kernels/kernel_table.h"

namespace tmx::kernels {

void any_copy_1x8__neon(const CopyArgs& args, int64_t first, int64_t last) { copy_any(args, first, last); }

}  // namespace tmx::kernels
