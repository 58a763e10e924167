// Operators that move elements or change shapes, in each of their forms.
#include <gtest/gtest.h>

#include "diagnostics/error.h"
#include "float/strided_copy.h"
#include "float_op_runner.h"

namespace tinamix {
namespace {

using Floats = std::vector<float>;
using Ints = std::vector<int64_t>;

TEST(FloatSplit, TakesSizesFromAttributeInputOrEqualParts) {
    const Floats x = counting(6);
    auto parts = OpRunner("Split", 11).attribute("split", Ints{1, 2}).attribute("axis", int64_t{1}).outputs(2);
    const auto by_attribute = parts.floats({2, 3}, x).run_all();
    EXPECT_EQ(by_attribute[0].to_floats(), (Floats{0, 3}));
    EXPECT_EQ(by_attribute[1].to_floats(), (Floats{1, 2, 4, 5}));
    const auto by_input = OpRunner("Split").outputs(2).floats({6}, x).ints({4, 2}).run_all();
    EXPECT_EQ(by_input[0].to_floats(), (Floats{0, 1, 2, 3}));
    EXPECT_EQ(by_input[1].to_floats(), (Floats{4, 5}));
    const auto equal = OpRunner("Split").outputs(3).floats({6}, x).run_all();
    EXPECT_EQ(equal[2].to_floats(), (Floats{4, 5}));
    const auto uneven = OpRunner("Split", 18).attribute("num_outputs", int64_t{4}).outputs(4).floats({7}, counting(7));
    EXPECT_EQ(OpRunner(uneven).run_all()[3].to_floats(), (Floats{6}));
}

TEST(FloatSplit, RejectsSizesThatDoNotAddUp) {
    EXPECT_THROW(OpRunner("Split").outputs(2).floats({6}, counting(6)).ints({4, 1}).run_all(), Error);
    EXPECT_THROW(OpRunner("Split").outputs(4).floats({6}, counting(6)).run_all(), Error);
}

TEST(FloatSlice, TakesRangesFromAttributesAndFromInputs) {
    const Floats x = counting(12);
    const ir::Tensor old =
        OpRunner("Slice", 9).attribute("starts", Ints{0, 1}).attribute("ends", Ints{2, 1000}).floats({3, 4}, x).run();
    EXPECT_EQ(old.shape(), (ir::Shape{2, 3}));
    EXPECT_EQ(old.to_floats(), (Floats{1, 2, 3, 5, 6, 7}));
    const ir::Tensor back = OpRunner("Slice").floats({3, 4}, x).ints({-1}).ints({INT64_MIN}).ints({1}).ints({-2}).run();
    EXPECT_EQ(back.to_floats(), (Floats{3, 1, 7, 5, 11, 9}));
    const ir::Tensor none = OpRunner("Slice").floats({3, 4}, x).ints({2}).ints({1}).ints({0}).run();
    EXPECT_EQ(none.shape(), (ir::Shape{0, 4}));
}

TEST(FloatSlice, RejectsAZeroStep) {
    EXPECT_THROW(OpRunner("Slice").floats({4}, counting(4)).ints({0}).ints({4}).ints({0}).ints({0}).run(), Error);
}

TEST(FloatConcat, JoinsAlongAnyAxis) {
    const ir::Tensor joined =
        OpRunner("Concat").attribute("axis", int64_t{-1}).floats({2, 1}, {1, 2}).floats({2, 2}, {3, 4, 5, 6}).run();
    EXPECT_EQ(joined.to_floats(), (Floats{1, 3, 4, 2, 5, 6}));
}

TEST(FloatTranspose, MovesEveryElementOfLargeAndOddTensors) {
    const ir::Shape shape = {3, 37, 5, 41};
    const ir::Tensor x = ir::Tensor::from<float>(shape, counting(ir::element_count(shape)));
    const ir::Tensor turned = float_exec::transposed(x, {2, 0, 3, 1}, nullptr);
    ASSERT_EQ(turned.shape(), (ir::Shape{5, 3, 41, 37}));
    int64_t at = 0;
    for (int64_t c = 0; c < 5; ++c) {
        for (int64_t a = 0; a < 3; ++a) {
            for (int64_t d = 0; d < 41; ++d) {
                for (int64_t b = 0; b < 37; ++b) {
                    ASSERT_EQ(turned.data<float>()[at++], static_cast<float>(((a * 37 + b) * 5 + c) * 41 + d));
                }
            }
        }
    }
}

TEST(FloatTranspose, ReversesTheAxesWithoutPerm) {
    EXPECT_EQ(OpRunner("Transpose").floats({2, 3}, counting(6)).run().to_floats(), (Floats{0, 3, 1, 4, 2, 5}));
}

TEST(FloatReshape, FillsTheOpenDimensionAndCopiesZeros) {
    EXPECT_EQ(OpRunner("Reshape").floats({2, 3, 4}, counting(24)).ints({0, -1}).run().shape(), (ir::Shape{2, 12}));
    EXPECT_THROW(OpRunner("Reshape").floats({2, 3}, counting(6)).ints({4, -1}).run(), Error);
    EXPECT_THROW(OpRunner("Reshape").floats({2, 3}, counting(6)).ints({-1, -1}).run(), Error);
}

TEST(FloatReshape, SeesOnnxOrderAfterAChannelsLastOperator) {
    ir::Graph graph;
    graph.opset = 13;
    const ir::ValueId x = graph.add_value("x", ir::ElementType::kFloat32, {1, 2, 1, 3});
    const ir::ValueId pooled = graph.add_value("pooled", ir::ElementType::kFloat32, {1, 2, 1, 3});
    const ir::ValueId flat = graph.add_value("flat", ir::ElementType::kFloat32, {1, 6});
    graph.inputs = {x};
    graph.outputs = {flat};
    graph.nodes.push_back({"pool", "MaxPool", "", {{"kernel_shape", std::vector<int64_t>{1, 1}}}, {x}, {pooled}, ""});
    graph.nodes.push_back({"flatten", "Flatten", "", {}, {pooled}, {flat}, ""});
    const ir::Tensor in = ir::Tensor::from<float>({1, 2, 1, 3}, counting(6));
    EXPECT_EQ(float_exec::Executor(graph).run({in})[0].to_floats(), counting(6));
}

TEST(FloatSqueeze, TakesAxesFromAttributeAndInput) {
    EXPECT_EQ(OpRunner("Squeeze", 11).attribute("axes", Ints{0}).floats({1, 2, 1}, {1, 2}).run().shape(),
              (ir::Shape{2, 1}));
    EXPECT_EQ(OpRunner("Squeeze").floats({1, 2, 1}, {1, 2}).ints({-1}).run().shape(), (ir::Shape{1, 2}));
    EXPECT_EQ(OpRunner("Squeeze").floats({1, 2, 1}, {1, 2}).run().shape(), (ir::Shape{2}));
    EXPECT_EQ(OpRunner("Unsqueeze").floats({2}, {1, 2}).ints({0, 2}).run().shape(), (ir::Shape{1, 2, 1}));
}

TEST(FloatGather, PicksSlicesAndCountsNegativeIndicesFromTheEnd) {
    const ir::Tensor picked =
        OpRunner("Gather").attribute("axis", int64_t{1}).floats({2, 3}, counting(6)).ints({2, -3}).run();
    EXPECT_EQ(picked.to_floats(), (Floats{2, 0, 5, 3}));
    EXPECT_THROW(OpRunner("Gather").floats({2}, {1, 2}).ints({2}).run(), Error);
}

TEST(FloatPad, PadsAndCrops) {
    EXPECT_EQ(OpRunner("Pad", 10)
                  .attribute("pads", Ints{0, 1, 0, 2})
                  .attribute("value", 9.0F)
                  .floats({1, 2}, {1, 2})
                  .run()
                  .to_floats(),
              (Floats{9, 1, 2, 9, 9}));
    EXPECT_EQ(OpRunner("Pad").floats({4}, counting(4)).ints({-1, 1}).run().to_floats(), (Floats{1, 2, 3, 0}));
    EXPECT_EQ(OpRunner("Pad", 18).floats({1, 2}, {1, 2}).ints({1, 0}).absent().ints({-1}).run().to_floats(),
              (Floats{0, 1, 2}));
}

TEST(FloatExpand, RepeatsDimensionsOfOne) {
    EXPECT_EQ(OpRunner("Expand").floats({2, 1}, {1, 2}).ints({2, 1, 2}).run().to_floats(),
              (Floats{1, 1, 2, 2, 1, 1, 2, 2}));
}

TEST(FloatReduceMean, TakesAxesFromAttributeAndInput) {
    EXPECT_EQ(OpRunner("ReduceMean").attribute("axes", Ints{-1}).floats({2, 2}, {1, 3, 5, 9}).run().to_floats(),
              (Floats{2, 7}));
    const ir::Tensor all =
        OpRunner("ReduceMean", 18).attribute("keepdims", int64_t{0}).floats({2, 2}, {1, 3, 5, 7}).run();
    EXPECT_EQ(all.shape(), ir::Shape{});
    EXPECT_EQ(all.to_floats(), (Floats{4}));
    EXPECT_EQ(OpRunner("ReduceMean", 18).floats({2, 2}, {1, 3, 5, 9}).ints({0}).run().to_floats(), (Floats{3, 6}));
}

TEST(FloatResize, FollowsEachCoordinateModeForNearest) {
    auto resized = [](const std::string& coordinates, const std::string& rounding, int64_t size) {
        return OpRunner("Resize")
            .attribute("coordinate_transformation_mode", coordinates)
            .attribute("nearest_mode", rounding)
            .floats({1, 1, 1, 4}, counting(4))
            .absent()
            .absent()
            .ints({1, 1, 1, size})
            .run()
            .to_floats();
    };
    EXPECT_EQ(resized("asymmetric", "floor", 8), (Floats{0, 0, 1, 1, 2, 2, 3, 3}));
    EXPECT_EQ(resized("asymmetric", "ceil", 8), (Floats{0, 1, 1, 2, 2, 3, 3, 3}));
    EXPECT_EQ(resized("half_pixel", "round_prefer_floor", 8), (Floats{0, 0, 1, 1, 2, 2, 3, 3}));
    EXPECT_EQ(resized("align_corners", "floor", 7), (Floats{0, 0, 1, 1, 2, 2, 3}));
    EXPECT_EQ(resized("pytorch_half_pixel", "round_prefer_ceil", 1), (Floats{0}));
    EXPECT_EQ(resized("half_pixel", "round_prefer_ceil", 2), (Floats{1, 3}));
    EXPECT_EQ(resized("half_pixel", "round_prefer_floor", 2), (Floats{0, 2}));
    EXPECT_EQ(resized("tf_half_pixel_for_nn", "floor", 2), (Floats{1, 3}));
    EXPECT_THROW(resized("sideways", "floor", 2), Error);
}

TEST(FloatResize, TakesScalesWithTheOldForms) {
    const ir::Tensor twice = OpRunner("Resize", 10).floats({1, 1, 1, 2}, {1, 2}).floats({4}, {1, 1, 2, 2}).run();
    EXPECT_EQ(twice.to_floats(), (Floats{1, 1, 2, 2, 1, 1, 2, 2}));
}

}  // namespace
}  // namespace tinamix
