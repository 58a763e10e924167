// Reductions over the middle of [outer][count][inner], the specification (docs/arithmetic.md, 9).
#include "kernels/kernel_table.h"
#include "kernels/reference/functions_f32.h"

namespace tmx::kernels {
namespace {

/// Fraction bits of the integer square root of int8; int16 has none, its codes are fine enough.
template <typename T>
constexpr int32_t kRootFractionBits = sizeof(T) == 1 ? 8 : 0;

/// floor(sqrt(x)), bit by bit.
int64_t integer_root(uint64_t x) {
    uint64_t root = 0;
    for (uint64_t bit = uint64_t{1} << 62; bit != 0; bit >>= 2) {
        const bool fits = x >= root + bit;
        if (fits) x -= root + bit;
        root = (root >> 1) + (fits ? bit : 0);
    }
    return static_cast<int64_t>(root);
}

/// Calls finish(output index, first element) for each output of [first, last).
template <typename T, typename Finish>
void each_output(const ReduceArgs& args, int64_t first, int64_t last, const Finish& finish) {
    const T* input = static_cast<const T*>(args.input);
    for (int64_t i = first; i < last; ++i) {
        finish(i, input + i / args.inner * args.count * args.inner + i % args.inner);
    }
}

template <typename T>
T reduce_codes(const ReduceArgs& args, const T* x) {
    if (args.function == ReduceFunction::kMax || args.function == ReduceFunction::kMin) {
        T best = x[0];
        for (int64_t n = 1; n < args.count; ++n) {
            const T code = x[n * args.inner];
            if (args.function == ReduceFunction::kMax ? code > best : code < best) best = code;
        }
        return best;
    }
    uint64_t sum = 0;
    for (int64_t n = 0; n < args.count; ++n) {
        const int64_t value = difference(x[n * args.inner], args.input_zero_point);
        const bool squares = args.function == ReduceFunction::kSumSquare || args.function == ReduceFunction::kL2;
        const bool magnitudes = args.function == ReduceFunction::kL1;
        sum += static_cast<uint64_t>(squares ? value * value : magnitudes && value < 0 ? -value : value);
    }
    if (args.function == ReduceFunction::kL2) {
        sum = static_cast<uint64_t>(integer_root(sum << (2 * kRootFractionBits<T>)));
    }
    return to_code<T>(rescale_wide(static_cast<int64_t>(sum), args.rescale.multiplier, args.rescale.shift),
                      args.output_zero_point, Range<T>::kMin, Range<T>::kMax);
}

template <typename T>
void reduce(const ReduceArgs& args, int64_t first, int64_t last) {
    T* output = static_cast<T*>(args.output);
    each_output<T>(args, first, last, [&](int64_t i, const T* x) { output[i] = reduce_codes<T>(args, x); });
}

float reduce_f32(const ReduceArgs& args, const float* x) {
    const ReduceFunction function = args.function;
    float result = function == ReduceFunction::kMax || function == ReduceFunction::kMin ? x[0] : 0.0f;
    for (int64_t n = 0; n < args.count; ++n) {
        const float value = x[n * args.inner];
        switch (function) {
            case ReduceFunction::kMax:
                result = max_f32(result, value);
                break;
            case ReduceFunction::kMin:
                result = min_f32(result, value);
                break;
            case ReduceFunction::kSumSquare:
            case ReduceFunction::kL2:
                result = result + value * value;
                break;
            case ReduceFunction::kL1:
                result = result + abs_f32(value);
                break;
            default:
                result = result + value;
        }
    }
    if (function == ReduceFunction::kMean) return result / static_cast<float>(args.count);
    return function == ReduceFunction::kL2 ? sqrt_f32(result) : result;
}

template <typename T>
void arg_max(const ArgMaxArgs& args, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
        const T* x = static_cast<const T*>(args.input) + i / args.inner * args.count * args.inner + i % args.inner;
        int32_t best = 0;
        for (int32_t n = 1; n < args.count; ++n) {
            const T candidate = x[int64_t{n} * args.inner], leader = x[int64_t{best} * args.inner];
            const bool better = args.minimum ? candidate < leader : candidate > leader;
            if (better || (args.last && candidate == leader)) best = n;
        }
        args.output[i] = best;
    }
}

/// Insertion into the sorted list of the best so far, which is the output itself.
template <typename T>
void top_k(const TopKArgs& args, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
        const int64_t outer = i / args.inner, column = i % args.inner;
        const T* x = static_cast<const T*>(args.input) + outer * args.count * args.inner + column;
        T* values = static_cast<T*>(args.output) + outer * args.k * args.inner + column;
        int32_t* indices = args.indices + outer * args.k * args.inner + column;
        int32_t filled = 0;
        for (int32_t n = 0; n < args.count; ++n) {
            const T candidate = x[int64_t{n} * args.inner];
            int32_t place = filled;
            while (place > 0) {
                const T other = values[int64_t{place - 1} * args.inner];
                if (!(args.smallest ? candidate < other : candidate > other)) break;
                --place;
            }
            if (place == args.k) continue;
            if (filled < args.k) ++filled;
            for (int32_t at = filled - 1; at > place; --at) {
                values[int64_t{at} * args.inner] = values[int64_t{at - 1} * args.inner];
                indices[int64_t{at} * args.inner] = indices[int64_t{at - 1} * args.inner];
            }
            values[int64_t{place} * args.inner] = candidate;
            indices[int64_t{place} * args.inner] = n;
        }
    }
}

}  // namespace

void i8_reduce__reference(const ReduceArgs& args, int64_t first, int64_t last) { reduce<int8_t>(args, first, last); }
void i16_reduce__reference(const ReduceArgs& args, int64_t first, int64_t last) { reduce<int16_t>(args, first, last); }
void f32_reduce__reference(const ReduceArgs& args, int64_t first, int64_t last) {
    float* output = static_cast<float*>(args.output);
    each_output<float>(args, first, last, [&](int64_t i, const float* x) { output[i] = reduce_f32(args, x); });
}

void i8_arg_max__reference(const ArgMaxArgs& args, int64_t first, int64_t last) { arg_max<int8_t>(args, first, last); }
void i16_arg_max__reference(const ArgMaxArgs& args, int64_t first, int64_t last) {
    arg_max<int16_t>(args, first, last);
}
void f32_arg_max__reference(const ArgMaxArgs& args, int64_t first, int64_t last) { arg_max<float>(args, first, last); }

void i8_top_k__reference(const TopKArgs& args, int64_t first, int64_t last) { top_k<int8_t>(args, first, last); }
void i16_top_k__reference(const TopKArgs& args, int64_t first, int64_t last) { top_k<int16_t>(args, first, last); }
void f32_top_k__reference(const TopKArgs& args, int64_t first, int64_t last) { top_k<float>(args, first, last); }

}  // namespace tmx::kernels
