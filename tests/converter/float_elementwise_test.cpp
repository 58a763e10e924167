// Element-wise operators, broadcasting and Softmax.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "diagnostics/error.h"
#include "float/fast_exp.h"
#include "float_op_runner.h"

namespace tinamix {
namespace {

using Floats = std::vector<float>;

TEST(FloatBroadcast, AlignsShapesAtTheLastDimension) {
    const ir::Tensor sum = OpRunner("Add").floats({2, 1, 3}, counting(6)).floats({2, 1}, {10, 20}).run();
    EXPECT_EQ(sum.shape(), (ir::Shape{2, 2, 3}));
    EXPECT_EQ(sum.to_floats(), (Floats{10, 11, 12, 20, 21, 22, 13, 14, 15, 23, 24, 25}));
}

TEST(FloatBroadcast, RepeatsTheFirstOperandToo) {
    const ir::Tensor difference = OpRunner("Sub").floats({}, {100}).floats({2, 2}, {1, 2, 3, 4}).run();
    EXPECT_EQ(difference.to_floats(), (Floats{99, 98, 97, 96}));
}

TEST(FloatBroadcast, RejectsShapesThatDoNotFit) {
    EXPECT_THROW(OpRunner("Mul").floats({2, 3}, counting(6)).floats({2}, {1, 2}).run(), Error);
}

TEST(FloatBroadcast, KeepsChannelsApartWhenImagesAreChannelsLast) {
    // The pool leaves its result channels-last; the constant stays in ONNX order.
    ir::Graph graph;
    graph.opset = 13;
    const ir::ValueId x = graph.add_value("x", ir::ElementType::kFloat32, {1, 2, 2, 2});
    const ir::ValueId pooled = graph.add_value("pooled", ir::ElementType::kFloat32, {1, 2, 2, 2});
    const ir::ValueId bias = graph.add_constant("bias", ir::Tensor::from<float>({2, 1, 1}, {100, 200}));
    const ir::ValueId sum = graph.add_value("sum", ir::ElementType::kFloat32, {1, 2, 2, 2});
    const ir::ValueId both = graph.add_value("both", ir::ElementType::kFloat32, {1, 2, 2, 2});
    graph.inputs = {x};
    graph.outputs = {both};
    graph.nodes.push_back({"pool", "MaxPool", "", {{"kernel_shape", std::vector<int64_t>{1, 1}}}, {x}, {pooled}, ""});
    graph.nodes.push_back({"add", "Add", "", {}, {bias, pooled}, {sum}, ""});
    graph.nodes.push_back({"mix", "Sub", "", {}, {sum, x}, {both}, ""});  // channels-last minus ONNX order
    const ir::Tensor in = ir::Tensor::from<float>({1, 2, 2, 2}, counting(8));
    const std::vector<ir::Tensor> out = float_exec::Executor(graph).run({in});
    EXPECT_EQ(out[0].to_floats(), (Floats{100, 100, 100, 100, 200, 200, 200, 200}));
}

TEST(FloatBinary, DividesIntegersTowardsZeroAndSurvivesZeroDivisors) {
    const ir::Tensor quotient = OpRunner("Div").ints({7, -7, 5, INT64_MIN}).ints({2, 2, 0, -1}).run();
    EXPECT_EQ(quotient.to_ints(), (std::vector<int64_t>{3, -3, 0, INT64_MIN}));
}

TEST(FloatBinary, RaisesToPowersOfAnotherType) {
    const ir::Tensor power = OpRunner("Pow").floats({3}, {2, 3, -4}).ints({3, 0, 2}).run();
    EXPECT_EQ(power.to_floats(), (Floats{8, 1, 16}));
}

TEST(FloatBinary, TakesTheExtremesOfManyInputs) {
    EXPECT_EQ(OpRunner("Max").floats({2}, {1, 5}).floats({1}, {3}).floats({2}, {2, 9}).run().to_floats(),
              (Floats{3, 9}));
    EXPECT_EQ(OpRunner("Min").floats({2}, {1, 5}).floats({}, {3}).run().to_floats(), (Floats{1, 3}));
}

TEST(FloatUnary, ComputesTheNamedFunctions) {
    const Floats x = {-4, -0.5F, 0, 2};
    auto run = [&](const char* op) { return OpRunner(op).floats({4}, x).run().to_floats(); };
    EXPECT_EQ(run("Relu"), (Floats{0, 0, 0, 2}));
    EXPECT_EQ(run("Neg"), (Floats{4, 0.5F, -0.0F, -2}));
    EXPECT_EQ(run("Abs"), (Floats{4, 0.5F, 0, 2}));
    EXPECT_EQ(OpRunner("LeakyRelu").attribute("alpha", 0.25F).floats({4}, x).run().to_floats(),
              (Floats{-1, -0.125F, 0, 2}));
    EXPECT_EQ(OpRunner("HardSigmoid").attribute("alpha", 0.25F).floats({4}, x).run().to_floats(),
              (Floats{0, 0.375F, 0.5F, 1}));
    const Floats hard_swish = run("HardSwish");
    EXPECT_EQ(hard_swish[0], 0);
    EXPECT_FLOAT_EQ(hard_swish[3], 2 * (2 / 6.0F + 0.5F));
    const Floats silu = OpRunner("Silu", 13, "tinamix").floats({4}, x).run().to_floats();
    const Floats sigmoid = run("Sigmoid");
    for (size_t i = 0; i < x.size(); ++i) {
        EXPECT_FLOAT_EQ(sigmoid[i], 1 / (1 + std::exp(-x[i])));
        EXPECT_EQ(silu[i], x[i] * sigmoid[i]);
    }
}

TEST(FloatUnary, ExponentialIsWithinAFewUnitsInTheLastPlace) {
    for (double x = -87; x < 88.7; x += 0.0137) {
        const auto value = static_cast<float>(x);
        const double exact = std::exp(static_cast<double>(value));
        EXPECT_NEAR(static_cast<double>(float_exec::fast_exp(value)) / exact, 1.0, 2.5e-7) << value;
    }
    EXPECT_EQ(float_exec::fast_exp(-200.0F), 0.0F);
    EXPECT_EQ(float_exec::fast_exp(89.0F), std::numeric_limits<float>::infinity());
    EXPECT_EQ(float_exec::fast_exp(0.0F), 1.0F);
    EXPECT_TRUE(std::isnan(float_exec::fast_exp(std::nanf(""))));
}

TEST(FloatClip, TakesBoundsFromAttributesAndFromInputs) {
    const Floats x = {-3, 1, 9};
    EXPECT_EQ(OpRunner("Clip", 10).attribute("min", 0.0F).attribute("max", 6.0F).floats({3}, x).run().to_floats(),
              (Floats{0, 1, 6}));
    EXPECT_EQ(OpRunner("Clip").floats({3}, x).floats({}, {0}).floats({}, {6}).run().to_floats(), (Floats{0, 1, 6}));
    EXPECT_EQ(OpRunner("Clip").floats({3}, x).absent().floats({}, {6}).run().to_floats(), (Floats{-3, 1, 6}));
}

TEST(FloatSoftmax, FlattensFromTheAxisBeforeOpset13) {
    const float quarter = 0.25F;
    EXPECT_EQ(OpRunner("Softmax", 11).floats({1, 2, 2}, {5, 5, 5, 5}).run().to_floats(), Floats(4, quarter));
}

TEST(FloatSoftmax, TakesOneAxisFromOpset13On) {
    EXPECT_EQ(OpRunner("Softmax", 13).floats({1, 2, 2}, {5, 5, 5, 5}).run().to_floats(), Floats(4, 0.5F));
    const ir::Tensor columns =
        OpRunner("Softmax", 13).attribute("axis", int64_t{0}).floats({2, 2}, {0, 100, 0, 0}).run();
    EXPECT_EQ(columns.to_floats(), (Floats{0.5F, 1, 0.5F, float_exec::fast_exp(-100.0F)}));
}

TEST(FloatSoftmax, SubtractsTheMaximum) {
    EXPECT_EQ(OpRunner("Softmax").floats({2}, {1000, 1000}).run().to_floats(), (Floats{0.5F, 0.5F}));
}

TEST(FloatCast, TruncatesSaturatesAndTakesNaNToZero) {
    const ir::Tensor cast =
        OpRunner("Cast").attribute("to", int64_t{3}).floats({5}, {2.9F, -2.9F, 1000, -1000, std::nanf("")}).run();
    EXPECT_EQ(cast.type(), ir::ElementType::kInt8);
    EXPECT_EQ(cast.to_ints(), (std::vector<int64_t>{2, -2, 127, -128, 0}));
}

}  // namespace
}  // namespace tinamix
