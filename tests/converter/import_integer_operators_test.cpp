// Models of operators on codes (QLinearConv and its kin): read as what they mean, with the numbers that they state.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "diagnostics/error.h"
#include "float/executor.h"
#include "import/onnx_import.h"
#include "import_model_builder.h"
#include "optimize/optimize.h"
#include "pack/pack.h"
#include "packed_network.h"
#include "quantize/stated.h"
#include "temporary_folder.h"

namespace tinamix {
namespace {

using onnx::TensorProto;
using Floats = std::vector<float>;
using Ints = std::vector<int64_t>;

/// x (float32) -> codes -> the operator under test -> y (float32). Codes of x in steps of 1/16, zero point 3.
class CodeModel {
  public:
    explicit CodeModel(const ir::Shape& x) : shape_(x) {
        model_.input("x", x);
        parameters("x", 0.0625F, 3);
        model_.node("QuantizeLinear", {"x", "x_scale", "x_zero"}, {"xq"}, "first");
        auto& domain = *model_.model().add_opset_import();
        domain.set_domain("com.microsoft");
        domain.set_version(1);
    }
    /// `<name>_scale` and `<name>_zero`.
    void parameters(const std::string& name, float scale, int zero) {
        model_.floats(name + "_scale", {}, {scale});
        model_.initializer(name + "_zero", {}, TensorProto::INT8).add_int32_data(zero);
    }
    void codes(const std::string& name, const ir::Shape& shape, const Ints& values, int32_t type = TensorProto::INT8) {
        TensorProto& tensor = model_.initializer(name, shape, type);
        for (int64_t value : values) {
            tensor.add_int32_data(static_cast<int32_t>(value));
        }
    }
    /// The operator that makes `yq`, and the end of the model. The codes of y are in steps of `scale`.
    onnx::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs, float scale, int zero,
                          const std::string& domain = "") {
        parameters("y", scale, zero);
        const int index = model_.graph().node_size();
        model_.node(op, inputs, {"yq"}, "layer").set_domain(domain);
        model_.node("DequantizeLinear", {"yq", "y_scale", "y_zero"}, {"y"}, "last");
        model_.graph().add_output()->set_name("y");
        return *model_.graph().mutable_node(index);
    }
    ir::Graph import() const {
        const test::TemporaryFolder folder;
        model_.save(folder.file("model.onnx"));
        return import::import_onnx(folder.file("model.onnx"));
    }
    std::string error() const {
        try {
            import();
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }
    /// Numbers that are codes already, so that the first node loses nothing.
    Floats x() const {
        Floats values(static_cast<size_t>(ir::element_count(shape_)));
        for (size_t i = 0; i < values.size(); ++i) {
            values[i] = 0.0625F * static_cast<float>(static_cast<int>(i * 37 % 101) - 50);
        }
        return values;
    }
    /// Expects y from the float executor and from the packed integer model, both within one step of `expected` (real
    /// numbers before the last rounding), and the operator in integers.
    void expect(const Floats& expected, const std::string& real_op, float step) const {
        const ir::Tensor input = ir::Tensor::from<float>(shape_, x());
        ir::Graph graph = import();
        const Floats direct = float_exec::Executor(graph).run({input})[0].to_floats();
        optimize::fold_constants(graph, optimize::Folding::kKeepCodes);
        quantize::take_stated_quantization(graph);
        optimize::optimize(graph);
        const auto node = std::find_if(graph.nodes.begin(), graph.nodes.end(),
                                       [](const ir::Node& candidate) { return candidate.name == "layer"; });
        ASSERT_NE(node, graph.nodes.end()) << "the operator keeps its name";
        EXPECT_EQ(node->op, real_op);
        const quantize::Plan plan = quantize::make_plan(graph, {}, {});
        EXPECT_EQ(plan.node_precision[static_cast<size_t>(node - graph.nodes.begin())], quantize::Precision::kW8A8);
        const std::vector<uint8_t> file = pack::pack(graph, plan, pack::target_from_name("generic"), "{}");
        const Floats packed = pack::run_packed(graph, file, {input}, 1)[0];
        ASSERT_EQ(direct.size(), expected.size());
        ASSERT_EQ(packed.size(), expected.size());
        for (size_t i = 0; i < expected.size(); ++i) {
            EXPECT_NEAR(direct[i], expected[i], 0.501F * step) << i;
            EXPECT_NEAR(packed[i], expected[i], 1.001F * step) << i;
        }
    }

    ModelBuilder model_;

  private:
    ir::Shape shape_;
};

TEST(IntegerOperators, ConvolutionPerChannelWithBias) {
    CodeModel model({1, 2, 2, 2});
    model.codes("w", {2, 2, 1, 1}, {10, -20, 30, 40});
    model.model_.floats("w_scale", {2}, {0.01F, 0.02F});
    model.codes("w_zero", {2}, {0, 0});
    model.codes("b", {2}, {800, -400}, TensorProto::INT32);  // in steps of x's scale times w's
    model.node("QLinearConv", {"xq", "x_scale", "x_zero", "w", "w_scale", "w_zero", "y_scale", "y_zero", "b"}, 0.05F,
               -4);
    const Floats x = model.x();
    Floats expected;
    for (size_t o = 0; o < 2; ++o) {
        for (size_t pixel = 0; pixel < 4; ++pixel) {
            const float a = x[pixel], b = x[4 + pixel];
            expected.push_back(o == 0 ? 0.1F * a - 0.2F * b + 800 * 0.000625F : 0.6F * a + 0.8F * b - 400 * 0.00125F);
        }
    }
    model.expect(expected, "Conv", 0.05F);
}

TEST(IntegerOperators, MatrixProduct) {
    CodeModel model({2, 3});
    model.codes("w", {3, 2}, {1, 2, 3, 4, 5, 6});
    model.parameters("w", 0.25F, 0);
    model.node("QLinearMatMul", {"xq", "x_scale", "x_zero", "w", "w_scale", "w_zero", "y_scale", "y_zero"}, 0.25F, 1);
    const Floats x = model.x();
    Floats expected;
    for (size_t row = 0; row < 2; ++row) {
        for (size_t column = 0; column < 2; ++column) {
            float sum = 0;
            for (size_t k = 0; k < 3; ++k) {
                sum += x[row * 3 + k] * 0.25F * static_cast<float>(1 + 2 * k + column);
            }
            expected.push_back(sum);
        }
    }
    model.expect(expected, "Gemm", 0.25F);  // as every product with a constant matrix
}

TEST(IntegerOperators, ContributedGemmScalesItsBiasByAlpha) {
    CodeModel model({1, 2});
    model.codes("w", {3, 2}, {8, 16, -8, 0, 4, 4});  // transposed
    model.parameters("w", 0.125F, 0);
    model.codes("b", {3}, {128, 0, -128}, TensorProto::INT32);  // in steps of 1/128
    onnx::NodeProto& node =
        model.node("QGemm", {"xq", "x_scale", "x_zero", "w", "w_scale", "w_zero", "b", "y_scale", "y_zero"}, 0.0625F, 0,
                   "com.microsoft");
    ModelBuilder::int_attribute(node, "transB", 1);
    onnx::AttributeProto& alpha = *node.add_attribute();
    alpha.set_name("alpha");
    alpha.set_type(onnx::AttributeProto::FLOAT);
    alpha.set_f(0.5F);
    const Floats x = model.x();
    model.expect({0.5F * (x[0] + 2 * x[1] + 1), 0.5F * -x[0], 0.5F * (0.5F * x[0] + 0.5F * x[1] - 1)}, "Gemm", 0.0625F);
}

TEST(IntegerOperators, ContributedSumsAndProducts) {
    for (const std::string op : {"Add", "Mul"}) {
        CodeModel model({1, 8});
        model.model_.node("DequantizeLinear", {"xq", "x_scale", "x_zero"}, {"real"}, "again");
        model.model_.node("Relu", {"real"}, {"positive"}, "act");
        model.parameters("p", 0.125F, -128);
        model.model_.node("QuantizeLinear", {"positive", "p_scale", "p_zero"}, {"pq"}, "second");
        model.node("QLinear" + op, {"xq", "x_scale", "x_zero", "pq", "p_scale", "p_zero", "y_scale", "y_zero"}, 0.125F,
                   0, "com.microsoft");
        Floats expected;
        for (float x : model.x()) {
            const float p = 0.125F * std::nearbyint(std::max(x, 0.0F) / 0.125F);
            expected.push_back(std::clamp(op == "Add" ? x + p : x * p, -16.0F, 15.875F));
        }
        model.expect(expected, op, 0.125F);
    }
}

TEST(IntegerOperators, ContributedPoolsAndFunctions) {
    CodeModel pool({1, 2, 2, 2});
    ModelBuilder::int_attribute(pool.node("QLinearGlobalAveragePool", {"xq", "x_scale", "x_zero", "y_scale", "y_zero"},
                                          0.0625F, 0, "com.microsoft"),
                                "channels_last", 0);
    const Floats x = pool.x();
    pool.expect({(x[0] + x[1] + x[2] + x[3]) / 4, (x[4] + x[5] + x[6] + x[7]) / 4}, "GlobalAveragePool", 0.0625F);

    CodeModel sigmoid({1, 8});
    sigmoid.node("QLinearSigmoid", {"xq", "x_scale", "x_zero", "y_scale", "y_zero"}, 1.0F / 256, -128, "com.microsoft");
    Floats expected;
    for (float value : sigmoid.x()) {
        expected.push_back(1 / (1 + std::exp(-value)));
    }
    sigmoid.expect(expected, "Sigmoid", 1.0F / 256);

    CodeModel last({1, 2, 2, 2});
    ModelBuilder::int_attribute(last.node("QLinearGlobalAveragePool", {"xq", "x_scale", "x_zero", "y_scale", "y_zero"},
                                          0.0625F, 0, "com.microsoft"),
                                "channels_last", 1);
    EXPECT_NE(last.error().find("QLinearGlobalAveragePool `layer`: attribute `channels_last` must be 0"),
              std::string::npos)
        << last.error();
}

TEST(IntegerOperators, ContributedConcat) {
    CodeModel model({1, 4});
    onnx::NodeProto& node =
        model.node("QLinearConcat", {"y_scale", "y_zero", "xq", "x_scale", "x_zero", "xq", "x_scale", "x_zero"},
                   0.0625F, 3, "com.microsoft");
    ModelBuilder::int_attribute(node, "axis", 1);
    Floats expected = model.x();
    const Floats again = expected;
    expected.insert(expected.end(), again.begin(), again.end());
    model.expect(expected, "Concat", 0.0625F);
}

TEST(IntegerOperators, MissingInputsAreNamed) {
    CodeModel model({1, 8});
    model.node("QLinearSigmoid", {"xq", "x_scale", "x_zero", "y_scale"}, 0.1F, 0, "com.microsoft");
    EXPECT_NE(model.error().find("QLinearSigmoid `layer`: input 4 is missing"), std::string::npos) << model.error();
    CodeModel other({1, 8});
    other.node("QLinearSoftmax", {"xq", "x_scale", "x_zero", "y_scale", "y_zero"}, 0.1F, 0, "com.microsoft");
    EXPECT_NE(other.error().find("operators of the domain `com.microsoft` are not supported"), std::string::npos);
}

}  // namespace
}  // namespace tinamix
