// Joins of boxes and scores: found by structure and ranges, made in float32, overridable.
#include "quantize/head_join.h"

#include <gtest/gtest.h>

#include "quantize/plan.h"
#include "quantize_graph_builder.h"

namespace tinamix::quantize {
namespace {

class HeadJoinTest : public testing::Test {
  protected:
    HeadJoinTest() {
        const ir::ValueId x = builder_.input("x", -1, 1);
        boxes_ = builder_.conv("boxes", x, 0, 640);
        scores_ = builder_.conv("scores", x, 0, 1);
    }
    std::vector<HeadJoin> joins() const { return find_head_joins(builder_.graph, builder_.ranges); }
    Plan plan(Precision base, const std::vector<PrecisionRules::Rule>& named = {}) const {
        return make_plan(builder_.graph, builder_.ranges, {base, named});
    }

    GraphBuilder builder_;
    ir::ValueId boxes_ = ir::kNoValue, scores_ = ir::kNoValue;
};

TEST_F(HeadJoinTest, IsAConcatOfFarRangesThatBecomesAnOutput) {
    const ir::ValueId join = builder_.node("Concat", "join", {boxes_, scores_}, 0, 640);
    builder_.output(builder_.node("Reshape", "shaped", {join}, 0, 640));
    const std::vector<HeadJoin> found = joins();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(builder_.graph.nodes[static_cast<size_t>(found[0].node)].name, "join");
    EXPECT_EQ(found[0].disparity, 640);
}

TEST_F(HeadJoinTest, IsNotAConcatOfNearRanges) {
    builder_.ranges.tensors["scores_out"] = {0, 40, -40, 40};  // 640 / 40 is just not more than 16
    builder_.output(builder_.node("Concat", "join", {boxes_, scores_}, 0, 640));
    EXPECT_TRUE(joins().empty());
    builder_.ranges.tensors["scores_out"] = {0, 39, -39, 39};
    EXPECT_EQ(joins().size(), 1U);
}

TEST_F(HeadJoinTest, IsNotAConcatThatLayersRead) {
    const ir::ValueId join = builder_.node("Concat", "join", {boxes_, scores_}, 0, 640);
    builder_.output(builder_.conv("last", join, 0, 640));
    EXPECT_TRUE(joins().empty());
}

TEST_F(HeadJoinTest, LooksAtWhatWasSeenAndNotAtZeros) {
    builder_.ranges.tensors["boxes_out"] = {0, 2, 0, 640};  // a method has clipped
    const ir::ValueId zeros = builder_.node("Relu", "zeros", {boxes_}, 0, 0);
    builder_.output(builder_.node("Concat", "join", {boxes_, scores_, zeros}, 0, 640));
    ASSERT_EQ(joins().size(), 1U);
    EXPECT_EQ(joins()[0].disparity, 640);
}

TEST_F(HeadJoinTest, SeesConstantsAndThroughMoversWithoutRange) {
    const ir::ValueId shaped = builder_.node("Reshape", "shaped", {scores_}, 0, 0);
    builder_.ranges.tensors.erase("shaped_out");
    builder_.output(builder_.node("Concat", "join", {builder_.constant("k", {-100.0F}), shaped}, -100, 1));
    ASSERT_EQ(joins().size(), 1U);
    EXPECT_EQ(joins()[0].disparity, 100);
}

TEST_F(HeadJoinTest, IsFloatWithAllThatMovesItsResult) {
    const ir::ValueId join = builder_.node("Concat", "join", {boxes_, scores_}, 0, 640);
    const ir::ValueId other = builder_.conv("other", builder_.graph.inputs[0], 0, 640);
    // Follows `other` by its first input, but moves the scores too.
    builder_.output(builder_.node("Concat", "all", {other, join}, 0, 640));
    for (const Precision base : {Precision::kW8A8, Precision::kW16A16}) {
        const Plan made = plan(base);
        const NumberFormat format = activation_format(base);
        EXPECT_EQ(made.node_precision, (std::vector<Precision>{base, base, Precision::kF32, base, Precision::kF32}));
        EXPECT_EQ(made.value[static_cast<size_t>(boxes_)], quantization_with_headroom(format, 0, 640));
        EXPECT_EQ(made.value[static_cast<size_t>(scores_)], quantization_with_headroom(format, 0, 1));
        EXPECT_EQ(made.value[static_cast<size_t>(join)], Quantization{});
        ASSERT_EQ(made.head_joins.size(), 1U);
        EXPECT_EQ(made.head_joins[0].node, 2);
    }
}

TEST_F(HeadJoinTest, YieldsToARule) {
    const ir::ValueId join = builder_.node("Concat", "join", {boxes_, scores_}, 0, 640);
    builder_.output(builder_.node("Reshape", "shaped", {join}, 0, 640));
    const Plan made = plan(Precision::kW8A8, {{"join", Precision::kW16A16, ""}});
    EXPECT_EQ(made.node_precision.back(), Precision::kW16A16);  // the Reshape follows
    EXPECT_TRUE(made.head_joins.empty());
}

TEST_F(HeadJoinTest, IsNothingSpecialInAFloatModel) {
    builder_.output(builder_.node("Concat", "join", {boxes_, scores_}, 0, 640));
    EXPECT_TRUE(plan(Precision::kF32).head_joins.empty());
}

}  // namespace
}  // namespace tinamix::quantize
