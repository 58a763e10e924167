// What the importer makes of valid files.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "float/executor.h"
#include "import/onnx_import.h"
#include "import_model_builder.h"
#include "temporary_folder.h"

namespace tinamix {
namespace {

using onnx::TensorProto;
using Floats = std::vector<float>;

ir::Graph import(const ModelBuilder& model, const import::ImportOptions& options = {}) {
    const test::TemporaryFolder folder;
    model.save(folder.file("model.onnx"));
    return import::import_onnx(folder.file("model.onnx"), options);
}

ModelBuilder relu_model(const std::vector<int64_t>& shape) {
    ModelBuilder model;
    model.input("x", shape).output("y", shape);
    model.node("Relu", {"x"}, {"y"}, "act");
    return model;
}

TEST(ImportShapes, SymbolicBatchIsOne) {
    const ir::Graph graph = import(relu_model({0, 3, 4}));
    EXPECT_EQ(graph.value(graph.inputs[0]).shape, (ir::Shape{1, 3, 4}));
    EXPECT_EQ(graph.value(graph.outputs[0]).shape, (ir::Shape{1, 3, 4}));
}

TEST(ImportShapes, OtherSymbolicDimensionsComeFromTheOptions) {
    import::ImportOptions options;
    options.input_shapes["x"] = {2, 3, 5};
    const ir::Graph graph = import(relu_model({0, 3, 0}), options);
    EXPECT_EQ(graph.value(graph.outputs[0]).shape, (ir::Shape{2, 3, 5}));
}

TEST(ImportShapes, FollowShapesThatTheModelComputes) {
    // y = Reshape(x, [Shape(x)[0], -1]), as exporters write it.
    ModelBuilder model;
    model.input("x", {0, 3, 4}).output("y", {0, 0}).ints("zero", {0}).ints("rest", {-1});
    model.node("Shape", {"x"}, {"s"});
    model.node("Gather", {"s", "zero"}, {"n"});
    ModelBuilder::int_attribute(model.node("Concat", {"n", "rest"}, {"target"}), "axis", 0);
    model.node("Reshape", {"x", "target"}, {"y"});
    const ir::Graph graph = import(model);
    EXPECT_EQ(graph.value(graph.outputs[0]).shape, (ir::Shape{1, 12}));
}

TEST(ImportShapes, KnowFormsNewerThanTheLibrary) {
    ModelBuilder model(21);
    model.input("x", {1, 2, 7}).output("mean", {1, 2, 1}).output("a", {1, 2, 4}).output("b", {1, 2, 3});
    model.output("padded", {1, 2, 9}).ints("axes", {2}).ints("pads", {1, 1});
    model.node("ReduceMean", {"x", "axes"}, {"mean"});
    onnx::NodeProto& split = model.node("Split", {"x"}, {"a", "b"});
    ModelBuilder::int_attribute(split, "num_outputs", 2);
    ModelBuilder::int_attribute(split, "axis", 2);
    model.node("Pad", {"x", "pads", "", "axes"}, {"padded"});
    const ir::Graph graph = import(model);
    EXPECT_EQ(graph.opset, 21);
    const auto out = float_exec::Executor(graph).run(
        {ir::Tensor::from<float>({1, 2, 7}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13})});
    EXPECT_EQ(out[0].to_floats(), (Floats{3, 10}));
    EXPECT_EQ(out[2].to_floats(), (Floats{4, 5, 6, 11, 12, 13}));
    EXPECT_EQ(out[3].shape(), (ir::Shape{1, 2, 9}));
}

TEST(ImportNames, NodesWithoutNamesTakeTheirOutputsAndStayUnique) {
    ModelBuilder model;
    model.input("x", {2}).output("c", {2});
    model.node("Relu", {"x"}, {"a"});
    model.node("Relu", {"a"}, {"b"}, "a");
    model.node("Relu", {"b"}, {"c"}, "a");
    const ir::Graph graph = import(model);
    EXPECT_EQ(graph.nodes[0].name, "a");
    EXPECT_EQ(graph.nodes[1].name, "a_1");
    EXPECT_EQ(graph.nodes[2].name, "a_2");
}

TEST(ImportNodes, ConstantsIdentityAndDropoutDisappear) {
    ModelBuilder model(11);
    model.input("x", {2}).output("y", {2});
    onnx::AttributeProto& value = *model.node("Constant", {}, {"two"}).add_attribute();
    value.set_name("value");
    value.set_type(onnx::AttributeProto::TENSOR);
    value.mutable_t()->set_data_type(TensorProto::FLOAT);
    value.mutable_t()->add_float_data(2);
    model.node("Identity", {"x"}, {"same"});
    model.node("Mul", {"same", "two"}, {"product"});
    model.node("Dropout", {"product"}, {"y"});
    const ir::Graph graph = import(model);
    ASSERT_EQ(graph.nodes.size(), 1U);
    EXPECT_EQ(graph.nodes[0].op, "Mul");
    EXPECT_EQ(graph.value(graph.outputs[0]).name, "y");
    EXPECT_TRUE(graph.is_constant(graph.find_value("two")));
    EXPECT_EQ(float_exec::Executor(graph).run({ir::Tensor::from<float>({2}, {1, 2})})[0].to_floats(), (Floats{2, 4}));
}

TEST(ImportNodes, IdentityStaysWhereAnOutputNeedsItsName) {
    ModelBuilder model;
    model.input("x", {2}).output("y", {2}).output("a", {2}).output("b", {2});
    model.node("Identity", {"x"}, {"y"});
    model.node("Relu", {"x"}, {"a"});
    model.node("Identity", {"a"}, {"b"});
    const ir::Graph graph = import(model);
    ASSERT_EQ(graph.outputs.size(), 3U);
    EXPECT_EQ(graph.value(graph.outputs[0]).name, "y");
    EXPECT_EQ(graph.value(graph.outputs[1]).name, "a");
    EXPECT_EQ(graph.value(graph.outputs[2]).name, "b");
    const auto out = float_exec::Executor(graph).run({ir::Tensor::from<float>({2}, {-1, 2})});
    EXPECT_EQ(out[0].to_floats(), (Floats{-1, 2}));
    EXPECT_EQ(out[2].to_floats(), (Floats{0, 2}));
}

TEST(ImportTensors, ReadsTypedFieldsRawBytesAndHalfPrecision) {
    ModelBuilder model;
    model.input("x", {2}).output("y", {2});
    model.node("Relu", {"x"}, {"y"});
    const float raw[2] = {1.5F, -2};
    model.initializer("raw", {2}, TensorProto::FLOAT).set_raw_data(raw, sizeof raw);
    TensorProto& bytes = model.initializer("bytes", {3}, TensorProto::INT8);
    for (int value : {-128, 0, 127}) {
        bytes.add_int32_data(value);
    }
    const uint16_t half[5] = {0x3C00, 0xC000, 0x0001, 0x7C00, 0x7E00};
    model.initializer("half", {5}, TensorProto::FLOAT16).set_raw_data(half, sizeof half);
    TensorProto& brain = model.initializer("brain", {1}, TensorProto::BFLOAT16);
    brain.add_int32_data(0x3FC0);
    const char flags[3] = {0, 1, 77};
    model.initializer("flags", {3}, TensorProto::BOOL).set_raw_data(flags, sizeof flags);
    const ir::Graph graph = import(model);
    auto constant = [&](const char* name) { return *graph.value(graph.find_value(name)).constant; };
    EXPECT_EQ(constant("raw").to_floats(), (Floats{1.5F, -2}));
    EXPECT_EQ(constant("bytes").to_ints(), (std::vector<int64_t>{-128, 0, 127}));
    const Floats widened = constant("half").to_floats();
    EXPECT_EQ(widened[0], 1.0F);
    EXPECT_EQ(widened[1], -2.0F);
    EXPECT_EQ(widened[2], std::ldexp(1.0F, -24));
    EXPECT_TRUE(std::isinf(widened[3]));
    EXPECT_TRUE(std::isnan(widened[4]));
    EXPECT_EQ(constant("brain").to_floats(), (Floats{1.5F}));
    EXPECT_EQ(constant("flags").to_ints(), (std::vector<int64_t>{0, 1, 1}));
}

TEST(ImportTensors, ReadsExternalDataBesideTheModel) {
    const test::TemporaryFolder folder;
    const float values[3] = {9, 1, 2};
    folder.write("weights.bin", std::string(reinterpret_cast<const char*>(values), sizeof values));
    ModelBuilder model;
    model.input("x", {2}).output("y", {2});
    TensorProto& tensor = model.initializer("w", {2}, TensorProto::FLOAT);
    tensor.set_data_location(TensorProto::EXTERNAL);
    auto entry = [&](const char* key, const char* value) {
        auto* pair = tensor.add_external_data();
        pair->set_key(key);
        pair->set_value(value);
    };
    entry("location", "weights.bin");
    entry("offset", "4");
    entry("length", "8");
    model.node("Add", {"x", "w"}, {"y"});
    model.save(folder.file("model.onnx"));
    const ir::Graph graph = import::import_onnx(folder.file("model.onnx"));
    EXPECT_EQ(graph.value(graph.find_value("w")).constant->to_floats(), (Floats{1, 2}));
}

TEST(ImportInputs, InitializersAmongTheInputsAreConstants) {
    ModelBuilder model(8);
    model.input("x", {2}).input("w", {2}).output("y", {2}).floats("w", {2}, {1, 2});
    model.node("Add", {"x", "w"}, {"y"});
    const ir::Graph graph = import(model);
    EXPECT_EQ(graph.inputs.size(), 1U);
}

}  // namespace
}  // namespace tinamix
