// Conv, Gemm and MatMul by a constant.
#include <algorithm>

#include "diagnostics/error.h"
#include "pack/convolution.h"
#include "pack/image.h"

namespace tinamix::pack {

namespace fb = tmx::format;

namespace {

void emit_fully_connected(Lowering& lowering, const ir::Node& node, Filters filters) {
    const ir::Shape& shape = lowering.shape(node.inputs[0]);
    const int64_t depth = shape.back(), rows = ir::element_count(shape) / depth;
    const ir::Shape input{1, 1, rows, depth}, output{1, 1, rows, filters.out_channels};
    const int source = lowering.view(lowering.read(node, 0, identity_layout(shape.size())), input);
    const FusedOutput fused = lowering.fuse_activation(node);
    const int result =
        lowering.derive(lowering.graph().value(fused.value).name + "#rows", lowering.form(fused.value), output);
    emit_convolution(lowering, node, fused,
                     {source, input, output, fb::Window2D(1, 1, 1, 1, 1, 1, 0, 0, 0, 0), std::move(filters), result});
    lowering.define_alias(fused.value, result, identity_layout(lowering.shape(fused.value).size()));
}

}  // namespace

void lower_conv(Lowering& lowering, const ir::Node& node) {
    const ir::Tensor& weights = lowering.constant_input(node, 1);
    const ir::Shape& kernel = weights.shape();
    Filters filters;
    filters.weights = to_storage(weights.to_floats(), kernel, channels_last(kernel.size()));
    if (node.inputs.size() > 2 && node.inputs[2] != ir::kNoValue) {
        filters.bias = lowering.constant_input(node, 2).to_floats();
    }
    const std::vector<int64_t> window(kernel.begin() + 2, kernel.end());
    filters.groups = node.integer("group", 1);
    filters.out_channels = kernel[0];
    filters.taps = ir::element_count(window);
    filters.group_inputs = kernel[1];
    take_stated(lowering, node, 0, filters);
    const ir::Shape input = image_shape(node, lowering.shape(node.inputs[0]));
    const ir::Shape output = image_shape(node, lowering.shape(node.outputs[0]));
    const int source = read_image(lowering, node, 0);
    const FusedOutput fused = lowering.fuse_activation(node);
    const int result = define_image(lowering, node, fused.value);
    emit_convolution(lowering, node, fused,
                     {source, input, output, window_options(node, input, output, window), std::move(filters), result});
}

void lower_gemm(Lowering& lowering, const ir::Node& node) {
    const ir::Tensor& matrix = lowering.constant_input(node, 1);
    if (matrix.shape().size() != 2) throw Error(node.name, node.op + " needs a matrix as second operand");
    const bool gemm = node.op == "Gemm";
    if (gemm && node.integer("transA", 0) != 0) throw Error(node.name, "Gemm with transA has no board implementation");
    const bool rows_are_outputs = gemm && node.integer("transB", 0) != 0;
    const int64_t outputs = matrix.shape()[rows_are_outputs ? 0 : 1], depth = matrix.shape()[rows_are_outputs ? 1 : 0];

    Filters filters;
    filters.weights =
        rows_are_outputs ? matrix.to_floats() : to_storage(matrix.to_floats(), matrix.shape(), Layout{1, 0});
    const float alpha = gemm ? node.real("alpha", 1.0F) : 1.0F, beta = gemm ? node.real("beta", 1.0F) : 1.0F;
    for (float& weight : filters.weights) weight *= alpha;
    if (gemm && node.inputs.size() > 2 && node.inputs[2] != ir::kNoValue) {
        filters.bias = lowering.constant_input(node, 2).to_floats();
        if (filters.bias.size() == 1) filters.bias.assign(static_cast<size_t>(outputs), filters.bias[0]);
        if (filters.bias.size() != static_cast<size_t>(outputs)) {
            throw Error(node.name, "Gemm needs a bias with one value per output column");
        }
        for (float& bias : filters.bias) bias *= beta;
    }
    filters.out_channels = outputs;
    filters.group_inputs = depth;
    if (alpha == 1.0F && beta == 1.0F) take_stated(lowering, node, rows_are_outputs ? 0 : 1, filters);
    emit_fully_connected(lowering, node, std::move(filters));
}

}  // namespace tinamix::pack
