// Written-out activations become one node, operators in disguise become what they are; the function stays.
#include <gtest/gtest.h>

#include <cmath>

#include "float/executor.h"
#include "optimize/optimize.h"
#include "packed_network.h"

namespace tinamix::optimize {
namespace {

using ir::ValueId;
using pack::Ints;
using pack::Network;

const ir::Shape kImage = {1, 3, 4, 5};

std::string ops(const ir::Graph& graph) {
    std::string text;
    for (const ir::Node& node : graph.nodes) {
        text += (text.empty() ? "" : " ") + (node.domain.empty() ? "" : node.domain + ":") + node.op;
    }
    return text;
}

ValueId scalar(Network& n, float value) {
    const std::string name = "s" + std::to_string(n.graph.values.size());
    return n.graph.add_constant(name, ir::Tensor::from({}, std::vector<float>{value}));
}

/// Builds over input x, optimizes, expects the operators, and the same outputs as before.
void expect_rewritten(const std::function<ValueId(Network&, ValueId)>& build, const std::string& wanted,
                      double tolerance = 2e-6) {
    Network network;
    const ValueId x = network.input(kImage);
    network.output(build(network, x));
    std::vector<float> values(60);
    for (size_t i = 0; i < values.size(); ++i) values[i] = 0.15F * static_cast<float>(i) - 4.5F;
    const auto run = [&] {
        return float_exec::Executor(network.graph).run({ir::Tensor::from(kImage, values)})[0].to_floats();
    };
    const std::vector<float> before = run();
    optimize(network.graph);
    EXPECT_EQ(ops(network.graph), wanted);
    const std::vector<float> after = run();
    ASSERT_EQ(after.size(), before.size());
    for (size_t i = 0; i < after.size(); ++i) EXPECT_NEAR(after[i], before[i], tolerance * (1 + std::fabs(before[i])));
}

ValueId erf_part(Network& n, ValueId x) {
    const ValueId e = n.node("Erf", {n.node("Div", {x, scalar(n, 1.41421354F)}, kImage)}, kImage);
    return n.node("Add", {e, scalar(n, 1)}, kImage);
}

TEST(WrittenOutGelu, IsFoundInEveryOrderOfItsProducts) {
    expect_rewritten(
        [](Network& n, ValueId x) {
            return n.node("Mul", {n.node("Mul", {x, erf_part(n, x)}, kImage), scalar(n, 0.5F)}, kImage);
        },
        "tinamix:Gelu");
    expect_rewritten(
        [](Network& n, ValueId x) {
            return n.node("Mul", {n.node("Mul", {x, scalar(n, 0.5F)}, kImage), erf_part(n, x)}, kImage);
        },
        "tinamix:Gelu");
    expect_rewritten(
        [](Network& n, ValueId x) {
            return n.node("Mul", {x, n.node("Mul", {erf_part(n, x), scalar(n, 0.5F)}, kImage)}, kImage);
        },
        "tinamix:Gelu");
}

TEST(WrittenOutGelu, OfAnotherFunctionStaysAsItIs) {
    expect_rewritten(
        [](Network& n, ValueId x) {
            return n.node("Mul", {n.node("Mul", {x, erf_part(n, x)}, kImage), scalar(n, 0.6F)}, kImage);
        },
        "Mul Erf Add Mul Mul");
}

TEST(WrittenOutGelu, ByTanhToo) {
    for (const bool by_power : {true, false}) {
        expect_rewritten(
            [=](Network& n, ValueId x) {
                const ValueId cube = by_power ? n.node("Pow", {x, scalar(n, 3)}, kImage)
                                              : n.node("Mul", {n.node("Mul", {x, x}, kImage), x}, kImage);
                const ValueId sum = n.node("Add", {x, n.node("Mul", {cube, scalar(n, 0.044715F)}, kImage)}, kImage);
                const ValueId t = n.node("Tanh", {n.node("Mul", {sum, scalar(n, 0.79788458F)}, kImage)}, kImage);
                const ValueId gate = n.node("Add", {t, scalar(n, 1)}, kImage);
                return n.node("Mul", {n.node("Mul", {x, scalar(n, 0.5F)}, kImage), gate}, kImage);
            },
            "tinamix:Gelu", 1e-5);
    }
}

TEST(WrittenOutHardSwish, ByClipOrHardSigmoid) {
    const auto clip = [](Network& n, ValueId x) {
        const ValueId sum = n.node("Add", {x, scalar(n, 3)}, kImage);
        return n.node("Clip", {sum, scalar(n, 0), scalar(n, 6)}, kImage);
    };
    expect_rewritten(
        [&](Network& n, ValueId x) {
            return n.node("Div", {n.node("Mul", {x, clip(n, x)}, kImage), scalar(n, 6)}, kImage);
        },
        "HardSwish");
    expect_rewritten(
        [&](Network& n, ValueId x) {
            return n.node("Mul", {x, n.node("Div", {clip(n, x), scalar(n, 6)}, kImage)}, kImage);
        },
        "HardSwish");
    expect_rewritten(
        [&](Network& n, ValueId x) {
            return n.node("Div", {clip(n, x), scalar(n, 6)}, kImage);
        },
        "HardSigmoid");
    expect_rewritten(
        [](Network& n, ValueId x) {
            const ValueId gate = n.node("HardSigmoid", {x}, kImage, {{"alpha", 1.0F / 6.0F}, {"beta", 0.5F}});
            return n.node("Mul", {gate, x}, kImage);
        },
        "HardSwish");
}

TEST(WrittenOutMish, IsFound) {
    expect_rewritten(
        [](Network& n, ValueId x) {
            return n.node("Mul", {x, n.node("Tanh", {n.node("Softplus", {x}, kImage)}, kImage)}, kImage);
        },
        "tinamix:Mish");
}

TEST(Decomposition, SumsAndExtremesOfManyBecomeChains) {
    const auto three = [](const char* op) {
        return [op](Network& n, ValueId x) { return n.node(op, {x, n.floats({3, 1, 1}), n.floats({5})}, kImage); };
    };
    expect_rewritten(three("Sum"), "Add Add");
    expect_rewritten(three("Mean"), "Add Add Mul");
    expect_rewritten(three("Max"), "Max Max");
    expect_rewritten(three("Min"), "Min Min");
    expect_rewritten([](Network& n, ValueId x) { return n.node("Sum", {x, x}, kImage); }, "Add");
}

/// sqrt(a * a + b ^ 2) with a and b made of x.
ValueId magnitude(Network& n, ValueId x, bool square_is_read_again) {
    const ValueId a = n.node("Mul", {x, scalar(n, 0.5F)}, kImage), b = n.node("Neg", {x}, kImage);
    const ValueId first = n.node("Mul", {a, a}, kImage), second = n.node("Pow", {b, scalar(n, 2)}, kImage);
    const ValueId root = n.node("Sqrt", {n.node("Add", {first, second}, kImage)}, kImage);
    return square_is_read_again ? n.node("Add", {root, first}, kImage) : root;
}

TEST(WrittenOutLength, OfTwoTensorsIsOneReduction) {
    expect_rewritten([](Network& n, ValueId x) { return magnitude(n, x, false); },
                     "Mul Neg Reshape Reshape Concat ReduceL2");
}

TEST(WrittenOutLength, StaysWhenItsSquaresAreNeeded) {
    expect_rewritten([](Network& n, ValueId x) { return magnitude(n, x, true); }, "Mul Neg Mul Mul Add Sqrt Add");
}

TEST(WrittenOutLength, AlongAxesIsOneReduction) {
    const ir::Shape row = {1, 3, 4, 1};
    expect_rewritten(
        [&](Network& n, ValueId x) {
            const ValueId squares = n.node("Pow", {x, scalar(n, 2)}, kImage);
            return n.node("Sqrt", {n.node("ReduceSum", {squares, n.ints({-1})}, row)}, row);
        },
        "ReduceL2");
    expect_rewritten(
        [](Network& n, ValueId x) {
            const ValueId sum =
                n.node("ReduceSumSquare", {x}, {1, 3}, {{"axes", Ints{2, 3}}, {"keepdims", int64_t{0}}});
            return n.node("Sqrt", {sum}, {1, 3});
        },
        "ReduceL2");
}

TEST(Decomposition, DivisionByAConstantIsAProduct) {
    expect_rewritten(
        [](Network& n, ValueId x) {
            return n.node("Div", {x, n.floats({3, 1, 1}, 1, 2)}, kImage);
        },
        "Mul");
    expect_rewritten([](Network& n, ValueId x) { return n.node("Div", {x, scalar(n, 3e38F)}, kImage); }, "Div");
}

TEST(Decomposition, PReluWithOneSlopeIsLeakyRelu) {
    expect_rewritten([](Network& n, ValueId x) { return n.node("PRelu", {x, scalar(n, 0.25F)}, kImage); }, "LeakyRelu");
    expect_rewritten([](Network& n, ValueId x) { return n.node("PRelu", {x, n.floats({3, 1, 1})}, kImage); }, "PRelu");
}

TEST(Decomposition, LogarithmsOfSums) {
    const std::map<std::string, ir::Attribute> rows = {{"axes", std::vector<int64_t>{-1}}};
    std::map<std::string, ir::Attribute> flat = rows;
    flat["keepdims"] = int64_t{0};
    expect_rewritten(
        [&](Network& n, ValueId x) {
            return n.node("ReduceLogSum", {n.node("Sigmoid", {x}, kImage)}, {1, 3, 4, 1}, rows);
        },
        "Sigmoid ReduceSum Log");
    expect_rewritten(
        [&](Network& n, ValueId x) {
            return n.node("ReduceLogSumExp", {x}, {1, 3, 4, 1}, rows);
        },
        "ReduceMax Sub Exp ReduceSum Log Add");
    expect_rewritten(
        [&](Network& n, ValueId x) {
            return n.node("ReduceLogSumExp", {x}, {1, 3, 4}, flat);
        },
        "ReduceMax ReduceMax Sub Exp ReduceSum Log Add");
    expect_rewritten(
        [](Network& n, ValueId x) {
            return n.node("ReduceLogSumExp", {x, n.ints({1, 2})}, {1, 1, 1, 5});  // as from opset 18 on
        },
        "ReduceMax Sub Exp ReduceSum Log Add");
}

TEST(Decomposition, BatchNormalizationThatNothingTakes) {
    const auto parameters = [](Network& n, ValueId x) {
        return std::vector<ValueId>{x, n.floats({3}), n.floats({3}), n.floats({3}), n.floats({3}, 0.5F, 2)};
    };
    expect_rewritten([&](Network& n, ValueId x) { return n.node("BatchNormalization", parameters(n, x), kImage); },
                     "Conv");
    expect_rewritten(
        [&](Network& n, ValueId x) {
            const ValueId flat = n.node("Reshape", {x, n.ints({1, 3, 20})}, {1, 3, 20});
            return n.node("BatchNormalization", parameters(n, flat), {1, 3, 20});
        },
        "Reshape Mul Add");
}

}  // namespace
}  // namespace tinamix::optimize
