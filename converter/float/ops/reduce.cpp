// ReduceMean: sums in double, in storage order. Axes are an attribute up to opset 17 and an optional input from 18 on.
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

TINAMIX_FLOAT_OPS(reduce) {
    registry.add("ReduceMean", LayoutUse::kOnnx, [](Call& call) -> Tensors {
        const ir::Tensor& x = call.input(0);
        call.require(x.type() == ir::ElementType::kFloat32, "the input must be float32");
        const ir::Shape& from = x.shape();
        const size_t rank = from.size();
        const std::vector<int64_t> axes = call.ints_of(1, "axes");
        const bool nothing = axes.empty() && call.node().integer("noop_with_empty_axes", 0) != 0;
        std::vector<char> reduced(rank, axes.empty() && !nothing ? 1 : 0);
        for (int64_t axis : axes) {
            reduced[call.normalized_axis(axis, rank)] = 1;
        }
        const bool keep = call.node().integer("keepdims", 1) != 0;
        ir::Shape full(rank), shape;
        for (size_t i = 0; i < rank; ++i) {
            full[i] = reduced[i] ? 1 : from[i];
            if (!reduced[i] || keep) {
                shape.push_back(full[i]);
            }
        }
        Strides to = row_major_strides(full);
        for (size_t i = 0; i < rank; ++i) {
            to[i] = reduced[i] ? 0 : to[i];
        }
        std::vector<double> sums(static_cast<size_t>(ir::element_count(full)), 0.0);
        // An odometer over the input; the result index moves with the axes that stay.
        std::vector<int64_t> index(rank, 0);
        int64_t at = 0;
        for (int64_t i = 0; i < x.elements(); ++i) {
            sums[static_cast<size_t>(at)] += x.data<float>()[i];
            for (size_t axis = rank; axis-- > 0;) {
                at += to[axis];
                if (++index[axis] < from[axis]) {
                    break;
                }
                at -= to[axis] * from[axis];
                index[axis] = 0;
            }
        }
        const double divisor =
            static_cast<double>(x.elements()) / static_cast<double>(std::max<size_t>(1, sums.size()));
        ir::Tensor result = ir::Tensor::uninitialized(x.type(), shape);
        for (size_t i = 0; i < sums.size(); ++i) {
            result.data<float>()[i] = static_cast<float>(sums[i] / divisor);
        }
        return {std::move(result)};
    });
}

}  // namespace tinamix::float_exec
