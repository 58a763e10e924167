// Transpose and Expand: one strided copy each.
#include <numeric>

#include "float/broadcast.h"
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

namespace {

Tensors transpose(Call& call) {
    const ir::Tensor& x = call.input(0);
    const size_t rank = x.shape().size();
    std::vector<size_t> axes(rank);
    const std::vector<int64_t> permutation = call.node().integers("perm");
    if (!call.node().has("perm")) {
        std::iota(axes.rbegin(), axes.rend(), size_t{0});
    } else {
        call.require(permutation.size() == rank, "`perm` must name every axis once");
        std::vector<char> seen(rank, 0);
        for (size_t i = 0; i < rank; ++i) {
            axes[i] = call.normalized_axis(permutation[i], rank);
            call.require(seen[axes[i]] == 0, "`perm` must name every axis once");
            seen[axes[i]] = 1;
        }
    }
    Tensors results;
    results.push_back(transposed(x, axes, call.pool()));
    return results;
}

Tensors expand(Call& call) {
    const ir::Tensor& x = call.input(0);
    const ir::Shape shape = broadcast_shape(call, x.shape(), call.ints(1));
    Tensors results;
    results.push_back(expanded(x, shape, call.pool()));
    return results;
}

}  // namespace

TINAMIX_FLOAT_OPS(transpose) {
    registry.add("Transpose", LayoutUse::kOnnx, transpose);
    registry.add("Expand", LayoutUse::kOnnx, expand);
}

}  // namespace tinamix::float_exec
