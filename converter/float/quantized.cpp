// Zero points taken off.
#include "float/quantized.h"

#include "float/element_types.h"

namespace tinamix::float_exec {

std::vector<int32_t> centred(const Call& call, size_t index, size_t zero_index, size_t axis) {
    const ir::Tensor& x = call.input(index);
    const ir::Shape& shape = x.shape();
    std::vector<int64_t> zeros = {0};
    int64_t inner = 1;
    if (call.has(zero_index)) {
        zeros = call.ints(zero_index);
        call.require(call.input(zero_index).type() == x.type(), "a zero point must have the type of its tensor");
        call.require(zeros.size() == 1 || (axis < shape.size() && static_cast<int64_t>(zeros.size()) == shape[axis]),
                     "there must be one zero point, or one per row or channel");
        inner = zeros.size() == 1
                    ? 1
                    : ir::element_count(ir::Shape(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end()));
    }
    std::vector<int32_t> values(static_cast<size_t>(x.elements()));
    with_type<uint8_t, int8_t>(call, x.type(), [&](auto zero) {
        using T = decltype(zero);
        for (size_t i = 0; i < values.size(); ++i) {
            const int64_t offset = zeros[i / static_cast<size_t>(inner) % zeros.size()];
            values[i] = static_cast<int32_t>(x.data<T>()[i] - offset);
        }
        return 0;
    });
    return values;
}

}  // namespace tinamix::float_exec
