// Inputs that the user fixes, shapes that follow from them, and shapes found by running a node.
#include <gtest/gtest.h>

#include "float/executor.h"
#include "import/onnx_import.h"
#include "import_model_builder.h"
#include "temporary_folder.h"

namespace tinamix {
namespace {

class ConstantInputs : public testing::Test {
  protected:
    ir::Graph import(const ModelBuilder& model, const std::map<std::string, ir::Tensor>& constants) {
        model.save(folder_.file("model.onnx"));
        import::ImportOptions options;
        options.constant_inputs = constants;
        return import::import_onnx(folder_.file("model.onnx"), options);
    }
    std::string error(const ModelBuilder& model, const std::map<std::string, ir::Tensor>& constants) {
        try {
            import(model, constants);
        } catch (const Error& problem) {
            return problem.what();
        }
        return "no error";
    }
    static ModelBuilder reshape() {
        ModelBuilder model;
        model.input("x", {2, 3}).input("shape", {2}, onnx::TensorProto::INT64).output("y", {3, 2});
        model.node("Reshape", {"x", "shape"}, {"y"}, "turn");
        return model;
    }

    test::TemporaryFolder folder_;
};

TEST_F(ConstantInputs, DecideAboutShapesAndAreNoInputsAnyMore) {
    const ir::Graph graph = import(reshape(), {{"shape", ir::Tensor::from<int64_t>({2}, {3, 2})}});
    EXPECT_EQ(graph.inputs.size(), 1U);
    EXPECT_EQ(graph.value(graph.outputs[0]).shape, (ir::Shape{3, 2}));
}

TEST_F(ConstantInputs, WithoutThemTheShapeIsUnknown) {
    EXPECT_NE(error(reshape(), {})
                  .find("Reshape `turn`: the shape of its output depends on the content of input 1 (`shape`)"),
              std::string::npos);
}

TEST_F(ConstantInputs, MustBeWhatTheModelDeclares) {
    EXPECT_NE(error(reshape(), {{"shape", ir::Tensor::from<int64_t>({3}, {3, 2, 1})}})
                  .find("input `shape`: its constant is int64 3, which is not what the model declares"),
              std::string::npos);
    EXPECT_NE(error(reshape(), {{"shape", ir::Tensor::from<int32_t>({2}, {3, 2})}}).find("its constant is int32 2"),
              std::string::npos);
}

TEST_F(ConstantInputs, UnknownNamesAreErrors) {
    EXPECT_NE(error(reshape(), {{"shapes", ir::Tensor::from<int64_t>({2}, {3, 2})}})
                  .find("has no input `shapes` (did you mean `shape`?)"),
              std::string::npos);
}

TEST_F(ConstantInputs, ResultsAsLongAsTheDataSaysAreKnown) {
    ModelBuilder model;
    model.input("x", {4}).output("y", {0, 0}, onnx::TensorProto::INT64);
    model.node("NonZero", {"x"}, {"y"});
    const ir::Graph graph = import(model, {{"x", ir::Tensor::from<float>({4}, {0, 1, 0, 2})}});
    EXPECT_EQ(float_exec::Executor(graph).run({}).at(0).to_ints(), (std::vector<int64_t>{1, 3}));
}

TEST_F(ConstantInputs, AShapeThatFollowsFromShapesNeedsNone) {
    ModelBuilder model;
    model.input("a", {2, 3}).input("b", {3, 4}).output("y", {2, 4});
    onnx::AttributeProto& equation = *model.node("Einsum", {"a", "b"}, {"y"}).add_attribute();
    equation.set_name("equation");
    equation.set_type(onnx::AttributeProto::STRING);
    equation.set_s("ij,jk->ik");
    const ir::Graph graph = import(model, {});
    EXPECT_EQ(graph.value(graph.outputs[0]).shape, (ir::Shape{2, 4}));
}

}  // namespace
}  // namespace tinamix
