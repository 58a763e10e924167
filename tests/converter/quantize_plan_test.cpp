// Number formats and scales of whole graphs.
#include <gtest/gtest.h>

#include <limits>

#include "diagnostics/error.h"
#include "quantize/fusion.h"
#include "quantize/plan.h"
#include "quantize_graph_builder.h"

namespace tinamix::quantize {
namespace {

constexpr NumberFormat kInt8 = NumberFormat::kInt8, kInt16 = NumberFormat::kInt16;

PrecisionRules rules_of(Precision base, const std::vector<std::pair<std::string, Precision>>& named = {}) {
    PrecisionRules rules;
    rules.base = base;
    for (const auto& [pattern, precision] : named) rules.rules.push_back({pattern, precision, "layers.yaml:7"});
    return rules;
}

class PlanTest : public testing::Test {
  protected:
    Plan plan(const PrecisionRules& rules) const { return make_plan(builder_.graph, builder_.ranges, rules); }
    std::string error(const PrecisionRules& rules) const {
        try {
            plan(rules);
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    }
    static const Quantization& of(const Plan& plan, ir::ValueId id) { return plan.value[static_cast<size_t>(id)]; }

    GraphBuilder builder_;
};

TEST_F(PlanTest, EachLayerHasTheFormatOfItsPrecision) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    const ir::ValueId a = builder_.conv("a", x, -2, 3), b = builder_.conv("b", a, -4, 4),
                      c = builder_.conv("c", b, 0, 5);
    builder_.output(c);
    const Plan mixed = plan(rules_of(Precision::kW8A8, {{"b", Precision::kW16A16}, {"c", Precision::kF32}}));
    EXPECT_EQ(mixed.node_precision, (std::vector<Precision>{Precision::kW8A8, Precision::kW16A16, Precision::kF32}));
    EXPECT_EQ(of(mixed, x), quantization_with_headroom(kInt8, -1, 1));
    EXPECT_EQ(of(mixed, a), quantization_with_headroom(kInt8, -2, 3));
    EXPECT_EQ(of(mixed, b), quantization_with_headroom(kInt16, -4, 4));
    EXPECT_EQ(of(mixed, c), Quantization{});
    EXPECT_EQ(mixed.node_input[0][0], of(mixed, x));
    EXPECT_EQ(mixed.node_input[1][0], widened_to_int16(of(mixed, a)));
    EXPECT_EQ(mixed.node_input[2][0], Quantization{});
    for (const auto& inputs : mixed.node_input) {
        EXPECT_EQ(inputs[1], Quantization{});  // weights are not quantized like activations
        EXPECT_EQ(inputs[2], Quantization{});
    }
}

TEST_F(PlanTest, OnlyInt8IsClipped) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    const ir::ValueId a = builder_.conv("a", x, -2, 3);
    builder_.output(builder_.conv("b", a, -4, 4));
    builder_.ranges.tensors["a_out"] = {-2, 3, -7, 9};  // a method has clipped what it observed
    EXPECT_EQ(of(plan(rules_of(Precision::kW8A8, {})), a), quantization_with_headroom(kInt8, -2, 3));
    EXPECT_EQ(of(plan(rules_of(Precision::kW8A16, {})), a), quantization_with_headroom(kInt16, -7, 9));
}

TEST_F(PlanTest, BordersToNarrowerFormatsUseTheRange) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    const ir::ValueId a = builder_.conv("a", x, -2, 3);
    const ir::ValueId b = builder_.conv("b", a, -4, 4), c = builder_.conv("c", a, -4, 4);
    builder_.output(b);
    builder_.output(c);
    for (Precision first : {Precision::kW16A16, Precision::kF32}) {
        const Plan mixed = plan(rules_of(Precision::kW8A8, {{"a", first}, {"c", Precision::kW8A16}}));
        EXPECT_EQ(mixed.node_input[1][0], quantization_with_headroom(kInt8, -2, 3));
        EXPECT_EQ(mixed.node_input[2][0], quantization_with_headroom(kInt16, -2, 3));
    }
}

TEST_F(PlanTest, MoversKeepTheirInputExactlyAcrossChains) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    ir::ValueId id = builder_.conv("conv", x, -2, 3);
    const ir::ValueId first = id;
    for (const char* op :
         {"MaxPool", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Split", "Resize"}) {
        id = builder_.node(op, op, {id}, -0.5F, 0.5F);
    }
    builder_.output(id);
    for (Precision precision : {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16, Precision::kF32}) {
        const Plan made = plan(rules_of(Precision::kW8A8, {{"conv", precision}}));
        for (size_t i = 0; i < builder_.graph.nodes.size(); ++i) {
            EXPECT_EQ(made.node_precision[i], precision);
            EXPECT_EQ(of(made, builder_.graph.nodes[i].outputs[0]), of(made, first));
            if (i > 0) {
                EXPECT_EQ(made.node_input[i][0], of(made, first));
            }
        }
    }
    const Plan named = plan(rules_of(Precision::kW8A8, {{"Flatten", Precision::kW16A16}}));
    EXPECT_EQ(named.node_precision[2], Precision::kW8A8);
    EXPECT_EQ(named.node_precision[3], Precision::kW16A16);
    EXPECT_EQ(of(named, id), widened_to_int16(of(named, first)));
}

TEST_F(PlanTest, EveryOutputOfASplitKeepsTheInput) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    const ir::ValueId a = builder_.conv("a", x, -2, 3);
    const ir::ValueId left = builder_.node("Split", "split", {a}, 0, 1);
    const ir::ValueId right = builder_.graph.add_value("right", ir::ElementType::kFloat32, {1});
    builder_.graph.nodes.back().outputs.push_back(right);
    builder_.output(left);
    builder_.output(right);
    const Plan made = plan(rules_of(Precision::kW8A8));
    EXPECT_EQ(of(made, left), of(made, a));
    EXPECT_EQ(of(made, right), of(made, a));
}

TEST_F(PlanTest, FixedRangesNeedNoCalibration) {
    const ir::ValueId x = builder_.input("x", -8, 8);
    std::vector<ir::ValueId> outputs;
    for (const char* op : {"Softmax", "Sigmoid", "HardSigmoid", "Tanh"}) {
        outputs.push_back(builder_.node(op, op, {x}, 0.1F, 0.2F));
        builder_.ranges.tensors.erase(std::string(op) + "_out");
        builder_.output(outputs.back());
    }
    const Plan narrow = plan(rules_of(Precision::kW8A8)), wide = plan(rules_of(Precision::kW8A16));
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(of(narrow, outputs[i]), (Quantization{kInt8, 1.0F / 256, -128}));
        EXPECT_EQ(of(wide, outputs[i]), (Quantization{kInt16, 1.0F / 32768, 0}));
    }
    EXPECT_EQ(of(narrow, outputs[3]), (Quantization{kInt8, 1.0F / 128, 0}));
    EXPECT_EQ(of(wide, outputs[3]), (Quantization{kInt16, 1.0F / 32768, 0}));
}

TEST_F(PlanTest, GraphInputsTakeTheHighestPrecisionOfTheirReaders) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    builder_.output(builder_.conv("a", x, -1, 1));
    builder_.output(builder_.conv("b", x, -1, 1));
    const auto format = [&](Precision a, Precision b) {
        return of(plan(rules_of(Precision::kW8A8, {{"a", a}, {"b", b}})), x).format;
    };
    EXPECT_EQ(format(Precision::kW8A8, Precision::kW8A8), kInt8);
    EXPECT_EQ(format(Precision::kW8A8, Precision::kW8A16), kInt16);
    EXPECT_EQ(format(Precision::kF32, Precision::kW8A8), kInt8);
    EXPECT_EQ(format(Precision::kW16A16, Precision::kF32), kInt16);
    EXPECT_EQ(format(Precision::kF32, Precision::kF32), NumberFormat::kFloat32);
}

TEST_F(PlanTest, MoversOfAGraphInputServeTheirReaders) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    const ir::ValueId y = builder_.node("Transpose", "t", {builder_.node("Reshape", "r", {x}, -1, 1)}, -1, 1);
    builder_.output(builder_.conv("a", y, -1, 1));
    builder_.output(builder_.conv("b", y, -1, 1));
    const Plan wide = plan(rules_of(Precision::kW8A8, {{"b", Precision::kW8A16}}));
    EXPECT_EQ(wide.node_precision[0], Precision::kW8A16);
    EXPECT_EQ(wide.node_precision[1], Precision::kW8A16);
    EXPECT_EQ(of(wide, x), quantization_with_headroom(kInt16, -1, 1));
    EXPECT_EQ(wide.node_input[2][0], quantization_with_headroom(kInt8, -1, 1));
    const Plan real = plan(rules_of(Precision::kW8A8, {{"[ab]", Precision::kF32}}));
    EXPECT_EQ(of(real, x), Quantization{});
}

TEST_F(PlanTest, ReluFusesIntoItsOnlyProducer) {
    for (const char* op : {"Relu", "Clip"}) {
        builder_ = GraphBuilder();
        const ir::ValueId x = builder_.input("x", -1, 1);
        const ir::ValueId a = builder_.conv("a", x, -7, 9);
        const ir::ValueId y = builder_.node(op, "act", {a}, 0, 6);
        builder_.output(y);
        const Plan made = plan(rules_of(Precision::kW8A8));
        EXPECT_TRUE(fuses_into_producer(builder_.graph, made, 1));
        EXPECT_FALSE(fuses_into_producer(builder_.graph, made, 0));
        EXPECT_EQ(of(made, a), quantization_with_headroom(kInt8, 0, 6));
        EXPECT_EQ(of(made, y), of(made, a));
        // Unnamed, it follows; named, it stays apart.
        const Plan both = plan(rules_of(Precision::kW8A8, {{"a", Precision::kF32}}));
        EXPECT_TRUE(fuses_into_producer(builder_.graph, both, 1));
        const Plan apart = plan(rules_of(Precision::kW8A8, {{"act", Precision::kW16A16}}));
        EXPECT_FALSE(fuses_into_producer(builder_.graph, apart, 1));
        EXPECT_EQ(of(apart, a), quantization_with_headroom(kInt8, -7, 9));
        EXPECT_EQ(of(apart, y), quantization_with_headroom(kInt16, 0, 6));
        // The same activations in both, whatever the weights are called.
        const Plan wide = plan(rules_of(Precision::kW8A16, {{"act", Precision::kW16A16}}));
        EXPECT_TRUE(fuses_into_producer(builder_.graph, wide, 1));
    }
}

TEST_F(PlanTest, ReluStaysApartWhereItsInputIsSeenByOthers) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    const ir::ValueId a = builder_.conv("a", x, -7, 9);
    builder_.output(builder_.node("Relu", "relu", {a}, 0, 6));
    builder_.output(a);
    EXPECT_FALSE(fuses_into_producer(builder_.graph, plan(rules_of(Precision::kW8A8)), 1));
    builder_.graph.outputs.pop_back();
    EXPECT_TRUE(fuses_into_producer(builder_.graph, plan(rules_of(Precision::kW8A8)), 1));
    builder_.output(builder_.conv("b", a, -1, 1));
    const Plan made = plan(rules_of(Precision::kW8A8));
    EXPECT_FALSE(fuses_into_producer(builder_.graph, made, 1));
    EXPECT_EQ(of(made, a), quantization_with_headroom(kInt8, -7, 9));
}

TEST_F(PlanTest, ReluOfMoversAndInputsStaysApart) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    const ir::ValueId p = builder_.node("MaxPool", "pool", {builder_.node("Relu", "r1", {x}, 0, 1)}, 0, 1);
    builder_.output(builder_.node("Relu", "r2", {p}, 0, 1));
    const Plan made = plan(rules_of(Precision::kW8A8));
    EXPECT_FALSE(fuses_into_producer(builder_.graph, made, 0));
    EXPECT_FALSE(fuses_into_producer(builder_.graph, made, 2));
}

TEST_F(PlanTest, ActivationsBoundTheirRange) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    const ir::ValueId relu = builder_.node("Relu", "relu", {builder_.conv("a", x, -7, 9)}, -1, 8);
    const ir::ValueId lo = builder_.constant("lo", {-2.0F}), hi = builder_.constant("hi", {6.0F});
    const ir::ValueId clip = builder_.node("Clip", "clip", {builder_.conv("b", x, -7, 9), lo, hi}, -7, 9);
    const ir::ValueId old = builder_.node("Clip", "old", {builder_.conv("c", x, -7, 9)}, -7, 9);
    builder_.graph.nodes.back().attributes["min"] = 0.0F;
    builder_.graph.nodes.back().attributes["max"] = 4.0F;
    const ir::ValueId open = builder_.node("Clip", "open", {builder_.conv("d", x, -7, 9), lo}, -7, 9);
    for (ir::ValueId id : {relu, clip, old, open}) builder_.output(id);
    const Plan made = plan(rules_of(Precision::kW8A8));
    EXPECT_EQ(of(made, relu), quantization_with_headroom(kInt8, 0, 8));
    EXPECT_EQ(of(made, clip), quantization_with_headroom(kInt8, -2, 6));
    EXPECT_EQ(of(made, old), quantization_with_headroom(kInt8, 0, 4));
    EXPECT_EQ(of(made, open), quantization_with_headroom(kInt8, -2, 9));
    const ActivationBounds bounds = activation_bounds(builder_.graph, builder_.graph.nodes.back());
    EXPECT_EQ(bounds.lo, -2.0);
    EXPECT_EQ(bounds.hi, std::numeric_limits<double>::infinity());
}

TEST_F(PlanTest, ClipNeedsConstantOrderedBounds) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    const ir::ValueId y = builder_.input("y", -1, 1);
    builder_.output(builder_.node("Clip", "clip", {x, y}, -1, 1));
    EXPECT_EQ(error(rules_of(Precision::kW8A8)),
              "node `clip` (Clip): the bound `y` is computed at run time; it must be constant");
    builder_.graph.nodes.back().inputs = {x, builder_.constant("lo", {2.0F}), builder_.constant("hi", {1.0F})};
    EXPECT_EQ(error(rules_of(Precision::kW8A8)), "node `clip` (Clip): [2, 1] is not a range to clip to");
    builder_.graph.nodes.back().inputs = {x, builder_.constant("two", {2.0F, 3.0F})};
    EXPECT_EQ(error(rules_of(Precision::kW8A8)), "node `clip` (Clip): the bound `two` has 2 elements instead of one");
}

TEST_F(PlanTest, ConcatOfEqualsCopiesAndOthersUseTheRange) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    const ir::ValueId a = builder_.node("Sigmoid", "a", {x}, 0.2F, 0.3F),
                      b = builder_.node("Sigmoid", "b", {x}, 0.1F, 0.4F);
    const ir::ValueId c = builder_.conv("c", x, -2, 3);
    const ir::ValueId equal = builder_.node("Concat", "equal", {a, b}, 0.1F, 0.4F);
    const ir::ValueId mixed = builder_.node("Concat", "mixed", {c, a}, -2, 3);
    const ir::ValueId constant = builder_.constant("k", {5.0F, 6.0F});
    const ir::ValueId with_constant = builder_.node("Concat", "constant", {c, constant}, -2, 6);
    for (ir::ValueId id : {equal, mixed, with_constant}) builder_.output(id);
    const Plan made = plan(rules_of(Precision::kW8A8));
    EXPECT_EQ(of(made, equal), of(made, a));
    EXPECT_EQ(of(made, mixed), quantization_with_headroom(kInt8, -2, 3));
    EXPECT_EQ(of(made, mixed), of(made, c));  // an input that has the whole range is copied
    EXPECT_EQ(of(made, with_constant), quantization_with_headroom(kInt8, -2, 6));
    EXPECT_EQ(made.node_input[5][0], of(made, c));
    EXPECT_EQ(made.node_input[5][1], quantization_with_headroom(kInt8, 5, 6));
}

TEST_F(PlanTest, WhatOnlyAConcatReadsIsMadeInItsForm) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    const ir::ValueId a = builder_.conv("a", x, -1, 1), b = builder_.conv("b", x, 0, 8),
                      c = builder_.conv("c", x, 0, 3);
    const ir::ValueId relu = builder_.node("Relu", "relu", {builder_.conv("d", x, -2, 2)}, 0, 2);
    const ir::ValueId resized = builder_.node("Resize", "resized", {a}, -1, 1);
    const ir::ValueId fixed = builder_.node("Sigmoid", "fixed", {x}, 0, 1);
    const ir::ValueId inner = builder_.node("Concat", "inner", {resized, relu}, -1, 2);
    const ir::ValueId outer = builder_.node("Concat", "outer", {inner, b, c, fixed}, -1, 8);
    builder_.output(builder_.conv("last", outer, 0, 1));
    builder_.output(c);
    for (const NumberFormat format : {kInt8, kInt16}) {
        const Plan made = plan(rules_of(format == kInt8 ? Precision::kW8A8 : Precision::kW16A16));
        const Quantization form = quantization_with_headroom(format, -1, 8);
        for (ir::ValueId id : {a, b, relu, resized, inner, outer}) EXPECT_EQ(of(made, id), form) << id;
        EXPECT_EQ(of(made, c), quantization_with_headroom(format, 0, 3));  // a user sees it
        EXPECT_NE(of(made, fixed), form);                                  // Sigmoid has no choice
    }
    // Another format than the Concat's is of no use to it.
    const Plan mixed = plan(rules_of(Precision::kW8A8, {{"b", Precision::kW8A16}}));
    EXPECT_EQ(of(mixed, b), quantization_with_headroom(kInt16, 0, 8));
    EXPECT_EQ(of(mixed, a), quantization_with_headroom(kInt8, -1, 8));
}

TEST_F(PlanTest, ConstantOperandsHaveTheirOwnExactScale) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    const ir::ValueId scalar = builder_.constant("c", {-3.0F}), row = builder_.constant("row", {0.0F, 51.0F, 255.0F});
    ir::ValueId y = x;
    for (const char* op : {"Add", "Sub", "Mul"}) {
        y = builder_.node(op, std::string(op) + "1", {y, scalar}, -4, 4);
        y = builder_.node(op, std::string(op) + "2", {row, y}, -4, 4);
    }
    builder_.output(y);
    const Plan narrow = plan(rules_of(Precision::kW8A8)), wide = plan(rules_of(Precision::kW16A16));
    const Plan real = plan(rules_of(Precision::kF32));
    for (size_t i = 0; i < 6; i += 2) {
        EXPECT_EQ(narrow.node_input[i][1], (Quantization{kInt8, static_cast<float>(3.0 / 127), 0}));
        EXPECT_EQ(wide.node_input[i][1], (Quantization{kInt16, static_cast<float>(3.0 / 32767), 0}));
        EXPECT_EQ(real.node_input[i][1], Quantization{});
        EXPECT_EQ(narrow.node_input[i + 1][0], (Quantization{kInt8, 1.0F, -128}));
    }
}

TEST_F(PlanTest, GraphOutputsKeepTheFormOfTheirProducer) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    const ir::ValueId a = builder_.conv("a", x, -2, 3);
    builder_.output(a);
    builder_.output(builder_.conv("b", a, -1, 1));
    EXPECT_EQ(of(plan(rules_of(Precision::kW8A8, {{"b", Precision::kW16A16}})), a),
              quantization_with_headroom(kInt8, -2, 3));
}

TEST_F(PlanTest, MissingRangesNameTensorAndMeasurement) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    const ir::ValueId a = builder_.conv("layer_a", x, -2, 3);
    const ir::ValueId m = builder_.node("MaxPool", "pool", {a}, -2, 3);
    builder_.output(m);
    builder_.ranges.tensors.erase("pool_out");
    EXPECT_EQ(error(rules_of(Precision::kW8A8)), "no error");  // keeps its input's
    builder_.ranges.tensors.erase("layer_a_out");
    builder_.ranges.tensors["layer_b_out"] = {};
    EXPECT_EQ(
        error(rules_of(Precision::kW8A8)),
        "tensor `layer_a_out`: the output of node `layer_a` (Conv) has no range in those measured on 64 samples of "
        "`net` (did you mean `layer_b_out`?)");
    EXPECT_EQ(error(rules_of(Precision::kF32)), "no error");
    builder_.ranges.tensors.clear();
    EXPECT_EQ(error(rules_of(Precision::kW8A8)),
              "tensor `x`: this input of the graph has no range in those measured on 64 samples of `net`");
}

TEST_F(PlanTest, ImpossibleRangesNameTheTensor) {
    builder_.output(builder_.conv("a", builder_.input("x", 1, -1), -2, 3));
    EXPECT_EQ(error(rules_of(Precision::kW8A8)), "tensor `x`: quantize: [1, -1] is not a range of values");
}

TEST_F(PlanTest, IntegerArithmeticAtRunTimeIsAnError) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    builder_.output(builder_.node("Add", "sum", {x, x}, -1, 1));
    builder_.graph.value(builder_.graph.outputs[0]).type = ir::ElementType::kInt64;
    EXPECT_EQ(error(rules_of(Precision::kW8A8)),
              "node `sum` (Add): computes int64 at run time (`sum_out`), which it can only do with float32");
}

TEST_F(PlanTest, IndicesAreMovedInEveryPrecision) {
    const ir::ValueId x = builder_.input("x", -1, 1);
    const ir::ValueId y = builder_.node("Reshape", "shape", {x}, -1, 1);
    builder_.output(y);
    builder_.graph.value(x).type = builder_.graph.value(y).type = ir::ElementType::kInt64;
    const Quantization index = {NumberFormat::kInt32, 1.0F, 0};
    for (Precision precision : {Precision::kW8A8, Precision::kW16A16, Precision::kF32}) {
        const Plan plan = make_plan(builder_.graph, builder_.ranges, rules_of(precision));
        EXPECT_EQ(plan.value[static_cast<size_t>(x)], index);
        EXPECT_EQ(plan.node_input[0][0], index);
        EXPECT_EQ(plan.value[static_cast<size_t>(y)], index);
    }
}

}  // namespace
}  // namespace tinamix::quantize
