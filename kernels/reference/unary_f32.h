// Functions of one float32 variable by their number in the file, for the reference and for loops that a compiler turns
// into vectors. `static` for the reason that arithmetic.h gives.
#ifndef TINAMIX_KERNELS_REFERENCE_UNARY_F32_H_
#define TINAMIX_KERNELS_REFERENCE_UNARY_F32_H_

#include "kernels/reference/functions_f32.h"

namespace tmx::kernels {

static inline float unary_f32(UnaryFunction function, float alpha, float beta, float x) {
    switch (function) {
        case UnaryFunction::kClamp:
            return clamp_f32(x, alpha, beta);
        case UnaryFunction::kSigmoid:
            return sigmoid_f32(x);
        case UnaryFunction::kTanh:
            return tanh_f32(x);
        case UnaryFunction::kExp:
            return exp_f32(x);
        case UnaryFunction::kLeakyRelu:
            return leaky_relu_f32(x, alpha);
        case UnaryFunction::kHardSigmoid:
            return hard_sigmoid_f32(x, alpha, beta);
        case UnaryFunction::kHardSwish:
            return hard_swish_f32(x);
        case UnaryFunction::kSilu:
            return silu_f32(x);
        case UnaryFunction::kNeg:
            return -x;
        case UnaryFunction::kAbs:
            return abs_f32(x);
        case UnaryFunction::kElu:
            return elu_f32(x, alpha);
        case UnaryFunction::kSelu:
            return selu_f32(x, alpha, beta);
        case UnaryFunction::kCelu:
            return celu_f32(x, alpha);
        case UnaryFunction::kGelu:
            return gelu_f32(x);
        case UnaryFunction::kGeluTanh:
            return gelu_tanh_f32(x);
        case UnaryFunction::kErf:
            return erf_f32(x);
        case UnaryFunction::kMish:
            return mish_f32(x);
        case UnaryFunction::kLog:
            return log_f32(x);
        case UnaryFunction::kSqrt:
            return sqrt_f32(x);
        case UnaryFunction::kReciprocal:
            return 1.0f / x;
        case UnaryFunction::kSoftplus:
            return softplus_f32(x);
        case UnaryFunction::kSoftsign:
            return x / (1.0f + abs_f32(x));
        case UnaryFunction::kPow:
            return pow_f32(x, alpha);
        case UnaryFunction::kFloor:
            return floor_f32(x);
        case UnaryFunction::kCeil:
            return ceil_f32(x);
        case UnaryFunction::kRound:
            return round_f32(x);
        case UnaryFunction::kSign:
            return sign_f32(x);
        case UnaryFunction::kSin:
            return sine_f32(x, 0);
        case UnaryFunction::kCos:
            return sine_f32(x, 1);
        case UnaryFunction::kThresholdedRelu:
            return x > alpha ? x : 0.0f;
    }
    return x;
}

}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_REFERENCE_UNARY_F32_H_
