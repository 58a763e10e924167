// Operators that rename dimensions or permute them: the Reshape family, Transpose, DepthToSpace, SpaceToDepth.
#include "pack/lowering.h"

namespace tinamix::pack {

namespace fb = tmx::format;

namespace {

/// Blocks of an image and channels change places: the image, seen as `blocks` (6 dimensions, channels-last), is
/// transposed and becomes the output.
void emit_block_transpose(Lowering& lowering, const ir::Node& node, const ir::Shape& blocks,
                          const std::vector<uint8_t>& axes) {
    const int source = lowering.view(lowering.read(node, 0, channels_last(4)), blocks);
    ir::Shape moved;
    for (uint8_t axis : axes) moved.push_back(blocks[axis]);
    const int result = lowering.define_viewed(node.outputs[0], channels_last(4), moved);
    fb::TransposeT options;
    options.axes = axes;
    lowering.emit(node, std::move(options), {source}, {result});
}

}  // namespace

void lower_reshape(Lowering& lowering, const ir::Node& node) {
    const ir::ValueId input = node.inputs[0], output = node.outputs[0];
    const ir::Shape &from = lowering.shape(input), &to = lowering.shape(output);
    // Often the data can stay as it is. Where it cannot, dimensions that become one move together and the others keep
    // their place: after a channel shuffle an image is still channels-last.
    const Layout order = reshaped(from, lowering.layout_of(input), to)
                             ? lowering.layout_of(input)
                             : order_for_reshape(from, lowering.layout_of(input), to);
    lowering.define_alias(output, lowering.read(node, 0, order), *reshaped(from, order, to));
}

void lower_transpose(Lowering& lowering, const ir::Node& node) {
    const ir::ValueId input = node.inputs[0];
    std::vector<int64_t> perm = node.integers("perm");
    if (perm.empty()) {
        for (size_t i = lowering.shape(input).size(); i-- > 0;) perm.push_back(static_cast<int64_t>(i));
    }
    lowering.define_alias(node.outputs[0], lowering.read(node, 0), transposed(lowering.layout_of(input), perm));
}

void lower_depth_to_space(Lowering& lowering, const ir::Node& node) {
    const ir::Shape& in = lowering.shape(node.inputs[0]);
    const int64_t block = node.integer("blocksize", 1), depth = in[1] / (block * block);
    if (node.text("mode", "DCR") == "CRD") {  // column, row: the block is the inner part of the channels
        emit_block_transpose(lowering, node, {in[0], in[2], in[3], depth, block, block}, {0, 1, 4, 2, 5, 3});
    } else {
        emit_block_transpose(lowering, node, {in[0], in[2], in[3], block, block, depth}, {0, 1, 3, 2, 4, 5});
    }
}

void lower_space_to_depth(Lowering& lowering, const ir::Node& node) {
    const ir::Shape& in = lowering.shape(node.inputs[0]);
    const int64_t block = node.integer("blocksize", 1);
    emit_block_transpose(lowering, node, {in[0], in[2] / block, block, in[3] / block, block, in[1]},
                         {0, 1, 3, 2, 4, 5});
}

}  // namespace tinamix::pack
