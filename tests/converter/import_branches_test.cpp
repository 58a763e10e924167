// If with a constant condition: the branch that it chooses takes the place of the node.
#include <gtest/gtest.h>

#include "diagnostics/error.h"
#include "float/executor.h"
#include "import/onnx_import.h"
#include "import_model_builder.h"
#include "temporary_folder.h"

namespace tinamix {
namespace {

using onnx::TensorProto;
using Floats = std::vector<float>;

ir::Graph import(const ModelBuilder& model) {
    const test::TemporaryFolder folder;
    model.save(folder.file("model.onnx"));
    return import::import_onnx(folder.file("model.onnx"));
}

std::string import_error(const ModelBuilder& model) {
    try {
        import(model);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

/// A branch with nodes added by `fill`, which gives back `output`.
template <typename Fill>
void add_branch(onnx::NodeProto& node, const std::string& name, const std::string& output, const Fill& fill) {
    ModelBuilder branch;
    fill(branch);
    branch.graph().add_output()->set_name(output);
    onnx::AttributeProto& attribute = *node.add_attribute();
    attribute.set_name(name);
    attribute.set_type(onnx::AttributeProto::GRAPH);
    *attribute.mutable_g() = branch.graph();
}

/// y = condition ? Relu(x) : x + offset, where both branches call their tensors alike.
ModelBuilder choice(bool condition) {
    ModelBuilder model;
    model.input("x", {2}).output("y", {2});
    model.initializer("condition", {1}, TensorProto::BOOL).add_int32_data(condition ? 1 : 0);
    onnx::NodeProto& node = model.node("If", {"condition"}, {"y"}, "choose");
    add_branch(node, "then_branch", "inner", [](ModelBuilder& b) { b.node("Relu", {"x"}, {"inner"}, "act"); });
    add_branch(node, "else_branch", "inner", [](ModelBuilder& b) {
        b.floats("offset", {2}, {10, 20});
        b.node("Add", {"x", "offset"}, {"sum"}, "shift");
        b.node("Identity", {"sum"}, {"inner"});
    });
    return model;
}

Floats run(const ir::Graph& graph, const Floats& x) {
    return float_exec::Executor(graph)
        .run({ir::Tensor::from<float>({static_cast<int64_t>(x.size())}, x)})[0]
        .to_floats();
}

TEST(ImportBranches, TheChosenOneTakesThePlaceOfTheNode) {
    const ir::Graph yes = import(choice(true)), no = import(choice(false));
    ASSERT_EQ(yes.nodes.size(), 1U);
    EXPECT_EQ(yes.nodes[0].name, "act");
    EXPECT_EQ(yes.value(yes.outputs[0]).name, "y");
    EXPECT_EQ(run(yes, {-1, 1}), (Floats{0, 1}));
    ASSERT_EQ(no.nodes.size(), 1U);
    EXPECT_EQ(run(no, {-1, 1}), (Floats{9, 21}));
}

TEST(ImportBranches, TheOtherOneMayHoldAnything) {
    ModelBuilder model = choice(true);
    auto& attributes = *model.graph().mutable_node(0)->mutable_attribute();
    attributes[1].mutable_g()->mutable_node(0)->set_op_type("NoSuchOperator");
    EXPECT_EQ(import(model).nodes.size(), 1U);
}

TEST(ImportBranches, NestAndNeedNoUniqueNames) {
    // Both Ifs call the result of their branch `inner`; the second stands inside a branch of a third.
    ModelBuilder model;
    model.input("x", {2}).output("y", {2});
    model.initializer("yes", {}, TensorProto::BOOL).add_int32_data(1);
    auto relu = [](ModelBuilder& b) { b.node("Relu", {"x"}, {"inner"}, "act"); };
    onnx::NodeProto& first = model.node("If", {"yes"}, {"a"}, "first");
    add_branch(first, "then_branch", "inner", relu);
    add_branch(first, "else_branch", "inner", relu);
    onnx::NodeProto& outer = model.node("If", {"yes"}, {"b"}, "outer");
    auto nested = [&](ModelBuilder& b) {
        onnx::NodeProto& second = b.node("If", {"yes"}, {"middle"}, "second");
        add_branch(second, "then_branch", "inner", [](ModelBuilder& c) { c.node("Neg", {"a"}, {"inner"}, "act"); });
        add_branch(second, "else_branch", "inner", relu);
    };
    add_branch(outer, "then_branch", "middle", nested);
    add_branch(outer, "else_branch", "middle", nested);
    model.node("Add", {"a", "b"}, {"y"});
    const ir::Graph graph = import(model);
    ASSERT_EQ(graph.nodes.size(), 3U);
    EXPECT_EQ(graph.nodes[1].op, "Neg");
    EXPECT_EQ(graph.nodes[1].name, "act_1");
    EXPECT_EQ(graph.value(graph.nodes[0].outputs[0]).name, "inner");
    EXPECT_EQ(graph.value(graph.nodes[1].outputs[0]).name, "inner_1");
    EXPECT_EQ(run(graph, {-1, 3}), (Floats{0, 0}));
}

TEST(ImportBranches, ConditionsMayBeComputedFromShapes) {
    // If x has one row: Shape -> Gather -> Equal.
    ModelBuilder model;
    model.input("x", {0, 2}).output("y", {0, 2}).ints("zero", {0}).ints("one", {1});
    model.node("Shape", {"x"}, {"s"});
    model.node("Gather", {"s", "zero"}, {"rows"});
    model.node("Equal", {"rows", "one"}, {"single"});
    onnx::NodeProto& node = model.node("If", {"single"}, {"y"}, "choose");
    add_branch(node, "then_branch", "r", [](ModelBuilder& b) { b.node("Relu", {"x"}, {"r"}, "act"); });
    add_branch(node, "else_branch", "r", [](ModelBuilder& b) { b.node("Neg", {"x"}, {"r"}, "act"); });
    const ir::Graph graph = import(model);
    EXPECT_EQ(graph.nodes.back().op, "Relu");
}

TEST(ImportBranches, ConditionsThatDependOnDataAreErrors) {
    ModelBuilder model = choice(true);
    model.input("flag", {1}, TensorProto::BOOL);
    model.graph().mutable_node(0)->set_input(0, "flag");
    EXPECT_NE(import_error(model).find("If `choose`: its condition is computed at run time"), std::string::npos);
}

TEST(ImportBranches, EndlessNestingIsAnError) {
    ModelBuilder model;
    model.input("x", {2}).output("y", {2});
    model.initializer("yes", {}, TensorProto::BOOL).add_int32_data(1);
    onnx::GraphProto branch;
    {
        ModelBuilder inner;
        inner.node("Relu", {"x"}, {"r"});
        inner.graph().add_output()->set_name("r");
        branch = inner.graph();
    }
    for (int depth = 0; depth < 30; ++depth) {
        ModelBuilder around;
        onnx::NodeProto& node = around.node("If", {"yes"}, {"r"});
        for (const char* name : {"then_branch", "else_branch"}) {
            onnx::AttributeProto& attribute = *node.add_attribute();
            attribute.set_name(name);
            attribute.set_type(onnx::AttributeProto::GRAPH);
            if (name == std::string("then_branch")) {
                *attribute.mutable_g() = branch;
            }
        }
        around.graph().add_output()->set_name("r");
        branch = around.graph();
    }
    *model.graph().add_node() = branch.node(0);
    model.node("Relu", {"r"}, {"y"});
    EXPECT_NE(import_error(model).find("16 deep"), std::string::npos);
}

}  // namespace
}  // namespace tinamix
