// Convolutions, pools, element-wise layers, data movement and their borders, packed.
#include "packed_network.h"

namespace tinamix::pack {
namespace {

const Case kCases[] = {
    {"ConvWithUnevenPaddingStrideAndDilation",
     [](Network& n) {
         const ValueId x = n.input({1, 3, 11, 9});
         const ValueId y = n.node("Conv", {x, n.floats({5, 3, 3, 2}), n.floats({5})}, {1, 5, 5, 10},
                                  {{"pads", Ints{1, 2, 0, 1}}, {"strides", Ints{2, 1}}, {"dilations", Ints{1, 2}}});
         n.output(n.node("Relu", {y}, {1, 5, 5, 10}));
     }},
    {"GroupedAndDepthwiseConvWithClip",
     [](Network& n) {
         const ValueId x = n.input({1, 8, 6, 6});
         const ValueId g = n.node("Conv", {x, n.floats({12, 2, 3, 3})}, {1, 12, 6, 6},
                                  {{"group", int64_t{4}}, {"pads", Ints{1, 1, 1, 1}}});
         const ValueId c = n.node("Clip", {g, n.floats({}, 0, 0), n.floats({}, 2, 2)}, {1, 12, 6, 6});
         const ValueId d = n.node("Conv", {c, n.floats({12, 1, 3, 3}), n.floats({12})}, {1, 12, 3, 3},
                                  {{"group", int64_t{12}}, {"pads", Ints{0, 0, 1, 1}}, {"strides", Ints{2, 2}}});
         n.output(d);
     }},
    {"SameUpperAndSameLower",
     [](Network& n) {
         const ValueId x = n.input({1, 2, 7, 7});
         const ValueId u = n.node("Conv", {x, n.floats({3, 2, 4, 4})}, {1, 3, 4, 4},
                                  {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{2, 2}}});
         n.output(n.node("Conv", {u, n.floats({3, 3, 2, 2})}, {1, 3, 4, 4}, {{"auto_pad", std::string("SAME_LOWER")}}));
     }},
    {"PoolsAndClassifier",
     [](Network& n) {
         const ValueId x = n.input({1, 4, 9, 9});
         const ValueId m = n.node("MaxPool", {x}, {1, 4, 5, 5},
                                  {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}});
         const ValueId a =
             n.node("AveragePool", {m}, {1, 4, 5, 5}, {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}});
         const ValueId b = n.node("AveragePool", {a}, {1, 4, 4, 4}, {{"kernel_shape", Ints{2, 2}}});
         const ValueId g = n.node("GlobalAveragePool", {b}, {1, 4, 1, 1});
         const ValueId f = n.node("Flatten", {g}, {1, 4});
         const ValueId y =
             n.node("Gemm", {f, n.floats({7, 4}, -6, 6), n.floats({7})}, {1, 7}, {{"transB", int64_t{1}}});
         n.output(n.node("Softmax", {y}, {1, 7}, {{"axis", int64_t{-1}}}));
     }},
    {"MaxPoolWithCeilMode",
     [](Network& n) {
         const ValueId x = n.input({1, 3, 8, 8});
         n.output(n.node("MaxPool", {x}, {1, 3, 4, 4},
                         {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"ceil_mode", int64_t{1}}}));
     }},
    {"FlattenOfAnImageMovesData",
     [](Network& n) {
         const ValueId x = n.input({1, 3, 4, 5});
         const ValueId c = n.node("Conv", {x, n.floats({6, 3, 1, 1})}, {1, 6, 4, 5});
         const ValueId f = n.node("Flatten", {c}, {1, 120});
         const ValueId y = n.node("MatMul", {f, n.floats({120, 9})}, {1, 9});
         n.output(n.node("Add", {y, n.floats({1, 9})}, {1, 9}));
     }},
    {"ResidualAddWithReluAndPerChannelMul",
     [](Network& n) {
         const ValueId x = n.input({1, 6, 5, 5});
         const ValueId c = n.node("Conv", {x, n.floats({6, 6, 3, 3})}, {1, 6, 5, 5}, {{"pads", Ints{1, 1, 1, 1}}});
         const ValueId s = n.node("Add", {c, x}, {1, 6, 5, 5});
         const ValueId r = n.node("Relu", {s}, {1, 6, 5, 5});
         const ValueId m = n.node("Mul", {r, n.floats({6, 1, 1})}, {1, 6, 5, 5});
         n.output(n.node("Sub", {m, x}, {1, 6, 5, 5}));
     }},
    {"ActivationsByTable",
     [](Network& n) {
         const ValueId x = n.input({1, 4, 3, 3});
         const ir::Shape s{1, 4, 3, 3};
         const ValueId c = n.node("Conv", {x, n.floats({4, 4, 1, 1}, -2, 2)}, s);
         ValueId v = n.node("Silu", {c}, s);
         v = n.node("LeakyRelu", {v}, s, {{"alpha", 0.1F}});
         v = n.node("HardSwish", {v}, s);
         v = n.node("Tanh", {v}, s);
         v = n.node("Exp", {v}, s);
         v = n.node("HardSigmoid", {v}, s);
         n.output(n.node("Sigmoid", {v}, s));
     }},
    {"ConcatOfDifferentRangesAndResize",
     [](Network& n) {
         const ValueId x = n.input({1, 3, 4, 4});
         const ValueId a = n.node("Conv", {x, n.floats({5, 3, 1, 1}, -3, 3)}, {1, 5, 4, 4});
         const ValueId b = n.node("Conv", {x, n.floats({2, 3, 1, 1}, -0.5F, 0.5F)}, {1, 2, 4, 4});
         const ValueId c = n.node("Concat", {a, b, x}, {1, 10, 4, 4}, {{"axis", int64_t{1}}});
         n.output(n.node(
             "Resize",
             {c, ir::kNoValue, n.graph.add_constant("scales", ir::Tensor::from({4}, std::vector<float>{1, 1, 2, 3}))},
             {1, 10, 8, 12},
             {{"mode", std::string("nearest")},
              {"coordinate_transformation_mode", std::string("asymmetric")},
              {"nearest_mode", std::string("floor")}}));
     }},
    {"DetectorHead",
     [](Network& n) {
         const ValueId x = n.input({1, 4, 3, 2});
         const ValueId c = n.node("Conv", {x, n.floats({12, 4, 1, 1})}, {1, 12, 3, 2});
         const ValueId r = n.node("Reshape", {c, n.ints({1, 2, 6, 3, 2})}, {1, 2, 6, 3, 2});
         const ValueId t = n.node("Transpose", {r}, {1, 2, 3, 2, 6}, {{"perm", Ints{0, 1, 3, 4, 2}}});
         const ValueId s = n.node("Sigmoid", {t}, {1, 2, 3, 2, 6});
         const std::vector<ValueId> p =
             n.nodes("Split", {s, n.ints({2, 1, 3})}, {{1, 2, 3, 2, 2}, {1, 2, 3, 2, 1}, {1, 2, 3, 2, 3}},
                     {{"axis", int64_t{4}}});
         const ValueId b = n.node("Mul", {p[0], n.floats({1, 2, 3, 2, 2}, 1, 4)}, {1, 2, 3, 2, 2});
         const ValueId g = n.node("Add", {b, n.floats({1, 2, 3, 2, 2}, 0, 3)}, {1, 2, 3, 2, 2});
         const ValueId j = n.node("Concat", {g, p[1], p[2]}, {1, 2, 3, 2, 6}, {{"axis", int64_t{-1}}});
         n.output(n.node("Reshape", {j, n.ints({1, -1, 6})}, {1, 12, 6}));
     }},
    {"ChannelShuffleAndSlices",
     [](Network& n) {
         const ValueId x = n.input({1, 8, 3, 3});
         const ValueId c = n.node("Conv", {x, n.floats({8, 8, 1, 1})}, {1, 8, 3, 3});
         const ValueId r = n.node("Reshape", {c, n.ints({1, 2, 4, 3, 3})}, {1, 2, 4, 3, 3});
         const ValueId t = n.node("Transpose", {r}, {1, 4, 2, 3, 3}, {{"perm", Ints{0, 2, 1, 3, 4}}});
         const ValueId s = n.node("Reshape", {t, n.ints({1, 8, 3, 3})}, {1, 8, 3, 3});
         const ValueId l = n.node("Slice", {s, n.ints({2}), n.ints({-1}), n.ints({1})}, {1, 5, 3, 3});
         n.output(n.node("Conv", {l, n.floats({3, 5, 3, 3})}, {1, 3, 1, 1}));
     }},
    {"NhwcNetworkWithTransposes",
     [](Network& n) {
         const ValueId x = n.input({1, 5, 6, 3});
         const ValueId t = n.node("Transpose", {x}, {1, 3, 5, 6}, {{"perm", Ints{0, 3, 1, 2}}});
         const ValueId c = n.node("Conv", {t, n.floats({4, 3, 3, 3})}, {1, 4, 3, 4});
         n.output(n.node("Transpose", {c}, {1, 3, 4, 4}, {{"perm", Ints{0, 2, 3, 1}}}));
     }},
    {"LogSoftmaxOverTheMiddle",
     [](Network& n) {
         const ValueId x = n.input({2, 5, 3});
         n.output(n.node("LogSoftmax", {x}, {2, 5, 3}, {{"axis", int64_t{1}}}));
     }},
    {"SoftmaxOverTheMiddle",
     [](Network& n) {
         const ValueId x = n.input({2, 5, 3});
         n.output(n.node("Softmax", {x}, {2, 5, 3}, {{"axis", int64_t{1}}}));
     }},
    {"BatchedMatMulByAConstant",
     [](Network& n) {
         const ValueId x = n.input({2, 3, 8});
         n.output(n.node("MatMul", {x, n.floats({8, 5})}, {2, 3, 5}));
     }},
    {"TwoOutputsAndTwoInputs",
     [](Network& n) {
         const ValueId a = n.input({1, 3, 4, 4});
         const ValueId b = n.input({1, 3, 4, 4});
         const ValueId s = n.node("Add", {a, b}, {1, 3, 4, 4});
         const ValueId c = n.node("Conv", {s, n.floats({2, 3, 1, 1})}, {1, 2, 4, 4});
         n.output(c);
         n.output(n.node("Relu", {s}, {1, 3, 4, 4}));
     }},
};

INSTANTIATE_TEST_SUITE_P(Cases, PackedNetwork, each_precision(kCases), packed_name);

}  // namespace
}  // namespace tinamix::pack
