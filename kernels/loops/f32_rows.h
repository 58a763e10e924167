// Element-wise float32: the specification's functions in loops without branches, which the compiler turns into vectors.
// Internal linkage: compiled for several instruction sets, with -O3 -fno-trapping-math (which changes no value).
#ifndef TINAMIX_KERNELS_LOOPS_F32_ROWS_H_
#define TINAMIX_KERNELS_LOOPS_F32_ROWS_H_

#include "kernels/kernel_table.h"
#include "kernels/reference/binary_f32.h"
#include "kernels/reference/outer_index.h"
#include "kernels/reference/unary_f32.h"

namespace tmx::kernels {
namespace {

template <BinaryFunction kFunction>
void binary_f32_row(const BinaryArgs& args, const float* a, const float* b, float* output) {
    const int32_t inner = args.shape[args.rank - 1];
    const int64_t step_a = args.stride_a[args.rank - 1], step_b = args.stride_b[args.rank - 1];
    const float low = args.clamp_min_f32, high = args.clamp_max_f32;
    const auto combine = [=](float x, float y) { return clamp_f32(combine_f32(kFunction, x, y), low, high); };
    if (step_a == 1 && step_b == 1) {
        for (int32_t i = 0; i < inner; ++i) output[i] = combine(a[i], b[i]);
    } else if (step_a == 1 && step_b == 0) {
        const float y = b[0];
        for (int32_t i = 0; i < inner; ++i) output[i] = combine(a[i], y);
    } else if (step_a == 0 && step_b == 1) {
        const float x = a[0];
        for (int32_t i = 0; i < inner; ++i) output[i] = combine(x, b[i]);
    } else {
        for (int32_t i = 0; i < inner; ++i) output[i] = combine(a[i * step_a], b[i * step_b]);
    }
}

template <BinaryFunction kFunction>
void binary_f32_rows(const BinaryArgs& args, int64_t first, int64_t last) {
    const int32_t inner = args.shape[args.rank - 1];
    RowWalk walk_a(first, args.rank, args.shape, args.stride_a), walk_b(first, args.rank, args.shape, args.stride_b);
    for (int64_t row = first; row < last; ++row, walk_a.next(), walk_b.next()) {
        binary_f32_row<kFunction>(args, static_cast<const float*>(args.a) + walk_a.offset,
                                  static_cast<const float*>(args.b) + walk_b.offset,
                                  static_cast<float*>(args.output) + row * inner);
    }
}

inline void binary_f32(const BinaryArgs& args, int64_t first, int64_t last) {
    switch (args.function) {
        case BinaryFunction::kAdd:
            return binary_f32_rows<BinaryFunction::kAdd>(args, first, last);
        case BinaryFunction::kSub:
            return binary_f32_rows<BinaryFunction::kSub>(args, first, last);
        case BinaryFunction::kMul:
            return binary_f32_rows<BinaryFunction::kMul>(args, first, last);
        case BinaryFunction::kDiv:
            return binary_f32_rows<BinaryFunction::kDiv>(args, first, last);
        case BinaryFunction::kMin:
            return binary_f32_rows<BinaryFunction::kMin>(args, first, last);
        case BinaryFunction::kMax:
            return binary_f32_rows<BinaryFunction::kMax>(args, first, last);
        case BinaryFunction::kPRelu:
            return binary_f32_rows<BinaryFunction::kPRelu>(args, first, last);
    }
}

template <UnaryFunction kFunction>
void unary_f32_elements(const UnaryArgs& args, int64_t first, int64_t last) {
    const float alpha = args.alpha, beta = args.beta;
    const float* input = args.input;
    float* output = args.output;
    for (int64_t i = first; i < last; ++i) output[i] = unary_f32(kFunction, alpha, beta, input[i]);
}

/// Functions that are a few operations, or an exponential; others have branches and keep the reference.
inline void unary_f32(const UnaryArgs& args, int64_t first, int64_t last) {
    switch (args.function) {
        case UnaryFunction::kClamp:
            return unary_f32_elements<UnaryFunction::kClamp>(args, first, last);
        case UnaryFunction::kSigmoid:
            return unary_f32_elements<UnaryFunction::kSigmoid>(args, first, last);
        case UnaryFunction::kTanh:
            return unary_f32_elements<UnaryFunction::kTanh>(args, first, last);
        case UnaryFunction::kExp:
            return unary_f32_elements<UnaryFunction::kExp>(args, first, last);
        case UnaryFunction::kLeakyRelu:
            return unary_f32_elements<UnaryFunction::kLeakyRelu>(args, first, last);
        case UnaryFunction::kHardSigmoid:
            return unary_f32_elements<UnaryFunction::kHardSigmoid>(args, first, last);
        case UnaryFunction::kHardSwish:
            return unary_f32_elements<UnaryFunction::kHardSwish>(args, first, last);
        case UnaryFunction::kSilu:
            return unary_f32_elements<UnaryFunction::kSilu>(args, first, last);
        case UnaryFunction::kReciprocal:
            return unary_f32_elements<UnaryFunction::kReciprocal>(args, first, last);
        default:
            return f32_unary__reference(args, first, last);
    }
}

template <typename T>
void dequantize_elements(const DequantizeArgs& args, int64_t first, int64_t last) {
    const float scale = args.scale;
    const int32_t zero_point = args.zero_point;
    const T* input = static_cast<const T*>(args.input);
    float* output = args.output;
    for (int64_t i = first; i < last; ++i) output[i] = dequantize(input[i], scale, zero_point);
}

/// Rows of [outer][inner]: the maximum and the sum are taken in order, which leaves the exponentials and the quotients
/// to vectors.
inline void softmax_f32(const SoftmaxArgs& args, int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
        const float* input = static_cast<const float*>(args.input) + row * args.inner;
        float* output = static_cast<float*>(args.output) + row * args.inner;
        float largest = -__builtin_inff();
        for (int32_t i = 0; i < args.inner; ++i) largest = max_f32(largest, input[i]);
        for (int32_t i = 0; i < args.inner; ++i) output[i] = exp_f32(input[i] - largest);
        float sum = 0.0f;
        for (int32_t i = 0; i < args.inner; ++i) sum = sum + output[i];
        for (int32_t i = 0; i < args.inner; ++i) output[i] = output[i] / sum;
    }
}

}  // namespace
}  // namespace tmx::kernels

#endif  // TINAMIX_KERNELS_LOOPS_F32_ROWS_H_
