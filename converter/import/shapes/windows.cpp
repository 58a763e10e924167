// Convolutions, pools, resizing and sampling of images.
#include "float/direct_conv.h"
#include "float/resize_axes.h"
#include "float/transposed_window.h"
#include "float/window.h"
#include "import/shapes/rule.h"

namespace tinamix::import {

namespace {

using Outputs = std::vector<InferredOutput>;

Outputs conv(const ShapeCall& call) {
    call.require_one_type();
    return {{call.type(0), float_exec::conv_geometry(call.node(), call.shape(0), call.shape(1)).result}};
}

Outputs conv_integer(const ShapeCall& call) {
    return {{ir::ElementType::kInt32, float_exec::conv_geometry(call.node(), call.shape(0), call.shape(1)).result}};
}

Outputs conv_transpose(const ShapeCall& call) {
    call.require_one_type();
    return {{call.type(0), float_exec::transposed_geometry(call.node(), call.shape(0), call.shape(1)).result}};
}

/// Batch and channels; the spatial dimensions follow.
ir::Shape image_start(const ShapeCall& call) {
    const ir::Shape& from = call.shape(0);
    call.require(from.size() >= 3 && from.size() <= 5, "the input must have one to three spatial dimensions");
    return {from[0], from[1]};
}

ir::Shape pooled(const ShapeCall& call) {
    ir::Shape shape = image_start(call);
    const ir::Shape spatial(call.shape(0).begin() + 2, call.shape(0).end());
    for (const float_exec::WindowAxis& axis : float_exec::window_axes(call.node(), spatial, {})) {
        shape.push_back(axis.output);
    }
    return shape;
}

Outputs pool(const ShapeCall& call) { return {{call.type(0), pooled(call)}}; }

Outputs max_pool(const ShapeCall& call) {
    const ir::Shape shape = pooled(call);
    return {{call.type(0), shape}, {ir::ElementType::kInt64, shape}};
}

Outputs global_pool(const ShapeCall& call) {
    ir::Shape shape = call.shape(0);
    call.require(shape.size() >= 3, "the input must be an image");
    std::fill(shape.begin() + 2, shape.end(), 1);
    return {{call.type(0), shape}};
}

/// `output_shape`, or where the attributes put the last window.
Outputs max_unpool(const ShapeCall& call) {
    ir::Shape shape = image_start(call);
    const size_t spatial = call.rank(0) - 2;
    const std::vector<int64_t> kernel = call.node().integers("kernel_shape");
    const std::vector<int64_t> strides = call.node().integers("strides", std::vector<int64_t>(spatial, 1));
    const std::vector<int64_t> pads = call.node().integers("pads", std::vector<int64_t>(2 * spatial, 0));
    call.require(kernel.size() == spatial && strides.size() == spatial && pads.size() == 2 * spatial,
                 "kernel_shape, strides and pads must have one entry per spatial axis");
    for (size_t i = 0; i < spatial; ++i) {
        shape.push_back((call.shape(0)[i + 2] - 1) * strides[i] - pads[i] - pads[spatial + i] + kernel[i]);
    }
    return {{call.type(0), call.has(2) ? ir::Shape(call.ints(2)) : shape}};
}

/// Resize and Upsample: scales or sizes, whichever are given, must be known.
Outputs resize(const ShapeCall& call) {
    const bool old = call.node().op == "Upsample" || call.opset() < 11;
    for (size_t i = old ? 1 : 2; i < call.input_count(); ++i) {
        if (call.has(i) && ir::element_count(call.shape(i)) > 0) {
            call.known(i);
        }
    }
    return {{call.type(0), float_exec::resized_shape(call.executor_call(), call.shape(0))}};
}

Outputs roi_align(const ShapeCall& call) {
    call.require(call.rank(0) == 4 && call.rank(1) == 2, "image or rois have another number of dimensions");
    const int64_t height = call.node().integer("output_height", 1), width = call.node().integer("output_width", 1);
    return {{call.type(0), {call.shape(1)[0], call.shape(0)[1], height, width}}};
}

Outputs grid_sample(const ShapeCall& call) {
    call.require(call.rank(0) == 4 && call.rank(1) == 4, "image and grid must have four dimensions");
    return {{call.type(0), {call.shape(0)[0], call.shape(0)[1], call.shape(1)[1], call.shape(1)[2]}}};
}

}  // namespace

void add_window_rules(ShapeRules& rules) {
    rules["Conv"] = conv;
    rules["ConvInteger"] = conv_integer;
    rules["ConvTranspose"] = conv_transpose;
    rules["AveragePool"] = rules["LpPool"] = pool;
    rules["MaxPool"] = max_pool;
    rules["GlobalAveragePool"] = rules["GlobalLpPool"] = rules["GlobalMaxPool"] = global_pool;
    rules["MaxUnpool"] = max_unpool;
    rules["Resize"] = rules["Upsample"] = resize;
    rules["RoiAlign"] = roi_align;
    rules["GridSample"] = grid_sample;
}

}  // namespace tinamix::import
