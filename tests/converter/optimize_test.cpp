// The optimizer keeps the function and the names, and forms the nodes it promises.
#include <gtest/gtest.h>

#include "float/executor.h"
#include "optimize/optimize.h"

namespace tinamix {
namespace {

using Floats = std::vector<float>;
using Ints = std::vector<int64_t>;

/// Builds graphs by tensor names; nodes are called "n_<output>".
class Net {
  public:
    Net() {
        graph.name = "net";
        graph.opset = 13;
    }
    ir::ValueId value(const std::string& name, ir::Shape shape) {
        return graph.add_value(name, ir::ElementType::kFloat32, std::move(shape));
    }
    void input(const std::string& name, ir::Shape shape) { graph.inputs.push_back(value(name, std::move(shape))); }
    void constant(const std::string& name, const ir::Shape& shape, const Floats& values) {
        graph.add_constant(name, ir::Tensor::from<float>(shape, values));
    }
    void node(const std::string& op, const std::vector<std::string>& inputs, const std::string& output, ir::Shape shape,
              std::map<std::string, ir::Attribute> attributes = {}) {
        ir::Node node{"n_" + output, op, "", std::move(attributes), {}, {}, op};
        for (const std::string& name : inputs) {
            node.inputs.push_back(graph.find_value(name));
        }
        node.outputs = {value(output, std::move(shape))};
        graph.nodes.push_back(std::move(node));
    }
    void output(const std::string& name) { graph.outputs.push_back(graph.find_value(name)); }

    Floats run(const Floats& x) const {
        const ir::Value& input = graph.value(graph.inputs[0]);
        return float_exec::Executor(graph).run({ir::Tensor::from<float>(input.shape, x)})[0].to_floats();
    }
    std::string ops() const {
        std::string text;
        for (const ir::Node& node : graph.nodes) {
            text += (text.empty() ? "" : " ") + node.op;
        }
        return text;
    }

    ir::Graph graph;
};

/// x [1,2,1,2] -> Conv 1x1 to 2 channels -> "conv"
Net conv_net() {
    Net net;
    net.input("x", {1, 2, 1, 2});
    net.constant("w", {2, 2, 1, 1}, {1, 2, 3, 4});
    net.node("Conv", {"x", "w"}, "conv", {1, 2, 1, 2});
    return net;
}
const Floats kImage = {1, 2, 3, 4};

/// x [2,3,2] -> MatMul to 4 columns + row [-> Relu] -> "y"
Net batched_product(const std::string& clamp, const ir::Shape& row_shape) {
    Net net;
    net.input("x", {2, 3, 2});
    net.constant("w", {2, 4}, {1, -2, 3, -4, 0.5F, 1, -1, 2});
    net.constant("row", row_shape, Floats(static_cast<size_t>(ir::element_count(row_shape)), 0.25F));
    net.node("MatMul", {"x", "w"}, "product", {2, 3, 4});
    net.node("Add", {"row", "product"}, clamp.empty() ? "y" : "sum", {2, 3, 4});
    if (!clamp.empty()) net.node(clamp, {"sum"}, "y", {2, 3, 4});
    net.output("y");
    return net;
}
const Floats kBatch = {1, 2, 3, 4, -1, -2, 0.5F, -4, 2, 2, 7, -7};

TEST(OptimizeBias, ProductsOfBatchesAreOneGemmWithTheRowAsBias) {
    for (const char* clamp : {"", "Relu"}) {
        Net net = batched_product(clamp, {4});
        const Floats before = net.run(kBatch);
        optimize::optimize(net.graph);
        EXPECT_EQ(net.ops(), std::string("Reshape Gemm ") + (*clamp ? "Relu " : "") + "Reshape");
        EXPECT_EQ(net.run(kBatch), before);
        EXPECT_EQ(net.graph.nodes[1].name, "n_product");
        EXPECT_EQ(net.graph.nodes[1].absorbed, std::vector<std::string>{*clamp ? "n_sum" : "n_y"});
        EXPECT_EQ(net.graph.value(net.graph.outputs[0]).name, "y");
    }
}

TEST(OptimizeBias, OtherSumsOfBatchesStay) {
    for (const ir::Shape& shape : {ir::Shape{3, 4}, ir::Shape{2, 1, 4}, ir::Shape{1}}) {
        Net net = batched_product("", shape);
        const Floats before = net.run(kBatch);
        optimize::optimize(net.graph);
        EXPECT_EQ(net.ops(), "MatMul Add");
        EXPECT_EQ(net.run(kBatch), before);
    }
}

TEST(OptimizeBatchNorm, FoldsIntoTheConvolutionBefore) {
    Net net = conv_net();
    net.constant("scale", {2}, {2, 4});
    net.constant("bias", {2}, {1, 1});
    net.constant("mean", {2}, {5, 0});
    net.constant("variance", {2}, {4, 1});
    net.node("BatchNormalization", {"conv", "scale", "bias", "mean", "variance"}, "y", {1, 2, 1, 2},
             {{"epsilon", 0.0F}});
    net.output("y");
    const Floats before = net.run(kImage);
    optimize::optimize(net.graph);
    ASSERT_EQ(net.ops(), "Conv");
    EXPECT_EQ(net.graph.nodes[0].name, "n_conv");
    EXPECT_EQ(net.graph.nodes[0].fused, "Conv+BatchNormalization");
    EXPECT_EQ(net.graph.value(net.graph.nodes[0].outputs[0]).name, "y");
    EXPECT_EQ(net.graph.value(net.graph.outputs[0]).name, "y");
    EXPECT_EQ(net.run(kImage), before);
}

TEST(OptimizeBatchNorm, FoldsIntoEachGroupOfATransposedConvolution) {
    // Two groups of two inputs and two outputs: a channel's weights stand in two places.
    Net net;
    net.input("x", {1, 4, 1, 2});
    net.constant("w", {4, 2, 1, 1}, {1, 2, 3, 4, 5, 6, 7, 8});
    net.node("ConvTranspose", {"x", "w"}, "conv", {1, 4, 1, 2}, {{"group", int64_t{2}}});
    net.constant("factor", {4, 1, 1}, {2, -4, 8, 16});
    net.constant("offset", {1, 4, 1, 1}, {1, 2, 3, 4});
    net.node("Mul", {"conv", "factor"}, "scaled", {1, 4, 1, 2});
    net.node("Add", {"scaled", "offset"}, "y", {1, 4, 1, 2});
    net.output("y");
    const Floats values = {1, 2, 3, 4, 5, 6, 7, 8};
    const Floats before = net.run(values);
    optimize::optimize(net.graph);
    EXPECT_EQ(net.ops(), "ConvTranspose");
    EXPECT_EQ(net.run(values), before);
}

TEST(OptimizeBatchNorm, StaysWhenSomebodyElseReadsTheConvolution) {
    Net net = conv_net();
    net.constant("factor", {2, 1, 1}, {2, 3});
    net.node("Mul", {"conv", "factor"}, "scaled", {1, 2, 1, 2});
    net.node("Add", {"scaled", "conv"}, "y", {1, 2, 1, 2});
    net.output("y");
    optimize::optimize(net.graph);
    EXPECT_EQ(net.ops(), "Conv Mul Add");
}

TEST(OptimizeBatchNorm, FoldsScalesAndShiftsInAnyOrder) {
    Net net = conv_net();
    net.constant("factor", {2, 1, 1}, {2, -3});
    net.constant("offset", {1, 2, 1, 1}, {10, 20});
    net.constant("half", {}, {2});
    net.node("Mul", {"factor", "conv"}, "a", {1, 2, 1, 2});
    net.node("Add", {"a", "offset"}, "b", {1, 2, 1, 2});
    net.node("Div", {"b", "half"}, "y", {1, 2, 1, 2});
    net.output("y");
    const Floats before = net.run(kImage);
    optimize::optimize(net.graph);
    EXPECT_EQ(net.ops(), "Conv");
    EXPECT_EQ(net.graph.nodes[0].fused, "Conv+Mul+Add+Div");
    EXPECT_EQ(net.run(kImage), before);
}

TEST(OptimizeBatchNorm, LeavesConstantsThatVaryBetweenPixels) {
    Net net = conv_net();
    net.constant("factor", {1, 1, 1, 2}, {2, 3});
    net.node("Mul", {"conv", "factor"}, "y", {1, 2, 1, 2});
    net.output("y");
    optimize::optimize(net.graph);
    EXPECT_EQ(net.ops(), "Conv Mul");
}

TEST(OptimizeBatchNorm, LeavesADivisionOfAConstantByTheResult) {
    Net net = conv_net();
    net.constant("one", {}, {1});
    net.node("Div", {"one", "conv"}, "y", {1, 2, 1, 2});
    net.output("y");
    optimize::optimize(net.graph);
    EXPECT_EQ(net.ops(), "Conv Div");
}

TEST(OptimizeBias, MatMulAndAddBecomeAGemm) {
    Net net;
    net.input("x", {2, 2});
    net.constant("w", {2, 3}, {1, 2, 3, 4, 5, 6});
    net.constant("b", {3}, {10, 20, 30});
    net.node("MatMul", {"x", "w"}, "product", {2, 3});
    net.node("Add", {"b", "product"}, "y", {2, 3});
    net.output("y");
    const Floats before = net.run(kImage);
    optimize::optimize(net.graph);
    ASSERT_EQ(net.ops(), "Gemm");
    EXPECT_EQ(net.graph.nodes[0].name, "n_product");
    EXPECT_EQ(net.graph.nodes[0].fused, "MatMul+Add");
    EXPECT_EQ(net.run(kImage), before);
}

TEST(OptimizeBias, GemmWithScalesTakesAFactorAndABias) {
    Net net;
    net.input("x", {2, 2});
    net.constant("w", {3, 2}, {1, 2, 3, 4, 5, 6});
    net.constant("c", {1, 3}, {2, 4, 6});
    net.constant("factor", {3}, {1, 2, 4});
    net.constant("b", {1, 3}, {10, 20, 30});
    net.node("Gemm", {"x", "w", "c"}, "product", {2, 3}, {{"transB", int64_t{1}}, {"alpha", 0.5F}, {"beta", 2.0F}});
    net.node("Mul", {"product", "factor"}, "scaled", {2, 3});
    net.node("Sub", {"scaled", "b"}, "y", {2, 3});
    net.output("y");
    const Floats before = net.run(kImage);
    optimize::optimize(net.graph);
    EXPECT_EQ(net.ops(), "Gemm");
    EXPECT_EQ(net.run(kImage), before);
}

TEST(OptimizeBias, DoesNotTouchAnOutputInBetween) {
    Net net = conv_net();
    net.constant("offset", {2, 1, 1}, {10, 20});
    net.node("Add", {"conv", "offset"}, "y", {1, 2, 1, 2});
    net.output("y");
    net.output("conv");
    optimize::optimize(net.graph);
    EXPECT_EQ(net.ops(), "Conv Add");
}

TEST(OptimizePatterns, GateTimesItsInputIsSilu) {
    Net net;
    net.input("x", {4});
    net.node("Sigmoid", {"x"}, "gate", {4});
    net.node("Mul", {"gate", "x"}, "y", {4});
    net.output("y");
    const Floats before = net.run({-1, 0, 1, 2});
    optimize::optimize(net.graph);
    ASSERT_EQ(net.ops(), "Silu");
    EXPECT_EQ(net.graph.nodes[0].domain, "tinamix");
    EXPECT_EQ(net.graph.nodes[0].name, "n_y");
    EXPECT_EQ(net.graph.nodes[0].fused, "Sigmoid+Mul");
    EXPECT_EQ(net.graph.nodes[0].absorbed, std::vector<std::string>{"n_gate"});
    EXPECT_EQ(net.run({-1, 0, 1, 2}), before);
}

TEST(OptimizePatterns, GateOfAnotherTensorStays) {
    Net net;
    net.input("x", {4});
    net.node("Relu", {"x"}, "r", {4});
    net.node("Sigmoid", {"x"}, "gate", {4});
    net.node("Mul", {"gate", "r"}, "y", {4});
    net.output("y");
    optimize::optimize(net.graph);
    EXPECT_EQ(net.ops(), "Relu Sigmoid Mul");
}

TEST(OptimizePatterns, SquareIsAProduct) {
    Net net;
    net.input("x", {3});
    net.constant("two", {}, {2});
    net.constant("three", {}, {3});
    net.node("Pow", {"x", "two"}, "square", {3});
    net.node("Pow", {"square", "three"}, "y", {3});
    net.output("y");
    optimize::optimize(net.graph);
    EXPECT_EQ(net.ops(), "Mul Pow");
    EXPECT_EQ(net.run({1, -2, 3}), (Floats{1, 64, 729}));
}

TEST(OptimizeConstants, FoldsWhatDependsOnConstantsAndShapesOnly) {
    Net net;
    net.input("x", {2, 3});
    net.constant("a", {3}, {1, 2, 3});
    net.constant("b", {3}, {4, 5, 6});
    net.node("Add", {"a", "b"}, "sum", {3});
    net.node("Sub", {"x", "sum"}, "y", {2, 3});
    net.output("y");
    optimize::optimize(net.graph);
    EXPECT_EQ(net.ops(), "Sub");
    EXPECT_EQ(net.graph.value(net.graph.find_value("sum")).constant->to_floats(), (Floats{5, 7, 9}));
    EXPECT_EQ(net.graph.find_value("a"), ir::kNoValue);  // nobody needs it any more
}

TEST(OptimizeNoOps, DisappearAndOutputsKeepTheirNames) {
    Net net;
    net.input("x", {1, 4});
    net.node("Reshape", {"x"}, "same", {1, 4});
    net.graph.nodes[0].inputs.push_back(net.graph.add_constant("shape", ir::Tensor::from<int64_t>({2}, {1, 4})));
    net.node("Relu", {"same"}, "r", {1, 4});
    net.node("Transpose", {"r"}, "y", {1, 4}, {{"perm", Ints{0, 1}}});
    net.output("y");
    optimize::optimize(net.graph);
    ASSERT_EQ(net.ops(), "Relu");
    EXPECT_EQ(net.graph.value(net.graph.nodes[0].inputs[0]).name, "x");
    EXPECT_EQ(net.graph.value(net.graph.outputs[0]).name, "y");
    EXPECT_EQ(net.graph.nodes[0].outputs[0], net.graph.outputs[0]);
}

TEST(OptimizeNoOps, StayBetweenAnInputAndAnOutput) {
    Net net;
    net.input("x", {1, 4});
    net.node("Identity", {"x"}, "y", {1, 4});
    net.output("y");
    optimize::optimize(net.graph);
    EXPECT_EQ(net.ops(), "Identity");
    EXPECT_EQ(net.graph.value(net.graph.outputs[0]).name, "y");
}

TEST(OptimizeNoOps, ATransposeOfASquareIsNotOne) {
    Net net;
    net.input("x", {2, 2});
    net.node("Transpose", {"x"}, "y", {2, 2});
    net.output("y");
    optimize::optimize(net.graph);
    EXPECT_EQ(net.ops(), "Transpose");
}

/// A channels-last graph: every Relu stands between a Transpose there and one back.
TEST(OptimizeTransposes, PairsThatCancelDisappear) {
    Net net;
    net.input("x", {1, 2, 3, 4});
    net.node("Transpose", {"x"}, "a", {1, 3, 4, 2}, {{"perm", Ints{0, 2, 3, 1}}});
    net.node("Transpose", {"a"}, "b", {1, 2, 3, 4}, {{"perm", Ints{0, 3, 1, 2}}});
    net.node("Relu", {"b"}, "y", {1, 2, 3, 4});
    net.output("y");
    Floats x(24, -1);
    x[5] = 3;
    const Floats before = net.run(x);
    optimize::optimize(net.graph);
    EXPECT_EQ(net.ops(), "Relu");
    EXPECT_EQ(net.run(x), before);
}

TEST(OptimizeTransposes, OthersBecomeOne) {
    Net net;
    net.input("x", {2, 3, 4});
    net.node("Transpose", {"x"}, "a", {4, 2, 3}, {{"perm", Ints{2, 0, 1}}});
    net.node("Transpose", {"a"}, "y", {3, 2, 4});
    net.output("y");
    Floats x;
    for (int i = 0; i < 24; ++i) {
        x.push_back(static_cast<float>(i));
    }
    const Floats before = net.run(x);
    optimize::optimize(net.graph);
    EXPECT_EQ(net.ops(), "Transpose");
    EXPECT_EQ(net.run(x), before);
}

}  // namespace
}  // namespace tinamix
