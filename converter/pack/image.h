// Convolutions and pools see images [n, h, w, c]. Data of one spatial dimension is an image of height 1.
#pragma once

#include "pack/lowering.h"

namespace tinamix::pack {

/// ONNX [n, c, w] or [n, c, h, w] as [n, h, w, c]. Throws Error naming the node for other numbers of dimensions.
ir::Shape image_shape(const ir::Node& node, const ir::Shape& onnx_shape);
/// Input `index` of `node`, channels-last, as an image.
int read_image(Lowering& lowering, const ir::Node& node, size_t index);
/// The tensor that an op writes `value` to, as an image.
int define_image(Lowering& lowering, const ir::Node& node, ir::ValueId value);

/// Window of a Conv or pooling node between two images, with the end padding that the output size needs. `kernel` is
/// in ONNX order, one entry per spatial dimension. Throws Error naming the node for what the file cannot express.
tmx::format::Window2D window_options(const ir::Node& node, const ir::Shape& input, const ir::Shape& output,
                                     const std::vector<int64_t>& kernel);

}  // namespace tinamix::pack
