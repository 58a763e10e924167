// Split: sizes are an attribute up to opset 12, an optional input from 13 on; from 18 on `num_outputs` may stand
// instead.
#include <numeric>

#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

namespace {

std::vector<int64_t> part_sizes(const Call& call, int64_t length) {
    std::vector<int64_t> sizes = call.ints_of(1, "split");
    const auto count = static_cast<int64_t>(call.node().outputs.size());
    call.require(count > 0, "there are no outputs");
    if (sizes.empty()) {
        const int64_t wanted = call.node().integer("num_outputs", count);
        call.require(wanted == count, "`num_outputs` differs from the number of outputs");
        call.require(call.opset() >= 18 || length % count == 0, "the axis does not divide into equal parts");
        const int64_t size = (length + count - 1) / count;
        sizes.assign(static_cast<size_t>(count), size);
        sizes.back() = length - size * (count - 1);
    }
    call.require(static_cast<int64_t>(sizes.size()) == count, "there must be one size per output");
    int64_t sum = 0;
    for (int64_t size : sizes) {
        call.require(size >= 0 && size <= length, "a size is out of range");
        sum += size;
    }
    call.require(sum == length, "the sizes do not add up to the axis");
    return sizes;
}

}  // namespace

TINAMIX_FLOAT_OPS(split) {
    registry.add("Split", LayoutUse::kUniform, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        const size_t axis = call.axis(call.node().integer("axis", 0));
        const Strides strides = row_major_strides(x.shape());
        const size_t bytes = ir::element_bytes(x.type());
        Tensors parts;
        int64_t at = 0;
        for (int64_t size : part_sizes(call, x.shape()[axis])) {
            ir::Shape shape = x.shape();
            shape[axis] = size;
            parts.push_back(ir::Tensor::uninitialized(x.type(), shape));
            strided_copy(parts.back().raw(), row_major_strides(shape),
                         x.raw() + at * strides[axis] * static_cast<int64_t>(bytes), strides, shape, bytes,
                         call.pool());
            at += size;
        }
        return parts;
    });
}

}  // namespace tinamix::float_exec
