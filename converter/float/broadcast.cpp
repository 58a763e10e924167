// Broadcasting plan: aligned shapes, strides of 0 for repeated dimensions, adjacent loops merged.
#include "float/broadcast.h"

#include <algorithm>

#include "float/layout.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

namespace {

struct Operand {
    ir::Shape shape;  ///< ONNX order
    Strides strides;  ///< ONNX order
};

Operand operand(const ir::Tensor& tensor, Layout layout) {
    const Strides stored = row_major_strides(tensor.shape());
    const size_t rank = tensor.shape().size();
    Operand result{ir::Shape(rank), Strides(rank)};
    for (size_t axis = 0; axis < rank; ++axis) {
        result.shape[axis] = tensor.shape()[storage_axis(axis, rank, layout)];
        result.strides[axis] = stored[storage_axis(axis, rank, layout)];
    }
    return result;
}

/// Step along result axis `axis` of `rank`, 0 where the operand is absent or has one element.
int64_t step(const Operand& from, size_t axis, size_t rank) {
    const size_t missing = rank - from.shape.size();
    return axis < missing || from.shape[axis - missing] == 1 ? 0 : from.strides[axis - missing];
}

}  // namespace

ir::Shape broadcast_shape(const ir::Node& node, const ir::Shape& a, const ir::Shape& b) {
    ir::Shape shape(std::max(a.size(), b.size()));
    for (size_t i = 0; i < shape.size(); ++i) {
        const int64_t dim_a = i < a.size() ? a[a.size() - 1 - i] : 1;
        const int64_t dim_b = i < b.size() ? b[b.size() - 1 - i] : 1;
        if (dim_a != dim_b && dim_a != 1 && dim_b != 1) {
            throw Error(where(node), "shapes " + ir::shape_text(a) + " and " + ir::shape_text(b) + " do not broadcast");
        }
        shape[shape.size() - 1 - i] = dim_a == 1 ? dim_b : dim_a;
    }
    return shape;
}

Broadcast broadcast(const Call& call, const ir::Tensor& a, Layout layout_a, const ir::Tensor& b, Layout layout_b) {
    const Operand left = operand(a, layout_a), right = operand(b, layout_b);
    const ir::Shape shape = broadcast_shape(call, left.shape, right.shape);
    const size_t rank = shape.size();
    Broadcast plan;
    const bool a_leads = layout_a == Layout::kChannelsLast && left.shape.size() == rank;
    const bool b_leads = layout_b == Layout::kChannelsLast && right.shape.size() == rank;
    plan.layout = a_leads || b_leads ? Layout::kChannelsLast : Layout::kOnnx;
    plan.shape = storage_shape(shape, plan.layout);
    std::vector<BroadcastDimension> stored(rank);
    for (size_t axis = 0; axis < rank; ++axis) {
        stored[storage_axis(axis, rank, plan.layout)] = {shape[axis], step(left, axis, rank), step(right, axis, rank)};
    }
    for (const BroadcastDimension& dim : stored) {
        if (dim.size == 1) {
            continue;
        }
        if (!plan.dims.empty() && plan.dims.back().step_a == dim.step_a * dim.size &&
            plan.dims.back().step_b == dim.step_b * dim.size) {
            plan.dims.back() = {plan.dims.back().size * dim.size, dim.step_a, dim.step_b};
        } else {
            plan.dims.push_back(dim);
        }
    }
    if (plan.dims.empty()) {
        plan.dims.push_back({1, 0, 0});
    }
    return plan;
}

}  // namespace tinamix::float_exec
