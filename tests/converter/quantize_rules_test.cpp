// Which layer gets which precision: patterns, the file of rules, and their errors.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "diagnostics/error.h"
#include "quantize/node_precision.h"
#include "quantize/plan.h"
#include "quantize_graph_builder.h"

namespace tinamix::quantize {
namespace {

using Named = std::vector<std::pair<std::string, Precision>>;

template <typename Function>
std::string error_of(Function&& function) {
    try {
        function();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(Glob, MatchesTheWholeText) {
    EXPECT_TRUE(glob_matches("conv1", "conv1"));
    EXPECT_FALSE(glob_matches("conv", "conv1"));
    EXPECT_FALSE(glob_matches("onv1", "conv1"));
    EXPECT_TRUE(glob_matches("", ""));
    EXPECT_FALSE(glob_matches("", "a"));
    EXPECT_FALSE(glob_matches("a", ""));
    EXPECT_TRUE(glob_matches("conv?", "conv1"));
    EXPECT_FALSE(glob_matches("conv?", "conv"));
}

TEST(Glob, StarCrossesSlashes) {
    EXPECT_TRUE(glob_matches("*", ""));
    EXPECT_TRUE(glob_matches("/model.24/*", "/model.24/m.0/Conv"));
    EXPECT_TRUE(glob_matches("*/Conv", "/model.24/m.0/Conv"));
    EXPECT_TRUE(glob_matches("*model*m.?*Conv*", "/model.24/m.0/Conv"));
    EXPECT_FALSE(glob_matches("*/Conv", "/model.24/m.0/Conv_1"));
    EXPECT_TRUE(glob_matches("a*b*c", "aXbXbXc"));
    EXPECT_FALSE(glob_matches("a*b*c", "aXcXb"));
    EXPECT_TRUE(glob_matches("**a**", "a"));
}

TEST(Glob, ManyStarsStayFast) {
    const std::string text(5000, 'a');
    EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*a*a*b", text));
}

TEST(Glob, SetsHoldCharactersAndRanges) {
    EXPECT_TRUE(glob_matches("m.[0-2]", "m.1"));
    EXPECT_FALSE(glob_matches("m.[0-2]", "m.3"));
    EXPECT_TRUE(glob_matches("[xyz]1", "y1"));
    EXPECT_TRUE(glob_matches("[!xyz]1", "a1"));
    EXPECT_FALSE(glob_matches("[!xyz]1", "x1"));
    EXPECT_TRUE(glob_matches("[]x]", "]"));
    EXPECT_TRUE(glob_matches("[a-]", "-"));
    EXPECT_TRUE(glob_matches("*[0-9]/*", "layer7/Conv"));
    EXPECT_TRUE(glob_matches("a[b", "a[b"));
    EXPECT_TRUE(glob_matches("a\\*b", "a*b"));
    EXPECT_FALSE(glob_matches("a\\*b", "aXb"));
    EXPECT_TRUE(glob_matches("a\\", "a\\"));
}

TEST(PrecisionNames, AreReadAndWritten) {
    for (Precision precision : {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16, Precision::kF32}) {
        EXPECT_EQ(precision_from_name(precision_name(precision)), precision);
    }
    EXPECT_EQ(precision_from_name("int8"), Precision::kW8A8);
    EXPECT_EQ(precision_from_name("int16"), Precision::kW16A16);
    EXPECT_EQ(precision_from_name("float"), Precision::kF32);
    EXPECT_EQ(
        error_of([] { precision_from_name("w8a17"); }).rfind("unknown precision `w8a17` (did you mean `w8a16`", 0), 0U);
    EXPECT_EQ(error_of([] { precision_from_name("quick"); }),
              "unknown precision `quick` (one of w8a8, w8a16, w16a16, f32, int8, int16, float)");
}

class RulesTest : public testing::Test {
  protected:
    RulesTest() {
        const ir::ValueId x = builder_.input("x", -1, 1);
        const ir::ValueId a = builder_.conv("/stage1/conv", x, -1, 1);
        const ir::ValueId b = builder_.conv("/stage2/conv", a, -1, 1);
        const ir::ValueId c = builder_.node("Relu", "/stage2/relu", {b}, 0, 1);
        builder_.output(builder_.node("Softmax", "scores", {c}, 0, 1));
    }
    std::vector<Precision> precisions(const Named& named) const {
        PrecisionRules rules;
        for (const auto& [pattern, precision] : named) rules.rules.push_back({pattern, precision, "layers.yaml:7"});
        std::vector<HeadJoin> joins;
        return assign_node_precisions(builder_.graph, rules, joins);
    }

    GraphBuilder builder_;
};

constexpr Precision k8 = Precision::kW8A8, k816 = Precision::kW8A16, k16 = Precision::kW16A16, kF = Precision::kF32;

TEST_F(RulesTest, NameNodesByNamePatternOrOutput) {
    EXPECT_EQ(precisions({}), (std::vector{k8, k8, k8, k8}));
    EXPECT_EQ(precisions({{"/stage1/conv", k16}}), (std::vector{k16, k8, k8, k8}));
    EXPECT_EQ(precisions({{"/stage1/conv_out", k16}}), (std::vector{k16, k8, k8, k8}));
    EXPECT_EQ(precisions({{"*conv", k816}}), (std::vector{k816, k816, k816, k8}));
    EXPECT_EQ(precisions({{"*", kF}}), (std::vector{kF, kF, kF, kF}));
}

TEST_F(RulesTest, TheLastMatchWins) {
    EXPECT_EQ(precisions({{"*", k16}, {"/stage2/*", k8}}), (std::vector{k16, k8, k8, k16}));
    EXPECT_EQ(precisions({{"/stage2/*", k8}, {"*", k16}}), (std::vector{k16, k16, k16, k16}));
}

TEST_F(RulesTest, NamesWithPatternSignsMatchThemselves) {
    builder_.graph.nodes[0].name = "conv[0]";
    EXPECT_EQ(precisions({{"conv[0]", k16}}), (std::vector{k16, k8, k8, k8}));
}

TEST_F(RulesTest, NodesThatWereFusedAwayAreStillFoundByName) {
    builder_.graph.nodes[0].absorbed = {"/stage1/bn", "/stage1/sigmoid"};
    EXPECT_EQ(precisions({{"/stage1/sigmoid", k16}}), (std::vector{k16, k8, k8, k8}));
}

TEST_F(RulesTest, RulesThatMatchNothingAreErrorsWithTheNearestNames) {
    const std::string text = error_of([&] { precisions({{"/stage1/cnov", k16}}); });
    EXPECT_EQ(text.rfind("layers.yaml:7: no layer is called `/stage1/cnov` (did you mean `/stage1/conv`", 0), 0U)
        << text;
    EXPECT_EQ(error_of([&] { precisions({{"x", k16}}); }).rfind("layers.yaml:7: no layer is called `x`", 0), 0U);
    EXPECT_EQ(error_of([&] { precisions({{"zzzzz*", k16}}); }), "layers.yaml:7: no layer is called `zzzzz*`");
}

class LayerRulesFile : public testing::Test {
  protected:
    ~LayerRulesFile() override { std::filesystem::remove(path_); }
    std::vector<PrecisionRules::Rule> read(const std::string& text) const {
        std::ofstream(path_) << text;
        return read_layer_rules(path_);
    }
    /// The message with the folder taken away.
    std::string error(const std::string& text) const {
        std::string message = error_of([&] { read(text); });
        const size_t at = message.find(path_);
        return at == std::string::npos ? message : message.replace(at, path_.size(), "layers.yaml");
    }
    std::string path_ = testing::TempDir() + "quantize_rules_" +
                        testing::UnitTest::GetInstance()->current_test_info()->name() + ".yaml";
};

TEST_F(LayerRulesFile, ReadsMappingsInOrder) {
    const auto rules = read("# the head\nlayers:\n  \"*\": w8a8\n  /head/*: w16a16\n  box: float\n");
    ASSERT_EQ(rules.size(), 3U);
    EXPECT_EQ(rules[0].pattern, "*");
    EXPECT_EQ(rules[1].pattern, "/head/*");
    EXPECT_EQ(rules[1].precision, Precision::kW16A16);
    EXPECT_EQ(rules[1].where, path_ + ":4");
    EXPECT_EQ(rules[2].precision, Precision::kF32);
}

TEST_F(LayerRulesFile, ReadsLists) {
    for (const char* text : {"layers:\n- {name: a, precision: w8a16}\n- name: b\n  precision: f32\n",
                             "\n- {name: a, precision: w8a16}\n- name: b\n  precision: f32\n"}) {
        const auto rules = read(text);
        ASSERT_EQ(rules.size(), 2U);
        EXPECT_EQ(rules[0].pattern, "a");
        EXPECT_EQ(rules[0].precision, Precision::kW8A16);
        EXPECT_EQ(rules[0].where, path_ + ":2");
        EXPECT_EQ(rules[1].where, path_ + ":3");
    }
}

TEST_F(LayerRulesFile, RejectsWhatItDoesNotKnow) {
    EXPECT_EQ(error("layers:\n  a: w8a17\n").rfind("layers.yaml:2: unknown precision `w8a17` (did you mean `w8a16`", 0),
              0U);
    EXPECT_EQ(error("layres:\n  a: w8a8\n"), "layers.yaml:2: unknown key `layres` (did you mean `layers`?)");
    EXPECT_EQ(error("layers:\n- {name: a, percision: w8a8}\n"),
              "layers.yaml:2: unknown key `percision` (did you mean `precision`?)");
    EXPECT_EQ(error("layers:\n- {name: a}\n"), "layers.yaml:2: key `precision` is missing in `layers[0]`");
    EXPECT_EQ(error("layers:\n  \"\": w8a8\n"), "layers.yaml:2: the name of a layer is empty");
    EXPECT_EQ(error("layers: 3\n"),
              "layers.yaml:1: `layers` must be a mapping (name: precision) or a list of names and precisions");
    EXPECT_NE(error(""), "no error");
    EXPECT_NE(error("layers:\n  a: [w8a8]\n"), "no error");
    EXPECT_NE(error("layers:\n  a: w8a8\n  a: w16a16\n"), "no error");
    EXPECT_NE(error_of([] { read_layer_rules("/nowhere/layers.yaml"); }), "no error");
}

}  // namespace
}  // namespace tinamix::quantize
