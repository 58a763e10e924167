// Binary operations of float32 on single numbers (docs/arithmetic.md, 8), for the reference and for loops that a
// compiler turns into vectors. `static` for the reason that arithmetic.h gives.
#ifndef TINAMIX_KERNELS_REFERENCE_BINARY_F32_H_
#define TINAMIX_KERNELS_REFERENCE_BINARY_F32_H_

#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {

static inline float combine_f32(BinaryFunction function, float a, float b) {
    switch (function) {
        case BinaryFunction::kAdd:
            return a + b;
        case BinaryFunction::kSub:
            return a - b;
        case BinaryFunction::kMul:
            return a * b;
        case BinaryFunction::kDiv:
            return a / b;
        case BinaryFunction::kMin:
            return min_f32(a, b);
        case BinaryFunction::kMax:
            return max_f32(a, b);
        case BinaryFunction::kPRelu:
            return a < 0.0f ? a * b : a;
    }
    return a;
}

}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_REFERENCE_BINARY_F32_H_
