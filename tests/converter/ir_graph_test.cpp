// Tensors and graph edits of the IR.
#include <gtest/gtest.h>

#include <cstdint>

#include "diagnostics/error.h"
#include "ir/graph.h"

namespace tinamix::ir {
namespace {

TEST(IrShape, CountsElementsAndNoticesTheImpossible) {
    EXPECT_EQ(element_count({}), 1);
    EXPECT_EQ(element_count({2, 3, 4}), 24);
    EXPECT_EQ(element_count({2, 0, 4}), 0);
    EXPECT_THROW(element_count({-1}), Error);
    EXPECT_THROW(element_count({INT64_MAX, 2}), Error);
    EXPECT_EQ(shape_text({1, 3, 224, 224}), "1x3x224x224");
    EXPECT_EQ(shape_text({}), "scalar");
}

TEST(IrTensor, IsZeroFilledAlignedAndConverts) {
    const Tensor zeros(ElementType::kInt16, {3});
    EXPECT_EQ(zeros.to_ints(), (std::vector<int64_t>{0, 0, 0}));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(zeros.raw()) % 64, 0U);
    const Tensor flags = Tensor::from<bool>({2}, {true, false});
    EXPECT_EQ(flags.to_floats(), (std::vector<float>{1, 0}));
    EXPECT_THROW(Tensor::from<float>({2}, {1}), Error);
    EXPECT_THROW(Tensor::from<float>({1}, {1}).to_ints(), Error);
}

TEST(IrTensor, ShowsItsDataUnderAnotherShape) {
    const Tensor tensor = Tensor::from<float>({2, 3}, {1, 2, 3, 4, 5, 6});
    EXPECT_EQ(tensor.reshaped({3, 2}).shape(), (Shape{3, 2}));
    EXPECT_EQ(tensor.reshaped({6}).to_floats(), tensor.to_floats());
    EXPECT_THROW(tensor.reshaped({4}), Error);
}

TEST(IrNode, AttributesOfTheWrongTypeAreErrors) {
    Node node;
    node.attributes["axis"] = int64_t{2};
    EXPECT_EQ(node.integer("axis", 0), 2);
    EXPECT_EQ(node.integer("group", 1), 1);
    EXPECT_THROW(node.text("axis", ""), Error);
}

TEST(IrGraph, NamesOfValuesAreUnique) {
    Graph graph;
    graph.add_value("a", ElementType::kFloat32, {1});
    EXPECT_THROW(graph.add_value("a", ElementType::kFloat32, {2}), Error);
}

TEST(IrGraph, RemoveDeadKeepsWhatOutputsNeedAndRenumbers) {
    Graph graph;
    const ValueId unused = graph.add_constant("unused", Tensor(ElementType::kFloat32, {1}));
    const ValueId x = graph.add_value("x", ElementType::kFloat32, {1});
    const ValueId dead = graph.add_value("dead", ElementType::kFloat32, {1});
    const ValueId y = graph.add_value("y", ElementType::kFloat32, {1});
    graph.inputs = {x};
    graph.outputs = {y};
    graph.nodes.push_back({"d", "Relu", "", {}, {unused}, {dead}, ""});
    graph.nodes.push_back({"r", "Relu", "", {}, {x}, {y}, ""});
    graph.remove_dead();
    ASSERT_EQ(graph.nodes.size(), 1U);
    ASSERT_EQ(graph.values.size(), 2U);
    EXPECT_EQ(graph.value(graph.nodes[0].inputs[0]).name, "x");
    EXPECT_EQ(graph.value(graph.outputs[0]).name, "y");
    EXPECT_EQ(graph.producer(graph.outputs[0]), 0);
    EXPECT_EQ(graph.consumers(graph.inputs[0]), (std::vector<int>{0}));
}

}  // namespace
}  // namespace tinamix::ir
