// Models of opset 1 to 6: forms that did not change, old broadcasting, and what has no counterpart.
#include <gtest/gtest.h>

#include "float/executor.h"
#include "import/onnx_import.h"
#include "import_model_builder.h"
#include "temporary_folder.h"

namespace tinamix {
namespace {

using Floats = std::vector<float>;

class OldOpset : public testing::Test {
  protected:
    ir::Graph import(const ModelBuilder& model) {
        model.save(folder_.file("model.onnx"));
        return import::import_onnx(folder_.file("model.onnx"));
    }
    /// x [2, 3, 1] = 0..5, and the constant b = 10, 20, ...
    Floats run(ModelBuilder& model, const std::vector<int64_t>& b_shape, const Floats& b) {
        model.input("x", {2, 3, 1}).output("y", {2, 3, 1}).floats("b", b_shape, b);
        const ir::Graph graph = import(model);
        EXPECT_EQ(graph.opset, 7);
        return float_exec::Executor(graph)
            .run({ir::Tensor::from<float>({2, 3, 1}, {0, 1, 2, 3, 4, 5})})
            .at(0)
            .to_floats();
    }
    std::string error(ModelBuilder& model) {
        try {
            import(model);
        } catch (const Error& problem) {
            return problem.what();
        }
        return "no error";
    }

    test::TemporaryFolder folder_;
};

TEST_F(OldOpset, BroadcastsFromAnAxisOn) {
    ModelBuilder model(6);
    onnx::NodeProto& add = model.node("Add", {"x", "b"}, {"y"});
    ModelBuilder::int_attribute(add, "broadcast", 1);
    ModelBuilder::int_attribute(add, "axis", 1);
    EXPECT_EQ(run(model, {3}, {10, 20, 30}), (Floats{10, 21, 32, 13, 24, 35}));
}

TEST_F(OldOpset, BroadcastsToTheFrontAxis) {
    ModelBuilder model(6);
    onnx::NodeProto& add = model.node("Mul", {"x", "b"}, {"y"});
    ModelBuilder::int_attribute(add, "broadcast", 1);
    ModelBuilder::int_attribute(add, "axis", 0);
    EXPECT_EQ(run(model, {2}, {1, 10}), (Floats{0, 1, 2, 30, 40, 50}));
}

TEST_F(OldOpset, WithoutAxisTheLastDimensionsMeet) {
    ModelBuilder model(6);
    ModelBuilder::int_attribute(model.node("Sub", {"x", "b"}, {"y"}), "broadcast", 1);
    EXPECT_EQ(run(model, {3, 1}, {1, 1, 1}), (Floats{-1, 0, 1, 2, 3, 4}));
}

TEST_F(OldOpset, SlopesOfPReluBelongToChannels) {
    ModelBuilder model(6);
    model.node("Neg", {"x"}, {"n"});
    model.node("PRelu", {"n", "b"}, {"y"});
    EXPECT_EQ(run(model, {3}, {1, 10, 100}), (Floats{0, -10, -200, -3, -40, -500}));
}

TEST_F(OldOpset, FormsThatDidNotChangeAreTaken) {
    ModelBuilder model(1);
    model.input("x", {1, 2, 2, 2}).output("y", {1, 2, 1, 1});
    model.node("GlobalAveragePool", {"x"}, {"y"});
    EXPECT_EQ(import(model).nodes.size(), 1U);
}

TEST_F(OldOpset, ShapesThatDifferNeedTheAttribute) {
    ModelBuilder model(6);
    model.input("x", {2, 3}).output("y", {2, 3}).floats("b", {3}, {1, 2, 3}).node("Add", {"x", "b"}, {"y"}, "sum");
    EXPECT_NE(error(model).find("Add `sum`: adds shapes that differ without `broadcast`"), std::string::npos);
}

TEST_F(OldOpset, TrainingModeIsAnError) {
    ModelBuilder model(6);
    model.input("x", {2, 3}).output("y", {2, 3}).node("Dropout", {"x"}, {"y"}, "drop");
    EXPECT_NE(error(model).find("Dropout `drop`: training mode is not supported"), std::string::npos);
}

TEST_F(OldOpset, FormsWithoutCounterpartAreErrors) {
    ModelBuilder model(1);
    model.input("x", {2, 3}).output("y", {6});
    ModelBuilder::ints_attribute(model.node("Reshape", {"x"}, {"y"}, "flat"), "shape", {6});
    EXPECT_NE(error(model).find("Reshape `flat`: its form of opset 1 is not supported"), std::string::npos);
}

}  // namespace
}  // namespace tinamix
