// Convolutions and pools over one and two dimensions, packed: multipliers, transposed convolutions, every kind of
// window.
#include "packed_network.h"

namespace tinamix::pack {
namespace {

using Attributes = std::map<std::string, ir::Attribute>;

Attributes window(Ints kernel, Ints strides, Ints pads, Attributes more = {}) {
    more["kernel_shape"] = std::move(kernel);
    more["strides"] = std::move(strides);
    more["pads"] = std::move(pads);
    return more;
}

const Case kConvolutions[] = {
    {"ConvOfOneDimension",
     [](Network& n) {
         const ValueId x = n.input({2, 3, 17});
         const ValueId a = n.node("Conv", {x, n.floats({6, 3, 5}), n.floats({6})}, {2, 6, 8},
                                  {{"strides", Ints{2}}, {"pads", Ints{1, 2}}});
         const ValueId r = n.node("Relu", {a}, {2, 6, 8});
         const ValueId d = n.node("Conv", {r, n.floats({6, 1, 3})}, {2, 6, 8},
                                  {{"group", int64_t{6}}, {"auto_pad", std::string("SAME_UPPER")}});
         n.output(n.node("Conv", {d, n.floats({4, 3, 2})}, {2, 4, 4}, {{"group", int64_t{2}}, {"dilations", Ints{4}}}));
     }},
    {"DepthwiseConvWithSeveralFiltersPerChannel",
     [](Network& n) {
         const ValueId x = n.input({1, 5, 6, 7});
         n.output(n.node("Conv", {x, n.floats({15, 1, 3, 3}), n.floats({15})}, {1, 15, 6, 7},
                         {{"group", int64_t{5}}, {"pads", Ints{1, 1, 1, 1}}}));
     }},
    {"ConvTransposeWithoutStride",
     [](Network& n) {
         const ValueId x = n.input({1, 3, 5, 6});
         const ValueId a = n.node("ConvTranspose", {x, n.floats({3, 4, 3, 2}), n.floats({4})}, {1, 4, 7, 8},
                                  {{"dilations", Ints{1, 2}}});
         n.output(n.node("ConvTranspose", {a, n.floats({4, 2, 3, 3})}, {1, 2, 5, 7}, {{"pads", Ints{3, 1, 1, 2}}}));
     }},
    {"ConvTransposeByTwo",
     [](Network& n) {
         const ValueId x = n.input({1, 4, 5, 3});
         const ValueId a = n.node("ConvTranspose", {x, n.floats({4, 6, 2, 2}), n.floats({6})}, {1, 6, 10, 6},
                                  {{"strides", Ints{2, 2}}});
         const ValueId r = n.node("Relu", {a}, {1, 6, 10, 6});
         const ValueId b = n.node("ConvTranspose", {r, n.floats({6, 3, 4, 4})}, {1, 3, 20, 12},
                                  {{"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}});
         n.output(n.node("ConvTranspose", {b, n.floats({3, 2, 3, 3})}, {1, 2, 40, 24},
                         {{"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}, {"output_padding", Ints{1, 1}}}));
     }},
    {"ConvTransposeWithGroupsDilationAndUnevenStrides",
     [](Network& n) {
         const ValueId x = n.input({2, 4, 4, 5});
         n.output(n.node("ConvTranspose", {x, n.floats({4, 3, 3, 2}), n.floats({6})}, {2, 6, 14, 10},
                         {{"group", int64_t{2}},
                          {"strides", Ints{3, 2}},
                          {"dilations", Ints{2, 1}},
                          {"output_padding", Ints{0, 0}}}));
         n.output(n.node("ConvTranspose", {x, n.floats({4, 1, 3, 3})}, {2, 4, 9, 7},
                         {{"group", int64_t{4}}, {"strides", Ints{3, 2}}, {"pads", Ints{2, 3, 1, 1}}}));
     }},
    {"ConvTransposeWithAnOutputShape",
     [](Network& n) {
         const ValueId x = n.input({1, 3, 4, 4});
         n.output(n.node("ConvTranspose", {x, n.floats({3, 2, 3, 3})}, {1, 2, 10, 8},
                         {{"strides", Ints{3, 2}}, {"output_shape", Ints{10, 8}}}));
         n.output(n.node("ConvTranspose", {x, n.floats({3, 2, 3, 3})}, {1, 2, 8, 12},
                         {{"strides", Ints{2, 3}}, {"auto_pad", std::string("SAME_UPPER")}}));
         n.output(n.node("ConvTranspose", {x, n.floats({3, 2, 2, 3})}, {1, 2, 8, 8},
                         {{"strides", Ints{2, 2}}, {"auto_pad", std::string("SAME_LOWER")}}));
     }},
    {"ConvTransposeOfOneDimension",
     [](Network& n) {
         const ValueId x = n.input({1, 3, 9});
         n.output(n.node("ConvTranspose", {x, n.floats({3, 4, 8})}, {1, 4, 36},
                         {{"strides", Ints{4}}, {"pads", Ints{2, 2}}}));
     }},
    {"ConvTransposeThatCutsMostOfItsOutput",
     [](Network& n) {
         const ValueId x = n.input({1, 2, 6, 6});
         n.output(n.node("ConvTranspose", {x, n.floats({2, 3, 2, 3})}, {1, 3, 3, 4},
                         {{"strides", Ints{2, 2}}, {"pads", Ints{5, 1, 4, 8}}}));
     }},
    {"PoolsOfOneDimension",
     [](Network& n) {
         const ValueId x = n.input({1, 4, 13});
         const ValueId m = n.node("MaxPool", {x}, {1, 4, 7}, window({3}, {2}, {1, 1}));
         n.output(n.node("AveragePool", {m}, {1, 4, 4}, window({3}, {2}, {1, 2})));
     }},
    {"PoolsWithDilation",
     [](Network& n) {
         const ValueId x = n.input({1, 3, 9, 8});
         n.output(
             n.node("MaxPool", {x}, {1, 3, 7, 6}, window({2, 3}, {1, 1}, {0, 1, 0, 1}, {{"dilations", Ints{2, 2}}})));
         n.output(n.node("AveragePool", {x}, {1, 3, 9, 5},
                         window({3, 2}, {1, 1}, {2, 0, 2, 0}, {{"dilations", Ints{2, 3}}})));
     }},
    {"AveragePoolsThatCountPadding",
     [](Network& n) {
         const ValueId x = n.input({1, 3, 8, 8});
         const Attributes counts{{"count_include_pad", int64_t{1}}};
         n.output(n.node("AveragePool", {x}, {1, 3, 4, 4}, window({3, 3}, {2, 2}, {1, 1, 0, 0}, counts)));
         Attributes ceil = counts;
         ceil["ceil_mode"] = int64_t{1};
         n.output(n.node("AveragePool", {x}, {1, 3, 5, 5}, window({3, 3}, {2, 2}, {1, 1, 1, 1}, ceil)));
         n.output(n.node("AveragePool", {x}, {1, 3, 4, 4}, window({3, 3}, {2, 2}, {0, 0, 0, 0}, ceil)));
     }},
    {"GlobalPools",
     [](Network& n) {
         n.output(n.node("GlobalAveragePool", {n.input({2, 3, 9})}, {2, 3, 1}));
         n.output(n.node("GlobalMaxPool", {n.input({1, 5, 4, 6})}, {1, 5, 1, 1}));
         n.output(n.node("GlobalAveragePool", {n.input({1, 4, 3, 4, 2})}, {1, 4, 1, 1, 1}));
     }},
};

INSTANTIATE_TEST_SUITE_P(Convolutions, PackedNetwork, each_precision(kConvolutions), packed_name);

}  // namespace
}  // namespace tinamix::pack
