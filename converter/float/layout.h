// The two storage orders of images inside the executor, and the way from one to the other.
#pragma once

#include "float/call.h"

namespace tinamix::float_exec {

/// Only tensors with a batch, channels and at least one spatial dimension have a channels-last form.
inline bool has_channels_last_form(const ir::Shape& shape) { return shape.size() >= 3; }

/// Where ONNX axis `axis` stands in storage.
size_t storage_axis(size_t axis, size_t rank, Layout layout);

/// ONNX shape -> storage shape and back.
ir::Shape storage_shape(const ir::Shape& onnx_shape, Layout layout);
ir::Shape onnx_shape(const ir::Shape& storage_shape, Layout layout);

/// A copy in the other order.
ir::Tensor to_channels_last(const ir::Tensor& tensor, pthreadpool_t pool);
ir::Tensor to_onnx_order(const ir::Tensor& tensor, pthreadpool_t pool);

}  // namespace tinamix::float_exec
