// --constant-input: an input that never changes becomes part of the model, and shapes may follow from it.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include "formats/npy.h"
#include "tinamix_program.h"

namespace tinamix::tests {
namespace {

void add_input(onnx::GraphProto& graph, const std::string& name, int32_t type, const std::vector<int64_t>& shape) {
    onnx::ValueInfoProto& info = *graph.add_input();
    info.set_name(name);
    info.mutable_type()->mutable_tensor_type()->set_elem_type(type);
    for (const int64_t dim : shape) {
        info.mutable_type()->mutable_tensor_type()->mutable_shape()->add_dim()->set_dim_value(dim);
    }
}

/// y = Reshape(Neg(x [6]), shape [2])
std::string reshaping_model() {
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.add_opset_import()->set_version(13);
    onnx::GraphProto& graph = *model.mutable_graph();
    add_input(graph, "x", onnx::TensorProto::FLOAT, {6});
    add_input(graph, "shape", onnx::TensorProto::INT64, {2});
    onnx::NodeProto& function = *graph.add_node();
    function.set_op_type("Neg");
    function.add_input("x");
    function.add_output("n");
    onnx::NodeProto& node = *graph.add_node();
    node.set_op_type("Reshape");
    node.set_name("turn");
    node.add_input("n");
    node.add_input("shape");
    node.add_output("y");
    graph.add_output()->set_name("y");
    graph.mutable_output(0)->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
    return model.SerializeAsString();
}

class ConstantInput : public testing::Test {
  protected:
    ConstantInput() {
        place.write("m.onnx", reshaping_model());
        formats::write_npy(place.path("x.npy"), ir::Tensor::from<float>({6}, {1, 2, 3, 4, 5, 6}));
        formats::write_npy(place.path("shape.npy"), ir::Tensor::from<int64_t>({2}, {2, 3}));
    }
    Workplace place;
};

TEST_F(ConstantInput, DecidesShapes) {
    const Outcome without = place.tinamix({"run", "m.onnx", "-i", "x=x.npy", "-o", "out"});
    EXPECT_NE(without.status, 0);
    EXPECT_NE(without.err.find("depends on the content of input 1"), std::string::npos) << without.err;

    const Outcome with =
        place.tinamix({"run", "m.onnx", "--constant-input", "shape=shape.npy", "-i", "x=x.npy", "-o", "out"});
    ASSERT_EQ(with.status, 0) << with.err;
    const ir::Tensor y = formats::read_npy(place.path("out/out_0.npy"));
    EXPECT_EQ(y.shape(), (ir::Shape{2, 3}));
    EXPECT_EQ(y.data<float>()[5], -6.0F);
}

TEST_F(ConstantInput, IsPartOfAConvertedModel) {
    const Outcome made = place.tinamix(
        {"convert", "m.onnx", "-o", "m.tmx", "--precision", "float", "--constant-input", "shape=shape.npy"});
    ASSERT_EQ(made.status, 0) << made.err;
    const Outcome facts = place.tinamix({"inspect", "m.tmx", "--json"});
    EXPECT_NE(facts.out.find("\"constant_input\""), std::string::npos) << facts.out;
    const Outcome again = place.tinamix({"inspect", "m.tmx", "--constant-input", "shape=shape.npy"});
    EXPECT_EQ(again.status, 2);
    EXPECT_NE(again.err.find("the constants of a .tmx file are inside"), std::string::npos) << again.err;
}

TEST_F(ConstantInput, MustBeAnInputOfTheModelsTypeAndShape) {
    const auto error = [&](const std::string& option) {
        return place.tinamix({"inspect", "m.onnx", "--constant-input", option}).err;
    };
    EXPECT_NE(error("shap=shape.npy").find("has no input `shap` (did you mean `shape`"), std::string::npos);
    EXPECT_NE(error("shape=x.npy").find("which is not what the model declares"), std::string::npos);
    EXPECT_NE(error("shape.npy").find("is not NAME=x.npy"), std::string::npos);
    EXPECT_NE(error("shape=absent.npy").find("absent.npy"), std::string::npos);
}

}  // namespace
}  // namespace tinamix::tests
