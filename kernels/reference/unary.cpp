// Element-wise float32 functions, the specification (docs/arithmetic.md, 8).
#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"

namespace tmx::kernels {
namespace {

float apply(const UnaryArgs& args, float x) {
    switch (args.function) {
        case UnaryFunction::kClamp:
            return clamp_f32(x, args.alpha, args.beta);
        case UnaryFunction::kSigmoid:
            return sigmoid_f32(x);
        case UnaryFunction::kTanh:
            return tanh_f32(x);
        case UnaryFunction::kExp:
            return exp_f32(x);
        case UnaryFunction::kLeakyRelu:
            return leaky_relu_f32(x, args.alpha);
        case UnaryFunction::kHardSigmoid:
            return hard_sigmoid_f32(x, args.alpha, args.beta);
        case UnaryFunction::kHardSwish:
            return hard_swish_f32(x);
        case UnaryFunction::kSilu:
            return silu_f32(x);
    }
    return x;
}

}  // namespace

void f32_unary__reference(const UnaryArgs& args, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) args.output[i] = apply(args, args.input[i]);
}

}  // namespace tmx::kernels
