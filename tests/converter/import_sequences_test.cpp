// Sequences of tensors are resolved while a model is read: what is taken out is what was put in.
#include <gtest/gtest.h>

#include "diagnostics/error.h"
#include "float/executor.h"
#include "import/onnx_import.h"
#include "import_model_builder.h"
#include "temporary_folder.h"

namespace tinamix {
namespace {

using Floats = std::vector<float>;

/// A model over x [2, 3] = 0..5.
class SequenceModel : public ModelBuilder {
  public:
    explicit SequenceModel(int64_t opset = 13) : ModelBuilder(opset) { input("x", {2, 3}); }
    SequenceModel& makes(const std::string& name) {
        graph().add_output()->set_name(name);
        return *this;
    }
    ir::Graph import() const {
        const test::TemporaryFolder folder;
        save(folder.file("model.onnx"));
        return import::import_onnx(folder.file("model.onnx"));
    }
    ir::Tensor run() const {
        const ir::Graph graph = import();
        return float_exec::Executor(graph).run({ir::Tensor::from<float>({2, 3}, {0, 1, 2, 3, 4, 5})})[0];
    }
    std::string error() const {
        try {
            import();
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }
};

TEST(Sequences, PartsOfASplit) {
    for (const int64_t opset : {11, 13}) {
        SequenceModel model(opset);
        model.ints("sizes", {1, 2}).ints("last", {-1});
        ModelBuilder::int_attribute(model.node("SplitToSequence", {"x", "sizes"}, {"parts"}), "axis", 1);
        model.node("SequenceAt", {"parts", "last"}, {"y"});
        EXPECT_EQ(model.makes("y").run().to_floats(), (Floats{1, 2, 4, 5})) << opset;
    }
}

TEST(Sequences, SplitsByOneLoseTheAxisWhenAsked) {
    SequenceModel model;
    model.ints("first", {0});
    onnx::NodeProto& split = model.node("SplitToSequence", {"x"}, {"rows"});
    ModelBuilder::int_attribute(split, "keepdims", 0);
    model.node("SequenceAt", {"rows", "first"}, {"y"});
    const ir::Tensor y = model.makes("y").run();
    EXPECT_EQ(y.shape(), (ir::Shape{3}));
    EXPECT_EQ(y.to_floats(), (Floats{0, 1, 2}));
}

TEST(Sequences, BuiltStepByStepAndJoined) {
    SequenceModel model;
    model.ints("front", {0});
    model.node("Neg", {"x"}, {"n"});
    model.node("SequenceEmpty", {}, {"s0"});
    model.node("SequenceInsert", {"s0", "x"}, {"s1"});
    model.node("SequenceInsert", {"s1", "n", "front"}, {"s2"});
    model.node("SequenceInsert", {"s2", "x"}, {"s3"});
    model.node("SequenceErase", {"s3"}, {"s4"});
    onnx::NodeProto& join = model.node("ConcatFromSequence", {"s4"}, {"y"});
    ModelBuilder::int_attribute(join, "axis", 0);
    ModelBuilder::int_attribute(join, "new_axis", 1);
    const ir::Tensor y = model.makes("y").run();
    EXPECT_EQ(y.shape(), (ir::Shape{2, 2, 3}));
    EXPECT_EQ(y.to_floats(), (Floats{0, -1, -2, -3, -4, -5, 0, 1, 2, 3, 4, 5}));
}

TEST(Sequences, LengthsAreConstants) {
    SequenceModel model;
    model.node("SequenceConstruct", {"x", "x", "x"}, {"s"});
    model.node("SequenceLength", {"s"}, {"n"});
    onnx::AttributeProto& to = *model.node("Cast", {"n"}, {"y"}).add_attribute();
    to.set_name("to");
    to.set_type(onnx::AttributeProto::INT);
    to.set_i(onnx::TensorProto::FLOAT);
    EXPECT_EQ(model.makes("y").run().to_floats(), Floats{3});
}

TEST(Sequences, WhatCannotBeResolvedIsNamed) {
    SequenceModel outside;
    outside.ints("two", {2});
    outside.node("SequenceConstruct", {"x", "x"}, {"s"});
    outside.node("SequenceAt", {"s", "two"}, {"y"}, "pick");
    EXPECT_NE(outside.makes("y").error().find("SequenceAt `pick`: position 2 is outside of a sequence of 2"),
              std::string::npos)
        << outside.error();

    SequenceModel computed;
    computed.input("at", {1}, onnx::TensorProto::INT64);
    computed.node("SequenceConstruct", {"x", "x"}, {"s"});
    computed.node("SequenceAt", {"s", "at"}, {"y"}, "pick");
    EXPECT_NE(computed.makes("y").error().find("the position `at` in the sequence is computed at run time"),
              std::string::npos)
        << computed.error();

    SequenceModel mapped(17);
    mapped.node("SequenceConstruct", {"x", "x"}, {"s"});
    mapped.node("SequenceMap", {"s"}, {"t"}, "each");
    mapped.node("ConcatFromSequence", {"t"}, {"y"}, "join");
    EXPECT_NE(mapped.makes("y").error().find("SequenceMap `each`: this operator on sequences of tensors is not"),
              std::string::npos)
        << mapped.error();

    SequenceModel interface;
    interface.node("SequenceConstruct", {"x"}, {"s"});
    EXPECT_NE(interface.makes("s").error().find("the output `s`"), std::string::npos);
}

}  // namespace
}  // namespace tinamix
