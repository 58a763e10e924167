#include "pack/broadcast.h"

namespace tinamix::pack {

namespace {

/// Layout of `operand` when its shape is broadcast against an output stored as `layout`: the trailing dimensions of
/// the output, in the order the output stores them.
Layout broadcast_layout(const Layout& layout, size_t operand_rank) {
    const size_t missing = layout.size() - operand_rank;
    Layout result;
    for (uint8_t axis : layout) {
        if (axis >= missing) result.push_back(static_cast<uint8_t>(axis - missing));
    }
    return result;
}

/// Storage shape of an operand, with a 1 for each output dimension it lacks.
ir::Shape aligned_shape(const ir::Shape& operand, const Layout& layout) {
    const size_t missing = layout.size() - operand.size();
    ir::Shape shape;
    for (uint8_t axis : layout) shape.push_back(axis < missing ? 1 : operand[axis - missing]);
    return shape;
}

}  // namespace

Layout broadcast_output_layout(const Lowering& lowering, const ir::Node& node) {
    const ir::Shape& output = lowering.shape(node.outputs[0]);
    for (ir::ValueId input : node.inputs) {
        if (!lowering.graph().is_constant(input) && lowering.shape(input) == output) return lowering.layout_of(input);
    }
    return identity_layout(output.size());
}

int read_operand(Lowering& lowering, const ir::Node& node, size_t index, const Layout& output_layout) {
    const ir::Shape& shape = lowering.shape(node.inputs[index]);
    const int tensor = lowering.read(node, index, broadcast_layout(output_layout, shape.size()));
    return lowering.view(tensor, aligned_shape(shape, output_layout));
}

}  // namespace tinamix::pack
