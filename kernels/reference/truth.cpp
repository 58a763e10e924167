// Truth values and choices between two tensors, the specification (docs/arithmetic.md, 9).
#include "kernels/kernel_table.h"
#include "kernels/reference/arithmetic.h"
#include "kernels/reference/outer_index.h"

namespace tmx::kernels {
namespace {

template <typename Number>
bool holds(CompareFunction function, Number a, Number b) {
    switch (function) {
        case CompareFunction::kEqual:
            return a == b;
        case CompareFunction::kNotEqual:
            return a != b;
        case CompareFunction::kGreater:
            return a > b;
        case CompareFunction::kGreaterOrEqual:
            return a >= b;
        case CompareFunction::kLess:
            return a < b;
        case CompareFunction::kLessOrEqual:
            return a <= b;
        case CompareFunction::kAnd:
            return a != 0 && b != 0;
        case CompareFunction::kOr:
            return a != 0 || b != 0;
        case CompareFunction::kXor:
            return (a != 0) != (b != 0);
    }
    return false;
}

template <typename T>
int64_t scaled(T code, int32_t zero_point, int32_t multiplier) {
    return int64_t{difference(code, zero_point)} * multiplier;
}

/// Compares value(a element, true), value(b element, false).
template <typename T, typename Value>
void compare(const CompareArgs& args, int64_t first, int64_t last, const Value& value) {
    const int32_t inner = args.shape[args.rank - 1];
    const int64_t step_a = args.stride_a[args.rank - 1], step_b = args.stride_b[args.rank - 1];
    for (int64_t row = first; row < last; ++row) {
        const T* a = static_cast<const T*>(args.a) + row_offset(row, args.rank, args.shape, args.stride_a);
        const T* b = static_cast<const T*>(args.b) + row_offset(row, args.rank, args.shape, args.stride_b);
        int32_t* output = args.output + row * inner;
        for (int32_t i = 0; i < inner; ++i) {
            output[i] = holds(args.function, value(a[i * step_a], true), value(b[i * step_b], false)) ? 1 : 0;
        }
    }
}

template <typename T>
void compare_codes(const CompareArgs& args, int64_t first, int64_t last) {
    compare<T>(args, first, last, [&](T code, bool is_a) {
        return is_a ? scaled(code, args.zero_point_a, args.multiplier_a)
                    : scaled(code, args.zero_point_b, args.multiplier_b);
    });
}

template <typename T>
void compare_plain(const CompareArgs& args, int64_t first, int64_t last) {
    compare<T>(args, first, last, [](T number, bool) { return number; });
}

template <typename Element>
void select(const SelectArgs& args, int64_t first, int64_t last) {
    const int32_t inner = args.shape[args.rank - 1];
    const int64_t step_c = args.stride_condition[args.rank - 1];
    const int64_t step_a = args.stride_a[args.rank - 1], step_b = args.stride_b[args.rank - 1];
    for (int64_t row = first; row < last; ++row) {
        const int32_t* condition = args.condition + row_offset(row, args.rank, args.shape, args.stride_condition);
        const Element* a = static_cast<const Element*>(args.a) + row_offset(row, args.rank, args.shape, args.stride_a);
        const Element* b = static_cast<const Element*>(args.b) + row_offset(row, args.rank, args.shape, args.stride_b);
        Element* output = static_cast<Element*>(args.output) + row * inner;
        for (int32_t i = 0; i < inner; ++i) output[i] = condition[i * step_c] != 0 ? a[i * step_a] : b[i * step_b];
    }
}

}  // namespace

void i8_compare__reference(const CompareArgs& args, int64_t first, int64_t last) {
    compare_codes<int8_t>(args, first, last);
}
void i16_compare__reference(const CompareArgs& args, int64_t first, int64_t last) {
    compare_codes<int16_t>(args, first, last);
}
void f32_compare__reference(const CompareArgs& args, int64_t first, int64_t last) {
    compare_plain<float>(args, first, last);
}
void i32_compare__reference(const CompareArgs& args, int64_t first, int64_t last) {
    compare_plain<int32_t>(args, first, last);
}

void any_select__reference(const SelectArgs& args, int64_t first, int64_t last) {
    switch (args.element_bytes) {
        case 1:
            return select<uint8_t>(args, first, last);
        case 2:
            return select<uint16_t>(args, first, last);
        default:
            return select<uint32_t>(args, first, last);
    }
}

}  // namespace tmx::kernels
