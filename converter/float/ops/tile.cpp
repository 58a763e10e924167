// Tile: the input repeated along every axis.
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

TINAMIX_FLOAT_OPS(tile) {
    registry.add("Tile", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        const std::vector<int64_t> repeats = call.ints(1);
        const size_t rank = x.shape().size();
        call.require(repeats.size() == rank, "one repeat per axis is needed");
        // Each axis as two: the repetition, which does not move in the source, and the axis itself.
        ir::Shape shape, both;
        Strides from;
        const Strides own = row_major_strides(x.shape());
        for (size_t i = 0; i < rank; ++i) {
            call.require(repeats[i] >= 0 && repeats[i] < (int64_t{1} << 31), "a repeat is out of range");
            shape.push_back(x.shape()[i] * repeats[i]);
            both.insert(both.end(), {repeats[i], x.shape()[i]});
            from.insert(from.end(), {0, own[i]});
        }
        ir::Tensor result = ir::Tensor::uninitialized(x.type(), shape);
        strided_copy(result.raw(), row_major_strides(both), x.raw(), from, both, ir::element_bytes(x.type()),
                     call.pool());
        return {std::move(result)};
    });
}

}  // namespace tinamix::float_exec
