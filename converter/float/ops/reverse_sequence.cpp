// ReverseSequence: the first elements of every sequence of a batch in reverse order.
#include <cstring>

#include "float/registry.h"

namespace tinamix::float_exec {

TINAMIX_FLOAT_OPS(reverse_sequence) {
    registry.add("ReverseSequence", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        const std::vector<int64_t> lengths = call.ints(1);
        const int64_t batch_axis = call.node().integer("batch_axis", 1),
                      time_axis = call.node().integer("time_axis", 0);
        call.require(x.shape().size() >= 2 && batch_axis >= 0 && batch_axis <= 1 && time_axis == 1 - batch_axis,
                     "batch_axis and time_axis must be 0 and 1");
        const int64_t rows = x.shape()[0], columns = x.shape()[1];
        const int64_t batches = batch_axis == 0 ? rows : columns, steps = batch_axis == 0 ? columns : rows;
        call.require(static_cast<int64_t>(lengths.size()) == batches, "one length per sequence is needed");
        const size_t block = ir::element_bytes(x.type()) *
                             static_cast<size_t>(ir::element_count(ir::Shape(x.shape().begin() + 2, x.shape().end())));
        ir::Tensor result = ir::Tensor::uninitialized(x.type(), x.shape());
        for (int64_t batch = 0; batch < batches; ++batch) {
            const int64_t length = lengths[static_cast<size_t>(batch)];
            call.require(length >= 0 && length <= steps, "a length is out of range");
            for (int64_t step = 0; step < steps; ++step) {
                const int64_t source = step < length ? length - 1 - step : step;
                auto offset = [&](int64_t at) {
                    return static_cast<size_t>(batch_axis == 0 ? batch * columns + at : at * columns + batch) * block;
                };
                std::memcpy(result.raw() + offset(step), x.raw() + offset(source), block);
            }
        }
        return {std::move(result)};
    });
}

}  // namespace tinamix::float_exec
