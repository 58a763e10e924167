// DepthToSpace and SpaceToDepth: a transposition of the blocks.
#include "float/registry.h"
#include "float/strided_copy.h"

namespace tinamix::float_exec {

namespace {

/// Block size, after the input was checked.
int64_t block_size(const Call& call) {
    call.require(call.input(0).shape().size() == 4, "the input must have four dimensions");
    const int64_t block = call.node().integer("blocksize", 0);
    call.require(block >= 1 && block < (1 << 15), "`blocksize` is out of range");
    return block;
}

Tensors depth_to_space(Call& call) {
    const ir::Tensor& x = call.input(0);
    const int64_t block = block_size(call);
    const int64_t n = x.shape()[0], c = x.shape()[1], h = x.shape()[2], w = x.shape()[3];
    call.require(c % (block * block) == 0, "the channels do not divide into blocks");
    const int64_t depth = c / block / block;
    const bool columns_first = call.node().text("mode", "DCR") == "CRD";
    const ir::Tensor blocks =
        columns_first ? transposed(x.reshaped({n, depth, block, block, h, w}), {0, 1, 4, 2, 5, 3}, call.pool())
                      : transposed(x.reshaped({n, block, block, depth, h, w}), {0, 3, 4, 1, 5, 2}, call.pool());
    Tensors results;
    results.push_back(blocks.reshaped({n, depth, h * block, w * block}));
    return results;
}

Tensors space_to_depth(Call& call) {
    const ir::Tensor& x = call.input(0);
    const int64_t block = block_size(call);
    const int64_t n = x.shape()[0], c = x.shape()[1], h = x.shape()[2], w = x.shape()[3];
    call.require(h % block == 0 && w % block == 0, "height and width do not divide into blocks");
    const ir::Tensor blocks =
        transposed(x.reshaped({n, c, h / block, block, w / block, block}), {0, 3, 5, 1, 2, 4}, call.pool());
    Tensors results;
    results.push_back(blocks.reshaped({n, c * block * block, h / block, w / block}));
    return results;
}

}  // namespace

TINAMIX_FLOAT_OPS(depth_to_space) {
    registry.add("DepthToSpace", LayoutUse::kOnnx, depth_to_space);
    registry.add("SpaceToDepth", LayoutUse::kOnnx, space_to_depth);
    registry.limit("DepthToSpace", [](const ir::Node& node) -> std::string {
        const std::string mode = node.text("mode", "DCR");
        return mode == "DCR" || mode == "CRD" ? "" : "unknown mode `" + mode + "`";
    });
}

}  // namespace tinamix::float_exec
