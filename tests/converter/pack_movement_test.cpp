// Data movement, packed: slices with steps, padding, repetition, gather, resize, blocks.
#include "packed_network.h"

namespace tinamix::pack {
namespace {

ValueId reals(Network& n, const std::vector<float>& values, const ir::Shape& shape) {
    return n.graph.add_constant("r" + std::to_string(n.graph.values.size()), ir::Tensor::from(shape, values));
}

/// A 1x1 convolution to `channels`: what follows sees a channels-last image that was computed.
ValueId image(Network& n, ValueId x, int64_t channels, int64_t height, int64_t width) {
    const int64_t in = n.graph.value(x).shape[1];
    return n.node("Conv", {x, n.floats({channels, in, 1, 1})}, {1, channels, height, width});
}

std::map<std::string, ir::Attribute> resize(const char* mode, const char* coordinates, const char* rounding = "floor") {
    return {{"mode", std::string(mode)},
            {"coordinate_transformation_mode", std::string(coordinates)},
            {"nearest_mode", std::string(rounding)}};
}

const Case kMovement[] = {
    {"SlicesWithStepsForwardAndBackward",
     [](Network& n) {
         const ValueId x = image(n, n.input({1, 2, 7, 9}), 4, 7, 9);
         n.output(
             n.node("Slice", {x, n.ints({5, -1}), n.ints({0, -100}), n.ints({2, 3}), n.ints({-2, -1})}, {1, 4, 3, 9}));
         n.output(n.node("Slice", {x, n.ints({1, 1}), n.ints({4, 100}), n.ints({1, 3}), n.ints({2, 3})}, {1, 2, 7, 3}));
     }},
    {"SplitsUnevenly",
     [](Network& n) {
         const ValueId x = image(n, n.input({1, 2, 5, 3}), 7, 5, 3);
         const std::vector<ValueId> parts = n.nodes("Split", {x, n.ints({1, 4, 2})},
                                                    {{1, 1, 5, 3}, {1, 4, 5, 3}, {1, 2, 5, 3}}, {{"axis", int64_t{1}}});
         const std::vector<ValueId> rows =
             n.nodes("Split", {parts[1], n.ints({3, 2})}, {{1, 4, 3, 3}, {1, 4, 2, 3}}, {{"axis", int64_t{-2}}});
         for (const ValueId part : {parts[0], parts[2], rows[0], rows[1]}) n.output(part);
     }},
    {"ConcatsAlongEveryAxis",
     [](Network& n) {
         const ValueId x = n.input({2, 3, 4, 5});
         const ValueId a = n.node("Concat", {x, n.floats({2, 3, 2, 5})}, {2, 3, 6, 5}, {{"axis", int64_t{2}}});
         const ValueId b = n.node("Concat", {a, a}, {4, 3, 6, 5}, {{"axis", int64_t{0}}});
         n.output(n.node("Concat", {b, b}, {4, 3, 6, 10}, {{"axis", int64_t{-1}}}));
     }},
    {"PadsWithZeroAndCrops",
     [](Network& n) {
         const ValueId x = image(n, n.input({1, 2, 5, 6}), 4, 5, 6);
         n.output(n.node("Pad", {x, n.ints({0, 0, 1, 2, 0, 0, 3, 0})}, {1, 4, 9, 8}));
         n.output(n.node("Pad", {x, n.ints({0, 1, -1, 0, 0, 0, 2, -2})}, {1, 5, 6, 4}));
     }},
    {"PadsWithAValueBeyondTheRange",
     [](Network& n) {
         const ValueId x = image(n, n.input({1, 2, 3, 3}), 2, 3, 3);
         n.output(n.node("Pad", {x, n.ints({0, 0, 1, 1, 0, 0, 1, 1}), reals(n, {-7.5F}, {})}, {1, 2, 5, 5}));
     }},
    {"PadsByReflectionEdgeAndWrap",
     [](Network& n) {
         ValueId x = image(n, n.input({1, 2, 4, 5}), 3, 4, 5);
         x = n.node("Pad", {x, n.ints({0, 0, 2, 1, 0, 0, 1, 3})}, {1, 3, 7, 9}, {{"mode", std::string("reflect")}});
         n.output(x);
         n.output(n.node("Pad", {x, n.ints({0, 2, 0, 3, 0, 1, 0, 0})}, {1, 6, 7, 12}, {{"mode", std::string("edge")}}));
         n.output(
             n.node("Pad", {x, n.ints({0, 0, 1, 0, 0, 0, 9, 2})}, {1, 3, 17, 11}, {{"mode", std::string("wrap")}}));
     }},
    {"ExpandsAndTiles",
     [](Network& n) {
         const ValueId x = n.input({1, 3, 1, 4});
         const ValueId e = n.node("Expand", {x, n.ints({2, 1, 3, 5, 1})}, {2, 1, 3, 5, 4});
         n.output(e);
         const ValueId y = image(n, n.input({1, 3, 2, 4}), 2, 2, 4);
         n.output(
             n.node("Expand", {n.node("GlobalAveragePool", {y}, {1, 2, 1, 1}), n.ints({1, 2, 3, 4})}, {1, 2, 3, 4}));
         n.output(n.node("Tile", {y, n.ints({1, 3, 2, 1})}, {1, 6, 4, 4}));
         n.output(n.node("Tile", {y, n.ints({2, 2, 1, 3})}, {2, 4, 2, 12}));
     }},
    {"GathersByConstantIndices",
     [](Network& n) {
         const ValueId x = image(n, n.input({1, 2, 5, 6}), 4, 5, 6);
         n.output(n.node("Gather", {x, n.ints({3, 0, 0, -1})}, {1, 4, 5, 6}, {{"axis", int64_t{1}}}));
         n.output(n.node("Gather", {x, n.ints({0, 2, 3})}, {1, 4, 5, 3}, {{"axis", int64_t{-1}}}));
         const ValueId scalar = n.graph.add_constant("one", ir::Tensor::from({}, std::vector<int64_t>{-2}));
         n.output(n.node("Gather", {x, scalar}, {1, 4, 6}, {{"axis", int64_t{2}}}));
         const ValueId matrix = n.graph.add_constant("two", ir::Tensor::from({2, 2}, std::vector<int64_t>{1, 1, 4, 0}));
         n.output(n.node("Gather", {x, matrix}, {1, 4, 2, 2, 6}, {{"axis", int64_t{2}}}));
     }},
    {"GathersByComputedIndices",
     [](Network& n) {
         const ValueId x = image(n, n.input({1, 2, 5, 6}), 4, 5, 6);
         const ValueId picks =
             n.node("ArgMax", {n.input({3, 5})}, {3}, {{"axis", int64_t{1}}, {"keepdims", int64_t{0}}});
         n.graph.value(picks).type = ir::ElementType::kInt64;
         n.output(n.node("Gather", {x, picks}, {1, 4, 3, 6}, {{"axis", int64_t{2}}}));
         n.output(n.node("Gather", {n.floats({5, 3}), picks}, {3, 3}));
     }},
    {"DepthAndSpace",
     [](Network& n) {
         const ValueId x = image(n, n.input({1, 2, 3, 4}), 12, 3, 4);
         const ValueId d = n.node("DepthToSpace", {x}, {1, 3, 6, 8}, {{"blocksize", int64_t{2}}});
         n.output(d);
         n.output(n.node("DepthToSpace", {x}, {1, 3, 6, 8}, {{"blocksize", int64_t{2}}, {"mode", std::string("CRD")}}));
         const ValueId s = n.node("SpaceToDepth", {d}, {1, 12, 3, 4}, {{"blocksize", int64_t{2}}});
         n.output(image(n, s, 2, 3, 4));
     }},
    {"ResizesToTheNearestInOtherWays",
     [](Network& n) {
         const ValueId x = image(n, n.input({1, 2, 5, 4}), 3, 5, 4);
         const ValueId scales = reals(n, {1, 1, 1.7F, 0.6F}, {4});
         n.output(n.node("Resize", {x, ir::kNoValue, scales}, {1, 3, 8, 2},
                         resize("nearest", "half_pixel", "round_prefer_ceil")));
         n.output(n.node("Resize", {x, ir::kNoValue, ir::kNoValue, n.ints({1, 3, 9, 7})}, {1, 3, 9, 7},
                         resize("nearest", "align_corners", "round_prefer_floor")));
         n.output(n.node("Resize", {x, ir::kNoValue, ir::kNoValue, n.ints({1, 6, 5, 4})}, {1, 6, 5, 4},
                         resize("nearest", "asymmetric", "ceil")));
     }},
    {"ResizesLinearly",
     [](Network& n) {
         const ValueId x = image(n, n.input({1, 2, 5, 4}), 3, 5, 4);
         const ValueId scales = reals(n, {1, 1, 2, 2.5F}, {4});
         n.output(n.node("Resize", {x, ir::kNoValue, scales}, {1, 3, 10, 10}, resize("linear", "half_pixel")));
         n.output(n.node("Resize", {x, ir::kNoValue, scales}, {1, 3, 10, 10}, resize("linear", "asymmetric")));
         const ValueId sizes = n.ints({1, 3, 3, 9});
         for (const char* mode : {"align_corners", "pytorch_half_pixel"}) {
             n.output(n.node("Resize", {x, ir::kNoValue, ir::kNoValue, sizes}, {1, 3, 3, 9}, resize("linear", mode)));
         }
     }},
    {"ResizesLinearlyInOtherRanks",
     [](Network& n) {
         n.output(n.node("Resize", {n.input({1, 3, 7}), ir::kNoValue, ir::kNoValue, n.ints({1, 3, 12})}, {1, 3, 12},
                         resize("linear", "half_pixel")));
         n.output(n.node("Resize", {n.input({1, 2, 3, 4, 3}), ir::kNoValue, ir::kNoValue, n.ints({1, 2, 6, 6, 5})},
                         {1, 2, 6, 6, 5}, resize("linear", "half_pixel")));
     }},
    {"ResizesByCubics",
     [](Network& n) {
         const ValueId x = image(n, n.input({1, 2, 6, 5}), 3, 6, 5);
         const ValueId scales = reals(n, {1, 1, 2, 1.5F}, {4});
         n.output(n.node("Resize", {x, ir::kNoValue, scales}, {1, 3, 12, 7}, resize("cubic", "half_pixel")));
     }},
    {"ShufflesChannels",
     [](Network& n) {
         const ValueId x = image(n, n.input({1, 2, 4, 3}), 6, 4, 3);
         const ValueId r = n.node("Reshape", {x, n.ints({1, 3, 2, 4, 3})}, {1, 3, 2, 4, 3});
         const ValueId t = n.node("Transpose", {r}, {1, 2, 3, 4, 3}, {{"perm", Ints{0, 2, 1, 3, 4}}});
         const ValueId s = n.node("Reshape", {t, n.ints({1, 6, 4, 3})}, {1, 6, 4, 3});
         n.output(image(n, s, 5, 4, 3));
     }},
    {"TransposesSixDimensions",
     [](Network& n) {
         const ValueId x = n.input({2, 3, 1, 4, 2, 3});
         const ValueId t = n.node("Transpose", {x}, {3, 2, 2, 3, 4, 1}, {{"perm", Ints{5, 0, 4, 1, 3, 2}}});
         n.output(n.node("Reshape", {t, n.ints({6, 2, 12})}, {6, 2, 12}));
     }},
};

INSTANTIATE_TEST_SUITE_P(Movement, PackedNetwork, each_precision(kMovement), packed_name);

}  // namespace
}  // namespace tinamix::pack
