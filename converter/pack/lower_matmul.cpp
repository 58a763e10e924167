// MatMul. By a constant matrix it is a fully connected layer; two computed operands are multiplied as they lie in
// memory, so that the transposes of attention cost nothing.
#include <algorithm>

#include "pack/lowering.h"
#include "quantize/legality.h"
#include "quantize/rescale.h"

namespace tinamix::pack {

namespace fb = tmx::format;
using quantize::Quantization;

namespace {

/// An operand in memory, and which of its storage dimensions is which of [batch..., rows, columns].
struct Operand {
    int tensor;
    ir::Shape shape;  ///< ONNX order; vectors as matrices
    std::vector<uint8_t> axes;
};

Operand read_operand(Lowering& lowering, const ir::Node& node, size_t index) {
    const ir::Shape& shape = lowering.shape(node.inputs[index]);
    if (shape.size() == 1) {
        const ir::Shape matrix = index == 0 ? ir::Shape{1, shape[0]} : ir::Shape{shape[0], 1};
        return {lowering.view(lowering.read(node, index), matrix), matrix, {0, 1}};
    }
    const Layout layout = lowering.layout_of(node.inputs[index]);
    Operand operand{lowering.read(node, index), shape, {}};
    for (size_t d = 0; d < shape.size(); ++d) {
        operand.axes.push_back(static_cast<uint8_t>(storage_axis(layout, static_cast<int64_t>(d))));
    }
    return operand;
}

/// [batch..., rows of a, columns of b].
ir::Shape product_shape(const ir::Shape& a, const ir::Shape& b) {
    ir::Shape shape(std::max(a.size(), b.size()), 1);
    for (const ir::Shape* operand : {&a, &b}) {
        const size_t missing = shape.size() - operand->size();
        for (size_t d = 0; d + 2 < operand->size(); ++d)
            shape[missing + d] = std::max(shape[missing + d], (*operand)[d]);
    }
    shape[shape.size() - 2] = a[a.size() - 2];
    shape.back() = b.back();
    return shape;
}

void set_integers(Lowering& lowering, const ir::Node& node, const FusedOutput& fused, fb::MatMulT& options) {
    const Quantization &a = lowering.input_form(node, 0), &b = lowering.input_form(node, 1);
    const Quantization& output = lowering.form(fused.value);
    options.rescale = std::make_unique<fb::Rescale>(
        rescale_option(static_cast<double>(a.scale) * static_cast<double>(b.scale) / output.scale));
    const quantize::CodeRange codes = quantize::clamp_codes(output, fused.bounds.lo, fused.bounds.hi);
    options.clamp_min = codes.min;
    options.clamp_max = codes.max;
}

}  // namespace

void lower_matmul(Lowering& lowering, const ir::Node& node) {
    if (!quantize::multiplies_activations(lowering.graph(), node)) {
        lower_gemm(lowering, node);
        return;
    }
    Operand a = read_operand(lowering, node, 0), b = read_operand(lowering, node, 1);
    const FusedOutput fused = lowering.fuse_activation(node);
    fb::MatMulT options;
    options.a_axes = std::move(a.axes);
    options.b_axes = std::move(b.axes);
    if (lowering.format(node) == quantize::NumberFormat::kFloat32) {
        set_f32_clamp(options, fused.bounds);
    } else {
        set_integers(lowering, node, fused, options);
    }
    const ir::Shape product = product_shape(a.shape, b.shape);
    const ir::Shape& shape = lowering.shape(fused.value);
    const int result = product == shape ? lowering.define(fused.value, identity_layout(shape.size()))
                                        : lowering.derive(lowering.graph().value(fused.value).name + "#product",
                                                          lowering.form(fused.value), product);
    fb::OpT& op = lowering.emit(fused.layer, fused.onnx_type, lowering.precision(node), std::move(options),
                                {a.tensor, b.tensor}, {result});
    op.macs = static_cast<uint64_t>(ir::element_count(product) * a.shape.back());
    if (product != shape) lowering.define_alias(fused.value, result, identity_layout(shape.size()));
}

}  // namespace tinamix::pack
