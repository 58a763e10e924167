// Shape rules and numbers that make no sense: each an error that says so, where libonnx's own inference would divide by
// zero, read past an end or ask for all memory there is.
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "diagnostics/error.h"
#include "import/onnx_import.h"
#include "import_model_builder.h"
#include "temporary_folder.h"

namespace tinamix {
namespace {

constexpr int64_t kMost = std::numeric_limits<int64_t>::max(), kLeast = std::numeric_limits<int64_t>::min();
using Ints = std::vector<int64_t>;

/// y = op(x [2, 4, 6, 8], inputs...) with everything that `complete` adds.
std::string error(const std::string& op, const std::vector<std::string>& inputs,
                  const std::function<void(ModelBuilder&, onnx::NodeProto&)>& complete, int64_t opset = 13) {
    ModelBuilder model(opset);
    model.input("x", {2, 4, 6, 8});
    model.graph().add_output()->set_name("y");
    std::vector<std::string> names = {"x"};
    names.insert(names.end(), inputs.begin(), inputs.end());
    onnx::NodeProto& node = model.node(op, names, {"y"}, "node");
    complete(model, node);
    const test::TemporaryFolder folder;
    model.save(folder.file("model.onnx"));
    try {
        import::import_onnx(folder.file("model.onnx"));
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

/// With one integer attribute.
std::string error(const std::string& op, const std::string& attribute, int64_t value, int64_t opset = 13) {
    return error(
        op, {}, [&](ModelBuilder&, onnx::NodeProto& node) { ModelBuilder::int_attribute(node, attribute, value); },
        opset);
}

/// With one list of integers as the second input.
std::string list_error(const std::string& op, const Ints& values, int64_t opset = 13) {
    return error(
        op, {"list"}, [&](ModelBuilder& model, onnx::NodeProto&) { model.ints("list", values); }, opset);
}

#define EXPECT_SAYS(error, part) EXPECT_NE((error).find(part), std::string::npos) << "the error says: " << (error)

TEST(HostileShapes, AxesOutsideTheTensor) {
    for (const int64_t axis : {int64_t{4}, int64_t{-5}, kMost, kLeast}) {
        for (const char* op : {"Softmax", "Concat", "ArgMax", "Split", "LpNormalization"}) {
            EXPECT_SAYS(error(op, "axis", axis), "of a tensor with 4 dimensions");
        }
    }
    EXPECT_SAYS(error("Flatten", "axis", 5), "of a tensor with 4 dimensions");
    EXPECT_EQ(error("Flatten", "axis", 4), "") << "Flatten may name the end";
    EXPECT_SAYS(list_error("Unsqueeze", {0, 0}), "an axis is named twice");
    EXPECT_SAYS(list_error("Squeeze", {kLeast}), "of a tensor with 4 dimensions");
    EXPECT_SAYS(list_error("ReduceSum", {7}), "of a tensor with 4 dimensions");
    EXPECT_SAYS(error("Transpose", {},
                      [](ModelBuilder&, onnx::NodeProto& node) {
                          ModelBuilder::ints_attribute(node, "perm", {0, 1, 1, 3});
                      }),
                "`perm` names an axis twice");
}

TEST(HostileShapes, BatchDimensionsOfGatherND) {
    for (const int64_t dims : {int64_t{-1}, int64_t{2}, int64_t{3}, kMost, kLeast}) {
        EXPECT_SAYS(error("GatherND", {"list"},
                          [&](ModelBuilder& model, onnx::NodeProto& node) {
                              model.initializer("list", {2, 1}, onnx::TensorProto::INT64).mutable_int64_data()->Add(0);
                              model.graph().mutable_initializer(0)->add_int64_data(0);
                              ModelBuilder::int_attribute(node, "batch_dims", dims);
                          }),
                    "`batch_dims` is out of range");
    }
    EXPECT_SAYS(list_error("GatherND", {0, 0, 0, 0, 0}), "the indices name more axes than the data has");
}

TEST(HostileShapes, BlocksAndCounts) {
    for (const int64_t size : {int64_t{0}, int64_t{-2}, kMost}) {
        EXPECT_SAYS(error("DepthToSpace", "blocksize", size), "`blocksize` is out of range");
        EXPECT_SAYS(error("SpaceToDepth", "blocksize", size), "`blocksize` is out of range");
    }
    EXPECT_SAYS(error("SpaceToDepth", "blocksize", 4), "does not divide into blocks");
    EXPECT_SAYS(error("TopK", {"list"},
                      [](ModelBuilder& model, onnx::NodeProto& node) {
                          model.ints("list", {-1});
                          node.add_output("indices");
                      }),
                "k is not within the axis");
    EXPECT_SAYS(error("Split", "num_outputs", 3, 18), "`num_outputs` differs from the number of outputs");
    EXPECT_SAYS(list_error("Split", {9}), "a size is out of range");
}

TEST(HostileShapes, SizesBeyondAnyTensor) {
    EXPECT_SAYS(list_error("Tile", {1 << 20, 1 << 20, 1, 1}), "makes `y` of an impossible shape");
    EXPECT_SAYS(list_error("Tile", {kMost, 1, 1, 1}), "a repeat is out of range");
    EXPECT_SAYS(list_error("Expand", {kMost, 1, 1, 1, 1}), "makes `y` of an impossible shape");
    EXPECT_SAYS(list_error("Expand", {-1, 1, 1, 1, 1}), "the wanted shape has a negative dimension");
    EXPECT_SAYS(list_error("Expand", Ints(100, 1)), "impossible shape");
    EXPECT_SAYS(list_error("Reshape", {kMost, kMost}), "the shape has an impossible dimension");
    EXPECT_SAYS(list_error("Reshape", {-1, -1}), "the shape has two unknown dimensions");
    EXPECT_SAYS(list_error("Reshape", {5, -1}), "the elements do not fill the shape");
    EXPECT_SAYS(list_error("Reshape", {0, 0, 0, 0, 0}), "where the input has no dimension");
    EXPECT_SAYS(list_error("Pad", {0, 0, 0, 0, kMost, 0, 0, 0}), "a pad is out of range");
    EXPECT_SAYS(list_error("Pad", {0, 0, 0, 0, 1 << 30, 1 << 30, 0, 0}), "makes `y` of an impossible shape");
    EXPECT_SAYS(list_error("Pad", {-2, 0, 0, 0, -1, 0, 0, 0}), "the pads remove more than there is");
    EXPECT_SAYS(list_error("Pad", {1, 1}), "there must be two pads per axis");
}

TEST(HostileShapes, RanksThatDoNotFit) {
    const auto weights = [](const ir::Shape& shape) {
        return [shape](ModelBuilder& model, onnx::NodeProto&) {
            model.floats("w", shape, std::vector<float>(static_cast<size_t>(ir::element_count(shape)), 0));
        };
    };
    EXPECT_SAYS(error("Conv", {"w"}, weights({4, 4})), "input and weights must have as many dimensions");
    EXPECT_SAYS(error("Conv", {"w"}, weights({})), "input and weights must have as many dimensions");
    EXPECT_SAYS(error("ConvTranspose", {"w"}, weights({3})), "input and weights must have as many dimensions");
    EXPECT_SAYS(error("MatMul", {"w"}, weights({})), "the inputs must not be scalars");
    EXPECT_SAYS(error("MatMul", {"w"}, weights({7, 2})), "the inner dimensions of A and B differ");
    EXPECT_SAYS(error("Gemm", {"w"}, weights({8, 2})), "A and B must be matrices");
    EXPECT_SAYS(error("Add", {"w"}, weights({5})), "do not broadcast");
    EXPECT_SAYS(error("Einsum", {"w"},
                      [&](ModelBuilder& model, onnx::NodeProto& node) {
                          weights({2})(model, node);
                          onnx::AttributeProto& equation = *node.add_attribute();
                          equation.set_name("equation");
                          equation.set_type(onnx::AttributeProto::STRING);
                          equation.set_s("abcd,ab->a");
                      }),
                "the equation does not fit the inputs");
    EXPECT_SAYS(error("Det", "axis", 0), "has no attribute `axis`");
    EXPECT_SAYS(error("Det", {}, [](ModelBuilder&, onnx::NodeProto&) {}), "the input must be square matrices");
    EXPECT_SAYS(error("LSTM", {"w", "w"},
                      [&](ModelBuilder& model, onnx::NodeProto& node) {
                          weights({1, 4, 4})(model, node);
                          ModelBuilder::int_attribute(node, "hidden_size", 1);
                      }),
                "X must have three dimensions");
}

TEST(HostileShapes, RequiredInputsWithoutAName) {
    const auto nothing = [](ModelBuilder&, onnx::NodeProto&) {};
    EXPECT_SAYS(error("Conv", {""}, nothing), "input 1 is marked single but has an empty string");
    EXPECT_SAYS(error("Pad", {""}, nothing, 18), "input 1 is missing");
    EXPECT_SAYS(error("Sum", {""}, nothing), "input 1 is missing");
    EXPECT_SAYS(error(
                    "Split", {},
                    [](ModelBuilder&, onnx::NodeProto& node) {
                        node.set_output(0, "");
                        node.add_output("y");
                    },
                    18),
                "output 0 is missing");
}

TEST(NewerForms, AreCheckedLikeOthers) {
    EXPECT_SAYS(error("AveragePool", "dilation", 2, 19), "has no attribute `dilation` (did you mean `dilations`");
    EXPECT_SAYS(error("AveragePool", "dilations", 2, 19), "attribute `dilations` is of the wrong type");
    EXPECT_SAYS(list_error("Mish", {1}, 18), "has 2 inputs and 1 outputs");
    EXPECT_SAYS(error("ReduceMax", "axes", 1, 18), "has no attribute `axes`");
}

}  // namespace
}  // namespace tinamix
