// Element-wise float32 functions, the specification (docs/arithmetic.md, 8).
#include "kernels/kernel_table.h"
#include "kernels/reference/unary_f32.h"

namespace tmx::kernels {

void f32_unary__reference(const UnaryArgs& args, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
        args.output[i] = unary_f32(args.function, args.alpha, args.beta, args.input[i]);
    }
}

}  // namespace tmx::kernels
