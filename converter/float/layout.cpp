// Conversion between ONNX order and channels-last.
#include "float/layout.h"

#include "float/strided_copy.h"

namespace tinamix::float_exec {

size_t storage_axis(size_t axis, size_t rank, Layout layout) {
    if (layout == Layout::kOnnx || axis == 0) {
        return axis;
    }
    return axis == 1 ? rank - 1 : axis - 1;
}

ir::Shape storage_shape(const ir::Shape& onnx_shape, Layout layout) {
    ir::Shape shape(onnx_shape.size());
    for (size_t axis = 0; axis < shape.size(); ++axis) {
        shape[storage_axis(axis, shape.size(), layout)] = onnx_shape[axis];
    }
    return shape;
}

ir::Shape onnx_shape(const ir::Shape& storage_shape, Layout layout) {
    ir::Shape shape(storage_shape.size());
    for (size_t axis = 0; axis < shape.size(); ++axis) {
        shape[axis] = storage_shape[storage_axis(axis, shape.size(), layout)];
    }
    return shape;
}

ir::Tensor to_channels_last(const ir::Tensor& tensor, pthreadpool_t pool) {
    std::vector<size_t> axes(tensor.shape().size());
    for (size_t axis = 0; axis < axes.size(); ++axis) {
        axes[storage_axis(axis, axes.size(), Layout::kChannelsLast)] = axis;
    }
    return transposed(tensor, axes, pool);
}

ir::Tensor to_onnx_order(const ir::Tensor& tensor, pthreadpool_t pool) {
    std::vector<size_t> axes(tensor.shape().size());
    for (size_t axis = 0; axis < axes.size(); ++axis) {
        axes[axis] = storage_axis(axis, axes.size(), Layout::kChannelsLast);
    }
    return transposed(tensor, axes, pool);
}

}  // namespace tinamix::float_exec
