// One operator in each of the forms that opset 7 to 21 gave it: read rightly, or refused with the reason.
#include <gtest/gtest.h>

#include <cmath>

#include "diagnostics/error.h"
#include "float/executor.h"
#include "float_op_runner.h"
#include "import/onnx_import.h"
#include "import_model_builder.h"
#include "temporary_folder.h"

namespace tinamix {
namespace {

using onnx::AttributeProto;
using onnx::NodeProto;
using Floats = std::vector<float>;
using Ints = std::vector<int64_t>;

/// A model of one node that reads `x`; more inputs are added by the test.
class OneNode {
  public:
    OneNode(int64_t opset, const std::string& op, const ir::Shape& x, std::vector<std::string> inputs = {"x"},
            int outputs = 1)
        : model_(opset), shape_(x) {
        model_.input("x", x);
        std::vector<std::string> names;
        for (int i = 0; i < outputs; ++i) {
            names.push_back("y" + std::to_string(i));
            auto& output = *model_.graph().add_output();
            output.set_name(names.back());
        }
        node_ = &model_.node(op, inputs, names, "the node");
    }
    OneNode& ints(const std::string& name, const Ints& values) {
        ModelBuilder::ints_attribute(*node_, name, values);
        return *this;
    }
    OneNode& integer(const std::string& name, int64_t value) {
        ModelBuilder::int_attribute(*node_, name, value);
        return *this;
    }
    OneNode& real(const std::string& name, float value) {
        AttributeProto& attribute = *node_->add_attribute();
        attribute.set_name(name);
        attribute.set_type(AttributeProto::FLOAT);
        attribute.set_f(value);
        return *this;
    }
    OneNode& reals(const std::string& name, const Floats& values) {
        AttributeProto& attribute = *node_->add_attribute();
        attribute.set_name(name);
        attribute.set_type(AttributeProto::FLOATS);
        attribute.mutable_floats()->Add(values.begin(), values.end());
        return *this;
    }
    OneNode& text(const std::string& name, const std::string& value) {
        AttributeProto& attribute = *node_->add_attribute();
        attribute.set_name(name);
        attribute.set_type(AttributeProto::STRING);
        attribute.set_s(value);
        return *this;
    }
    OneNode& with(const std::string& name, const Ints& values) {
        model_.ints(name, values);
        return *this;
    }
    OneNode& with(const std::string& name, const ir::Shape& shape, const Floats& values) {
        model_.floats(name, shape, values);
        return *this;
    }
    ModelBuilder& model() { return model_; }

    std::vector<ir::Tensor> run_all() const {
        const test::TemporaryFolder folder;
        model_.save(folder.file("model.onnx"));
        const ir::Graph graph = import::import_onnx(folder.file("model.onnx"));
        return float_exec::Executor(graph).run({ir::Tensor::from<float>(shape_, counting(ir::element_count(shape_)))});
    }
    /// The result for x = 0, 1, 2, ...
    Floats run() const { return run_all().at(0).to_floats(); }
    std::string error() const {
        try {
            run_all();
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }

  private:
    ModelBuilder model_;
    ir::Shape shape_;
    NodeProto* node_;
};

TEST(Opsets, SoftmaxFlattensBefore13) {
    const Floats old = OneNode(12, "Softmax", {1, 2, 2}).integer("axis", 1).run();
    EXPECT_NEAR(old[0] + old[1] + old[2] + old[3], 1, 1e-6);
    const Floats newer = OneNode(13, "Softmax", {1, 2, 2}).integer("axis", 1).run();
    EXPECT_NEAR(newer[0] + newer[2], 1, 1e-6);
    EXPECT_NEAR(newer[1] + newer[3], 1, 1e-6);
    // The default axis moved too.
    EXPECT_EQ(OneNode(11, "Softmax", {1, 2, 2}).run(), old);
}

TEST(Opsets, SliceTookAttributesBefore10) {
    const Floats wanted = {5, 6};
    EXPECT_EQ(OneNode(9, "Slice", {2, 4}).ints("starts", {1, 1}).ints("ends", {9, -1}).ints("axes", {0, 1}).run(),
              wanted);
    EXPECT_EQ(OneNode(9, "Slice", {2, 4}).ints("starts", {1, 1}).ints("ends", {2, 3}).run(), wanted);
    EXPECT_EQ(OneNode(10, "Slice", {2, 4}, {"x", "s", "e"}).with("s", {1, 1}).with("e", {2, 3}).run(), wanted);
}

TEST(Opsets, PadTookAttributesBefore11AndAxesFrom18) {
    const Floats wanted = {9, 0, 1, 9, 9, 2, 3, 9};
    EXPECT_EQ(OneNode(7, "Pad", {2, 2}).ints("pads", {0, 1, 0, 1}).real("value", 9).run(), wanted);
    OneNode newer(11, "Pad", {2, 2}, {"x", "p", "v"});
    EXPECT_EQ(newer.with("p", Ints{0, 1, 0, 1}).with("v", {}, {9}).run(), wanted);
    OneNode newest(18, "Pad", {2, 2}, {"x", "p", "v", "a"});
    EXPECT_EQ(newest.with("p", {1, 1}).with("v", {}, {9}).with("a", Ints{-1}).run(), wanted);
}

TEST(Opsets, ClipTookAttributesBefore11) {
    const Floats wanted = {1, 1, 2, 2};
    EXPECT_EQ(OneNode(7, "Clip", {4}).real("min", 1).real("max", 2).run(), wanted);
    EXPECT_EQ(OneNode(11, "Clip", {4}, {"x", "l", "h"}).with("l", {}, {1}).with("h", {}, {2}).run(), wanted);
    EXPECT_EQ(OneNode(12, "Clip", {4}, {"x", "", "h"}).with("h", {}, {2}).run(), (Floats{0, 1, 2, 2}));
}

TEST(Opsets, SqueezeAndUnsqueezeTookAttributesBefore13) {
    EXPECT_EQ(OneNode(12, "Squeeze", {1, 3, 1}).ints("axes", {0}).run_all()[0].shape(), (ir::Shape{3, 1}));
    EXPECT_EQ(OneNode(13, "Squeeze", {1, 3, 1}, {"x", "a"}).with("a", Ints{-1}).run_all()[0].shape(),
              (ir::Shape{1, 3}));
    EXPECT_EQ(OneNode(12, "Unsqueeze", {3}).ints("axes", {0, 2}).run_all()[0].shape(), (ir::Shape{1, 3, 1}));
    EXPECT_EQ(OneNode(21, "Unsqueeze", {3}, {"x", "a"}).with("a", {0, 2}).run_all()[0].shape(), (ir::Shape{1, 3, 1}));
}

TEST(Opsets, SplitTookAttributesBefore13AndACountFrom18) {
    EXPECT_EQ(OneNode(7, "Split", {5}, {"x"}, 2).ints("split", {2, 3}).run_all()[1].to_floats(), (Floats{2, 3, 4}));
    EXPECT_EQ(OneNode(13, "Split", {5}, {"x", "s"}, 2).with("s", {4, 1}).run_all()[1].to_floats(), (Floats{4}));
    EXPECT_EQ(OneNode(13, "Split", {4}, {"x"}, 2).run_all()[1].to_floats(), (Floats{2, 3}));
    EXPECT_EQ(OneNode(18, "Split", {5}, {"x"}, 2).integer("num_outputs", 2).run_all()[1].to_floats(), (Floats{3, 4}));
    EXPECT_NE(OneNode(18, "Split", {5}, {"x"}, 2).integer("num_outputs", 3).error().find("`num_outputs`"),
              std::string::npos);
}

TEST(Opsets, ReductionsTakeTheirAxesAsAnInputFrom18) {
    const Floats wanted = {1, 4};
    EXPECT_EQ(OneNode(7, "ReduceMean", {2, 3}).ints("axes", {1}).run(), wanted);
    EXPECT_EQ(OneNode(17, "ReduceMean", {2, 3}).ints("axes", {-1}).integer("keepdims", 0).run(), wanted);
    EXPECT_EQ(OneNode(18, "ReduceMean", {2, 3}, {"x", "a"}).with("a", Ints{1}).run(), wanted);
    EXPECT_EQ(OneNode(21, "ReduceMean", {2, 3}).run(), (Floats{2.5F}));
    EXPECT_EQ(OneNode(21, "ReduceMean", {2, 3}).integer("noop_with_empty_axes", 1).run(), counting(6));
}

TEST(Opsets, UpsampleAndTheFirstResizeAreAsymmetric) {
    const Floats wanted = {0, 0, 1, 1, 0, 0, 1, 1};
    EXPECT_EQ(OneNode(7, "Upsample", {1, 1, 1, 2}).reals("scales", {1, 1, 2, 2}).run(), wanted);
    OneNode nine(9, "Upsample", {1, 1, 1, 2}, {"x", "s"});
    EXPECT_EQ(nine.with("s", {4}, {1, 1, 2, 2}).run(), wanted);
    OneNode ten(10, "Resize", {1, 1, 1, 2}, {"x", "s"});
    EXPECT_EQ(ten.with("s", {4}, {1, 1, 2, 2}).run(), wanted);
    // Half pixels from 11 on, unless told otherwise: linear tells them apart.
    OneNode old(10, "Resize", {1, 1, 1, 2}, {"x", "s"});
    EXPECT_EQ(old.with("s", {4}, {1, 1, 1, 2}).text("mode", "linear").run(), (Floats{0, 0.5F, 1, 1}));
    OneNode newer(11, "Resize", {1, 1, 1, 2}, {"x", "r", "s"});
    newer.with("r", {0}, {}).with("s", {4}, {1, 1, 1, 2}).text("mode", "linear");
    EXPECT_EQ(newer.run(), (Floats{0, 0.25F, 0.75F, 1}));
}

TEST(Opsets, ResizeOf18ChoosesAxesAndRefusesWhatIsNotDone) {
    OneNode axes(18, "Resize", {1, 1, 1, 2}, {"x", "", "s"});
    EXPECT_EQ(axes.with("s", {1}, {2}).ints("axes", {3}).run(), (Floats{0, 0, 1, 1}));
    OneNode smooth(18, "Resize", {1, 1, 1, 2}, {"x", "", "s"});
    smooth.with("s", {4}, {1, 1, 1, 2}).integer("antialias", 1);
    EXPECT_NE(smooth.error().find("`antialias` is not supported"), std::string::npos);
    OneNode fitted(18, "Resize", {1, 1, 1, 2}, {"x", "", "", "z"});
    fitted.with("z", {1, 1, 2, 4}).text("keep_aspect_ratio_policy", "not_larger");
    EXPECT_NE(fitted.error().find("keep_aspect_ratio_policy `not_larger` is not supported"), std::string::npos);
}

TEST(Opsets, AveragePoolMayDilateFrom19) {
    OneNode pool(19, "AveragePool", {1, 1, 5});
    EXPECT_EQ(pool.ints("kernel_shape", {2}).ints("dilations", {3}).run(), (Floats{1.5F, 2.5F}));
    OneNode old(13, "AveragePool", {1, 1, 5});
    old.ints("kernel_shape", {2}).ints("dilations", {3});
    EXPECT_NE(old.error().find("has no attribute `dilations`"), std::string::npos);
}

TEST(Opsets, OneDimensionalConvolutionAndPoolingKeepTheirMeaning) {
    OneNode conv(13, "Conv", {1, 1, 5}, {"x", "w"});
    EXPECT_EQ(conv.with("w", {1, 1, 3}, {1, 0, -1}).ints("pads", {1, 1}).run(), (Floats{-1, -2, -2, -2, 3}));
    EXPECT_EQ(OneNode(13, "MaxPool", {1, 1, 5}).ints("kernel_shape", {2}).ints("strides", {2}).run(), (Floats{1, 3}));
}

TEST(Opsets, BatchNormalizationSpokeOfSpaceBefore9) {
    for (int64_t opset : {7, 9, 14, 15}) {
        OneNode norm(opset, "BatchNormalization", {1, 2, 1}, {"x", "s", "b", "m", "v"});
        norm.with("s", {2}, {2, 2}).with("b", {2}, {1, 1}).with("m", {2}, {0, 1}).with("v", {2}, {1, 4});
        norm.real("epsilon", 0).real("momentum", 0.5F);
        if (opset == 7) {
            norm.integer("spatial", 1);
        }
        EXPECT_EQ(norm.run(), (Floats{1, 1})) << opset;
    }
    OneNode odd(7, "BatchNormalization", {1, 2, 1}, {"x", "s", "b", "m", "v"});
    odd.with("s", {2}, {2, 2}).with("b", {2}, {1, 1}).with("m", {2}, {0, 1}).with("v", {2}, {1, 4});
    EXPECT_NE(odd.integer("spatial", 0).error().find("`spatial` = 0 is not supported"), std::string::npos);
}

TEST(Opsets, DropoutIsNothingAtInference) {
    EXPECT_EQ(OneNode(7, "Dropout", {3}).real("ratio", 0.3F).run(), counting(3));
    EXPECT_EQ(OneNode(12, "Dropout", {3}, {"x", "r"}).with("r", {}, {0.3F}).run(), counting(3));
    EXPECT_EQ(OneNode(10, "Dropout", {3}, {"x"}, 2).run_all()[1].to_ints(), (Ints{1, 1, 1}));
}

TEST(Opsets, QuantizationOf21HasSixteenBitsButNoBlocks) {
    const auto quantize = [](int64_t opset, int32_t type) {
        OneNode node(opset, "QuantizeLinear", {4}, {"x", "s", "z"});
        node.with("s", {}, {0.001F});
        node.model().initializer("z", {}, type).add_int32_data(0);
        return node;
    };
    EXPECT_EQ(quantize(21, onnx::TensorProto::INT16).run_all()[0].to_ints(), (Ints{0, 1000, 2000, 3000}));
    EXPECT_EQ(quantize(13, onnx::TensorProto::INT8).run_all()[0].to_ints(), (Ints{0, 127, 127, 127}));
    OneNode blocks = quantize(21, onnx::TensorProto::INT8);
    EXPECT_NE(blocks.integer("block_size", 2).error().find("scales per block"), std::string::npos);
}

TEST(Opsets, TopKTookItsCountAsAnAttributeBefore10) {
    const Floats wanted = {3, 2, 7, 6};
    EXPECT_EQ(OneNode(1, "TopK", {2, 4}, {"x"}, 2).integer("k", 2).run(), wanted);
    const auto both = OneNode(9, "TopK", {2, 4}, {"x"}, 2).integer("k", 2).integer("axis", 1).run_all();
    EXPECT_EQ(both[0].to_floats(), wanted);
    EXPECT_EQ(both[1].to_ints(), (Ints{3, 2, 3, 2}));
    EXPECT_EQ(OneNode(10, "TopK", {2, 4}, {"x", "k"}, 2).with("k", {2}).run(), wanted);
    EXPECT_NE(OneNode(9, "TopK", {2, 4}, {"x"}, 2).integer("k", 5).error().find("k is not within the axis"),
              std::string::npos);
}

TEST(Opsets, LayerNormalizationIsThereFrom17) {
    const auto node = [](int64_t opset) {
        OneNode made(opset, "LayerNormalization", {2, 2}, {"x", "scale", "bias"}, 3);
        made.with("scale", {2}, {1, 10}).with("bias", {2}, {0.5F, 0}).real("epsilon", 0);
        return made;
    };
    const auto results = node(17).run_all();
    const Floats y = results[0].to_floats(), mean = results[1].to_floats(), inverse = results[2].to_floats();
    const Floats wanted = {-0.5F, 10, -0.5F, 10};
    for (size_t i = 0; i < wanted.size(); ++i) {
        EXPECT_NEAR(y[i], wanted[i], 1e-5) << i;
    }
    EXPECT_EQ(results[1].shape(), (ir::Shape{2, 1}));
    EXPECT_EQ(mean, (Floats{0.5F, 2.5F}));
    EXPECT_EQ(inverse, (Floats{2, 2}));
    EXPECT_NE(node(16).error().find("opset 16 has no such operator"), std::string::npos);
}

TEST(Opsets, GeluIsThereFrom20) {
    const double x[] = {0, 1, 2};
    const Floats exact = OneNode(20, "Gelu", {3}).run();
    const Floats rough = OneNode(20, "Gelu", {3}).text("approximate", "tanh").run();
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_NEAR(exact[i], 0.5 * x[i] * (1 + std::erf(x[i] / std::sqrt(2.0))), 1e-6);
        const double inner = std::sqrt(2 / 3.14159265358979) * (x[i] + 0.044715 * x[i] * x[i] * x[i]);
        EXPECT_NEAR(rough[i], 0.5 * x[i] * (1 + std::tanh(inner)), 1e-6);
    }
    EXPECT_NE(OneNode(19, "Gelu", {3}).error().find("opset 19 has no such operator"), std::string::npos);
    EXPECT_NE(OneNode(20, "Gelu", {3}).text("aproximate", "tanh").error().find("did you mean `approximate`"),
              std::string::npos);
}

TEST(Opsets, GroupNormalizationScalesGroupsFrom18AndChannelsFrom21) {
    // Groups {0, 1, 2, 3} and {4, 5, 6, 7}: deviations of +-1.5 and +-0.5 in units of sqrt(1.25).
    const auto node = [](int64_t opset, const Floats& scale, const Floats& bias) {
        OneNode made(opset, "GroupNormalization", {1, 4, 2}, {"x", "scale", "bias"});
        made.with("scale", {static_cast<int64_t>(scale.size())}, scale);
        made.with("bias", {static_cast<int64_t>(bias.size())}, bias);
        made.integer("num_groups", 2).real("epsilon", 0);
        return made;
    };
    const auto unit = static_cast<float>(std::sqrt(1.25));
    const Floats by_group = node(18, {unit, 2 * unit}, {0, 1}).run();
    const Floats by_channel = node(21, {unit, 0, 2 * unit, unit}, {0, 5, 1, 0}).run();
    const Floats wanted_by_group = {-1.5F, -0.5F, 0.5F, 1.5F, -2, 0, 2, 4};
    const Floats wanted_by_channel = {-1.5F, -0.5F, 5, 5, -2, 0, 0.5F, 1.5F};
    for (size_t i = 0; i < 8; ++i) {
        EXPECT_NEAR(by_group[i], wanted_by_group[i], 1e-5) << i;
        EXPECT_NEAR(by_channel[i], wanted_by_channel[i], 1e-5) << i;
    }
    EXPECT_NE(node(21, {1, 1}, {0, 0}).error().find("one scale and one bias per channel"), std::string::npos);
}

TEST(Opsets, IrVersionsNewerThanTheLibrary) {
    OneNode relu(21, "Relu", {2});
    relu.model().model().set_ir_version(10);
    EXPECT_EQ(relu.run(), (Floats{0, 1}));
}

TEST(Opsets, OperatorsThatAreNotYetThere) {
    EXPECT_NE(OneNode(17, "Gelu", {2}).error().find("opset 17 has no such operator"), std::string::npos);
    EXPECT_NE(OneNode(13, "LayerNormalization", {2}).error().find("opset 13 has no such operator"), std::string::npos);
}

}  // namespace
}  // namespace tinamix
