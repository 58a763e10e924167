// Which operator is lowered by which function. An operator is added here and in quantize/legality.cpp.
#include <algorithm>
#include <iterator>
#include <string_view>

#include "pack/lowering.h"

namespace tinamix::pack {

namespace {

struct Entry {
    std::string_view op;
    LowerFunction lower;
    bool channels_last;  ///< works on images, channels-last
};

constexpr Entry kEntries[] = {
    {"Conv", lower_conv, true},
    {"Gemm", lower_gemm, false},
    {"MatMul", lower_gemm, false},
    {"MaxPool", lower_pool, true},
    {"AveragePool", lower_pool, true},
    {"GlobalAveragePool", lower_pool, true},
    {"Add", lower_binary, false},
    {"Sub", lower_binary, false},
    {"Mul", lower_binary, false},
    {"Relu", lower_clamp, false},
    {"Clip", lower_clamp, false},
    {"Sigmoid", lower_unary, false},
    {"Tanh", lower_unary, false},
    {"Exp", lower_unary, false},
    {"LeakyRelu", lower_unary, false},
    {"HardSigmoid", lower_unary, false},
    {"HardSwish", lower_unary, false},
    {"Silu", lower_unary, false},
    {"Softmax", lower_softmax, false},
    {"Reshape", lower_reshape, false},
    {"Flatten", lower_reshape, false},
    {"Squeeze", lower_reshape, false},
    {"Unsqueeze", lower_reshape, false},
    {"Transpose", lower_transpose, false},
    {"Split", lower_split, false},
    {"Slice", lower_axis_copy, false},
    {"Concat", lower_concat, false},
    {"Resize", lower_resize, true},
    {"Upsample", lower_resize, true},
    {"Pad", lower_pad, false},
    {"Tile", lower_axis_copy, false},
    {"Expand", lower_expand, false},
    {"Gather", lower_gather, false},
    {"DepthToSpace", lower_depth_to_space, true},
    {"ConvTranspose", lower_conv_transpose, true},
    {"GlobalMaxPool", lower_pool, true},
    {"SpaceToDepth", lower_space_to_depth, true},
};

const Entry* find(const ir::Node& node) {
    const auto* entry =
        std::find_if(std::begin(kEntries), std::end(kEntries), [&](const Entry& e) { return e.op == node.op; });
    return entry == std::end(kEntries) ? nullptr : entry;
}

}  // namespace

LowerFunction find_lowering(const ir::Node& node) {
    const Entry* entry = find(node);
    return entry == nullptr ? nullptr : entry->lower;
}

bool wants_channels_last(const ir::Node& node) {
    const Entry* entry = find(node);
    return entry != nullptr && entry->channels_last;
}

}  // namespace tinamix::pack
