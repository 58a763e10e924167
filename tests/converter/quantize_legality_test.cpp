// The table of operators: every one of them in every precision, and the messages that come from it.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "diagnostics/error.h"
#include "quantize/legality.h"
#include "quantize/node_precision.h"
#include "quantize/operator_table.h"
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
        if (rule.op == "Pow") inputs.push_back(builder.constant("k", {3.0F}));
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
    if (rule.op == "Pow") inputs.push_back(builder.constant("k", {3.0F}));
    builder.output(builder.node(std::string(rule.op), "op", inputs, -4, 5));
    PrecisionRules rules;
    rules.rules.push_back({"conv", Precision::kW8A16, "layers.yaml:7"});
    const Plan plan = make_plan(builder.graph, builder.ranges, rules);
    const Precision asked = rule.follows_producer ? Precision::kW8A16 : Precision::kW8A8;
    const Precision given = rule.in_nearest.contains(asked) ? nearest_legal(rule, asked)
                            : rule.in_float.contains(asked) ? Precision::kF32
                                                            : asked;
    EXPECT_EQ(plan.node_precision[1], given);
}

INSTANTIATE_TEST_SUITE_P(Legality, EveryOp, testing::Range<size_t>(0, op_rules().size()), [](const auto& info) {
    const OpRule& rule = op_rules()[info.param];
    return std::string(rule.domain.empty() ? "" : "tinamix_") + std::string(rule.op);
});

TEST(Legality, HoldsEachOperatorOnce) {
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const OpRule& rule : op_rules()) {
        EXPECT_TRUE(seen.insert({rule.domain, rule.op}).second) << rule.op;
        EXPECT_FALSE(rule.precisions.list().empty()) << rule.op;
        EXPECT_FALSE(rule.has_weights && rule.reads_constants) << rule.op;
        for (Precision precision : rule.in_float.list()) {
            EXPECT_FALSE(rule.precisions.contains(precision)) << rule.op;
            EXPECT_TRUE(rule.precisions.contains(Precision::kF32)) << rule.op;
            EXPECT_FALSE(rule.note.empty()) << rule.op << " must say why it runs in f32";
        }
    }
    for (const RewrittenOp& rewritten : rewritten_ops()) {
        EXPECT_TRUE(seen.insert({"", rewritten.op}).second) << rewritten.op;
    }
}

TEST(Legality, UnknownOperatorsAreNamed) {
    GraphBuilder builder;
    const ir::ValueId x = builder.input("x", -1, 1);
    builder.node("Softmin", "odd", {x}, 0, 1);
    EXPECT_EQ(error_of(builder.graph),
              "node `odd` (Softmin): no kernel for the operator Softmin (did you mean `Softmax`, `Softsign`?)");
    builder.node("Relu", "foreign", {x}, 0, 1);
    builder.graph.nodes.back().domain = "com.acme";
    EXPECT_EQ(error_of(builder.graph).rfind("node `foreign` (Relu): no kernel for the operator com.acme:Relu", 0), 0U);
}

TEST(Legality, DynamicQuantizationIsNamed) {
    for (const char* op : {"ConvInteger", "DynamicQuantizeLinear", "MatMulInteger"}) {
        GraphBuilder builder;
        builder.node(op, "sums", {builder.input("x", -1, 1)}, 0, 1);
        EXPECT_NE(error_of(builder.graph).find("(dynamic quantization), for which there are no kernels"),
                  std::string::npos);
    }
}

TEST(Legality, MaximaOfCodesAreRefusedByType) {
    for (const char* op : {"MaxPool", "GlobalMaxPool"}) {
        GraphBuilder builder;
        const ir::ValueId x = builder.input("x", -1, 1);
        builder.graph.value(x).type = ir::ElementType::kUInt8;
        const ir::ValueId y = builder.node(op, "pool", {x}, 0, 1);
        builder.graph.value(y).type = ir::ElementType::kUInt8;
        EXPECT_NE(error_of(builder.graph).find("its input `x` is uint8; it can only do float32"), std::string::npos)
            << error_of(builder.graph);
    }
}

TEST(Legality, AllNodesWithoutKernelsAreOneError) {
    GraphBuilder builder;
    const ir::ValueId x = builder.input("x", -1, 1);
    const ir::ValueId a = builder.node("Softmin", "odd", {x}, 0, 1);
    const ir::ValueId b = builder.node("Relu", "fine", {a}, 0, 1);
    builder.output(builder.node("Conv", "dynamic", {b, x}, 0, 1));
    try {
        std::vector<HeadJoin> joins;
        assign_node_precisions(builder.graph, {}, joins);
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(),
                     "net: 2 nodes cannot be converted:\n"
                     "  Softmin `odd`: no kernel for the operator Softmin (did you mean `Softmax`, `Softsign`?)\n"
                     "  Conv `dynamic`: input `x` is computed at run time; weights and biases must be constant");
    }
}

TEST(Legality, WeightsMustBeConstant) {
    GraphBuilder builder;
    const ir::ValueId x = builder.input("x", -1, 1), y = builder.input("y", -1, 1);
    for (const OpRule& rule : op_rules()) {
        if (!rule.has_weights || rule.limit != nullptr || rule.op == "MatMul") continue;  // MatMul: test below
        const std::string op(rule.op);
        builder.node(op, op, {x, y}, 0, 1);
        EXPECT_EQ(
            error_of(builder.graph),
            "node `" + op + "` (" + op + "): input `y` is computed at run time; weights and biases must be constant");
    }
}

TEST(Legality, MatMulOfComputedOperandsHasNoWeights) {
    GraphBuilder builder;
    const ir::ValueId x = builder.input("x", -1, 1), y = builder.input("y", -1, 1);
    builder.node("MatMul", "product", {x, y}, 0, 1);
    EXPECT_FALSE(op_rule(builder.graph, builder.graph.nodes.back()).has_weights);
}

TEST(Legality, PrecisionsAnOperatorLacksNameTheNearestLegalOne) {
    const OpRule rule = {"Norm", "",   {Precision::kW8A16, Precision::kF32}, OutputRule::kRange, false, false,
                         false,  false};
    for (Precision legal : {Precision::kW8A16, Precision::kF32}) EXPECT_EQ(reason_against(rule, legal), "");
    EXPECT_EQ(reason_against(rule, Precision::kW8A8), "cannot be computed in w8a8 (nearest: w8a16; legal: w8a16, f32)");
    EXPECT_EQ(nearest_legal(rule, Precision::kW16A16), Precision::kF32);
    const OpRule narrow = {"Low", "", {Precision::kW8A8}, OutputRule::kRange, false, false, false, false};
    EXPECT_EQ(nearest_legal(narrow, Precision::kF32), Precision::kW8A8);
}

TEST(Legality, TargetsAreGlobs) {
    OpRule rule = {"Norm", "", {Precision::kF32}, OutputRule::kRange, false, false, false, false};
    EXPECT_TRUE(runs_on(rule, "v853"));
    rule.targets = "t527 k*";
    EXPECT_TRUE(runs_on(rule, "t527"));
    EXPECT_TRUE(runs_on(rule, "k1"));
    EXPECT_FALSE(runs_on(rule, "v853"));
}

TEST(OperatorTable, DocumentationIsUpToDate) {
    std::ifstream file(std::string(TINAMIX_SOURCE_DIR) + "/docs/operators.md");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_EQ(text.str(), operators_markdown()) << "run: tinamix operators --markdown > docs/operators.md";
}

TEST(OperatorTable, JsonHoldsEveryOperator) {
    const nlohmann::ordered_json json = operators_json();
    EXPECT_EQ(json["operators"].size(), op_rules().size());
    for (const auto& row : json["operators"]) EXPECT_EQ(row["precisions"].size(), 4U) << row["op"];
}

}  // namespace
}  // namespace tinamix::quantize
