// The table of operators: every one of them in every precision, and the messages that come from it.
#include <gtest/gtest.h>

#include <set>

#include "diagnostics/error.h"
#include "quantize/legality.h"
#include "quantize_graph_builder.h"

namespace tinamix::quantize {
namespace {

constexpr Precision kAll[] = {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16, Precision::kF32};

std::string error_of(const ir::Graph& graph) {
    try {
        op_rule(graph, graph.nodes.back());
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

class EveryOp : public testing::TestWithParam<size_t> {};

TEST_P(EveryOp, HasAPlanInEachOfItsPrecisions) {
    const OpRule& rule = op_rules()[GetParam()];
    for (Precision precision : kAll) {
        GraphBuilder builder;
        const ir::ValueId x = builder.conv("conv", builder.input("x", -1, 1), -2, 3);
        std::vector<ir::ValueId> inputs = {x};
        if (rule.has_weights) inputs.push_back(builder.constant("w", {1.0F}));
        if (rule.reads_constants) inputs.push_back(builder.constant("k", {2.0F}));
        const ir::ValueId y = builder.node(std::string(rule.op), "op", inputs, -4, 5);
        builder.output(y);
        PrecisionRules rules;
        rules.rules.push_back({"op", precision, "layers.yaml:7"});
        if (!rule.precisions.contains(precision)) {
            EXPECT_THROW(make_plan(builder.graph, builder.ranges, rules), Error);
            continue;
        }
        const Plan plan = make_plan(builder.graph, builder.ranges, rules);
        EXPECT_EQ(plan.node_precision, (std::vector<Precision>{Precision::kW8A8, precision}));
        const Quantization& form = plan.value[static_cast<size_t>(y)];
        const NumberFormat format = activation_format(precision);
        EXPECT_EQ(form.format, format);
        EXPECT_EQ(plan.node_input[1][0].format, format);
        if (rule.reads_constants) {
            EXPECT_EQ(plan.node_input[1][1].format, format);
        }
        if (format == NumberFormat::kFloat32) {
            EXPECT_EQ(form, Quantization{});
        } else if (rule.output == OutputRule::kInput) {
            EXPECT_EQ(form, plan.node_input[1][0]);
        } else if (rule.output == OutputRule::kRange || rule.output == OutputRule::kConcat) {
            EXPECT_EQ(form, quantization_with_headroom(format, -4, 5));
        } else if (rule.output == OutputRule::kRelu) {
            EXPECT_EQ(form, quantization_with_headroom(format, 0, 5));
        }
    }
}

TEST_P(EveryOp, TakesThePrecisionOfTheModelOrOfItsProducer) {
    const OpRule& rule = op_rules()[GetParam()];
    GraphBuilder builder;
    const ir::ValueId x = builder.conv("conv", builder.input("x", -1, 1), -2, 3);
    std::vector<ir::ValueId> inputs = {x};
    if (rule.has_weights) inputs.push_back(builder.constant("w", {1.0F}));
    builder.output(builder.node(std::string(rule.op), "op", inputs, -4, 5));
    PrecisionRules rules;
    rules.rules.push_back({"conv", Precision::kW8A16, "layers.yaml:7"});
    const Plan plan = make_plan(builder.graph, builder.ranges, rules);
    EXPECT_EQ(plan.node_precision[1], rule.follows_producer ? Precision::kW8A16 : Precision::kW8A8);
}

INSTANTIATE_TEST_SUITE_P(Legality, EveryOp, testing::Range<size_t>(0, op_rules().size()),
                         [](const auto& info) { return std::string(op_rules()[info.param].op); });

TEST(Legality, HoldsEachOperatorOnce) {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const OpRule& rule : op_rules()) {
        EXPECT_TRUE(seen.insert({rule.domain, rule.op}).second) << rule.op;
        EXPECT_FALSE(rule.precisions.list().empty()) << rule.op;
        EXPECT_FALSE(rule.has_weights && rule.reads_constants) << rule.op;
    }
}

TEST(Legality, UnknownOperatorsAreNamed) {
    GraphBuilder builder;
    const ir::ValueId x = builder.input("x", -1, 1);
    builder.node("Softmin", "odd", {x}, 0, 1);
    EXPECT_EQ(error_of(builder.graph),
              "node `odd` (Softmin): no kernel for the operator Softmin (did you mean `Softmax`?)");
    builder.node("Relu", "foreign", {x}, 0, 1);
    builder.graph.nodes.back().domain = "com.acme";
    EXPECT_EQ(error_of(builder.graph).rfind("node `foreign` (Relu): no kernel for the operator com.acme:Relu", 0), 0U);
}

TEST(Legality, WeightsMustBeConstant) {
    GraphBuilder builder;
    const ir::ValueId x = builder.input("x", -1, 1), y = builder.input("y", -1, 1);
    for (const char* op : {"MatMul", "Gemm", "Conv"}) {
        builder.node(op, op, {x, y}, 0, 1);
        EXPECT_EQ(error_of(builder.graph),
                  "node `" + std::string(op) + "` (" + op +
                      "): input `y` is computed at run time; weights and biases must be constant");
    }
}

TEST(Legality, PrecisionsAnOperatorLacksAreErrorsWithTheLegalOnes) {
    const OpRule rule = {"Norm", "",   {Precision::kW8A16, Precision::kF32}, OutputRule::kRange, false, false,
                         false,  false};
    ir::Node node;
    node.name = "n1";
    node.op = "Norm";
    for (Precision legal : {Precision::kW8A16, Precision::kF32}) {
        EXPECT_NO_THROW(require_legal(rule, node, legal, "layers.yaml:7"));
    }
    try {
        require_legal(rule, node, Precision::kW8A8, "layers.yaml:7");
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "layers.yaml:7: node `n1` (Norm) cannot be computed in w8a8 (legal: w8a16, f32)");
    }
}

}  // namespace
}  // namespace tinamix::quantize
