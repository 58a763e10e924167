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
    {"MatMul", lower_matmul, false},
    {"LSTM", lower_recurrent, false},
    {"GRU", lower_recurrent, false},
    {"RNN", lower_recurrent, false},
    {"LayerNormalization", lower_normalize, false},
    {"InstanceNormalization", lower_normalize, false},
    {"LpNormalization", lower_normalize, false},
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
    {"Neg", lower_unary, false},
    {"Abs", lower_unary, false},
    {"Elu", lower_unary, false},
    {"Selu", lower_unary, false},
    {"Celu", lower_unary, false},
    {"ThresholdedRelu", lower_unary, false},
    {"Gelu", lower_unary, false},
    {"Erf", lower_unary, false},
    {"Mish", lower_unary, false},
    {"Log", lower_unary, false},
    {"Sqrt", lower_unary, false},
    {"Reciprocal", lower_unary, false},
    {"Softplus", lower_unary, false},
    {"Softsign", lower_unary, false},
    {"Pow", lower_unary, false},
    {"Floor", lower_unary, false},
    {"Ceil", lower_unary, false},
    {"Round", lower_unary, false},
    {"Sign", lower_unary, false},
    {"Sin", lower_unary, false},
    {"Cos", lower_unary, false},
    {"Div", lower_binary, false},
    {"Min", lower_binary, false},
    {"Max", lower_binary, false},
    {"PRelu", lower_binary, false},
    {"Equal", lower_compare, false},
    {"Greater", lower_compare, false},
    {"GreaterOrEqual", lower_compare, false},
    {"Less", lower_compare, false},
    {"LessOrEqual", lower_compare, false},
    {"And", lower_compare, false},
    {"Or", lower_compare, false},
    {"Xor", lower_compare, false},
    {"Not", lower_not, false},
    {"Where", lower_where, false},
    {"Cast", lower_cast, false},
    {"ReduceSum", lower_reduce, false},
    {"ReduceMean", lower_reduce, false},
    {"ReduceMax", lower_reduce, false},
    {"ReduceMin", lower_reduce, false},
    {"ReduceSumSquare", lower_reduce, false},
    {"ReduceL1", lower_reduce, false},
    {"ReduceL2", lower_reduce, false},
    {"ArgMax", lower_arg_max, false},
    {"ArgMin", lower_arg_max, false},
    {"TopK", lower_top_k, false},
    {"Softmax", lower_softmax, false},
    {"LogSoftmax", lower_softmax, false},
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
    {"Identity", lower_reshape, false},
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
