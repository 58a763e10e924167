// Models that cannot be converted are shown as far as they can be understood, with everything that is in the way.
#include <gtest/gtest.h>

#include "diagnostics/error.h"
#include "import/onnx_import.h"
#include "import_model_builder.h"
#include "ir/known_part.h"
#include "optimize/optimize.h"
#include "pack/unsupported.h"
#include "temporary_folder.h"

namespace tinamix {
namespace {

import::Survey survey(const ModelBuilder& model){const test::TemporaryFolder folder;
model.save(folder.file("model.onnx"));
return import::survey_onnx(folder.file("model.onnx"));
}  // namespace

/// x -> Relu -> com.example:Magic -> Sigmoid -> y, and another branch that is fine.
ModelBuilder model_with_magic() {
    ModelBuilder model;
    model.input("x", {1, 4}).output("y", {1, 4}).output("z", {1, 4});
    model.node("Relu", {"x"}, {"r"}, "first");
    model.node("Magic", {"r"}, {"m"}, "magic").set_domain("com.example");
    model.node("Sigmoid", {"m"}, {"y"}, "last");
    model.node("Neg", {"r"}, {"z"}, "aside");
    return model;
}

TEST(ImportSurvey, ShowsTheWholeGraphAndWhatIsUnknownInIt) {
    const import::Survey result = survey(model_with_magic());
    ASSERT_EQ(result.unsupported.size(), 1U);
    EXPECT_EQ(result.unsupported[0].op, "Magic");
    EXPECT_EQ(result.unsupported[0].name, "magic");
    EXPECT_EQ(result.graph.nodes.size(), 4U);
    EXPECT_EQ(result.unknown.count(result.graph.find_value("m")), 1U);
    EXPECT_EQ(result.unknown.count(result.graph.find_value("z")), 0U);
    EXPECT_EQ(result.graph.value(result.graph.find_value("z")).shape, (ir::Shape{1, 4}));
}

TEST(ImportSurvey, BelievesTheModelAboutWhatItCannotInfer) {
    ModelBuilder model = model_with_magic();
    auto& info = *model.graph().add_value_info();
    info = model.graph().output(0);
    info.set_name("m");
    const import::Survey result = survey(model);
    EXPECT_TRUE(result.unknown.empty());
    EXPECT_EQ(result.graph.value(result.graph.find_value("m")).shape, (ir::Shape{1, 4}));
}

TEST(ImportSurvey, GoesOnBehindANodeWithAMistake) {
    ModelBuilder model;
    model.input("x", {1, 4}).output("y", {1, 4});
    ModelBuilder::int_attribute(model.node("Softmax", {"x"}, {"a"}, "one"), "axiss", 1);
    ModelBuilder::int_attribute(model.node("Softmax", {"a"}, {"b"}, "two"), "axis", 7);
    model.node("Sigmoyd", {"x"}, {"y"}, "three");
    const import::Survey result = survey(model);
    ASSERT_EQ(result.unsupported.size(), 2U);  // what reads an unknown tensor may be right or wrong
    EXPECT_EQ(result.unsupported[0].reason, "has no attribute `axiss` (did you mean `axis`?)");
    EXPECT_EQ(result.unsupported[1].name, "three");
}

TEST(KnownPart, CutsOutWhatIsNotUnderstood) {
    const import::Survey result = survey(model_with_magic());
    const ir::Graph part = ir::known_part(result.graph, result.unsupported_nodes, result.unknown);
    ASSERT_EQ(part.nodes.size(), 2U);
    EXPECT_EQ(part.nodes[0].name, "first");
    EXPECT_EQ(part.nodes[1].name, "aside");
    EXPECT_EQ(part.outputs.size(), 2U);  // what the magic reads, and z
}

TEST(UnsupportedNodes, AreListedFromEveryStageOfTheConversion) {
    // A norm has no board form with this attribute, Cast none between these types, the Relu between is fine.
    ModelBuilder model;
    model.input("x", {4, 4}).output("y", {4, 4});
    ModelBuilder::int_attribute(model.node("LpNormalization", {"x"}, {"g"}, "taxicab"), "p", 1);
    model.node("Relu", {"g"}, {"r"}, "act");
    model.node("Det", {"r"}, {"d"}, "determinant");
    model.node("Cast", {"r"}, {"i"}, "to int").add_attribute()->CopyFrom([] {
        onnx::AttributeProto to;
        to.set_name("to");
        to.set_type(onnx::AttributeProto::INT);
        to.set_i(onnx::TensorProto::INT32);
        return to;
    }());
    model.node("Cast", {"i"}, {"y"}, "to float").add_attribute()->CopyFrom([] {
        onnx::AttributeProto to;
        to.set_name("to");
        to.set_type(onnx::AttributeProto::INT);
        to.set_i(onnx::TensorProto::FLOAT);
        return to;
    }());
    import::Survey result = survey(model);
    ir::Graph part = ir::known_part(result.graph, result.unsupported_nodes, result.unknown);
    optimize::optimize(part);
    std::vector<std::string> names;
    for (const Unsupported& node : result.unsupported) {
        names.push_back(node.name);
    }
    for (const Unsupported& node : pack::unsupported_nodes(part, {}, pack::target_from_name("generic"))) {
        names.push_back(node.name);
        EXPECT_FALSE(node.reason.empty());
    }
    for (const char* wanted : {"to int", "taxicab"}) {
        EXPECT_NE(std::find(names.begin(), names.end(), wanted), names.end()) << wanted;
    }
    EXPECT_EQ(std::find(names.begin(), names.end(), "act"), names.end());
}

TEST(UnsupportedNodes, AreNoneInAModelThatConverts) {
    ModelBuilder model;
    model.input("x", {1, 3, 8, 8}).output("y", {1, 2, 8, 8}).floats("w", {2, 3, 1, 1}, std::vector<float>(6, 0.5F));
    model.node("Conv", {"x", "w"}, {"c"}, "conv");
    model.node("Relu", {"c"}, {"y"}, "act");
    ir::Graph graph = survey(model).graph;
    optimize::optimize(graph);
    EXPECT_TRUE(pack::unsupported_nodes(graph, {}, pack::target_from_name("generic")).empty());
}

}  // namespace tinamix
}  // namespace tinamix
