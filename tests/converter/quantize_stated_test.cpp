// Models that come quantized: what they state reaches the model file bit for bit, and the file computes what
// QuantizeLinear and DequantizeLinear say.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "diagnostics/error.h"
#include "direct_evaluation.h"
#include "float/executor.h"
#include "formats/npy.h"
#include "import/onnx_import.h"
#include "import_model_builder.h"
#include "optimize/optimize.h"
#include "pack/pack.h"
#include "packed_network.h"
#include "qdq_model.h"
#include "quantize/stated.h"
#include "temporary_folder.h"
#include "tinamix_generated.h"

namespace tinamix {
namespace {

using onnx::TensorProto;

ir::Graph import(const onnx::ModelProto& model) {
    const test::TemporaryFolder folder;
    std::ofstream file(folder.file("model.onnx"), std::ios::binary);
    model.SerializeToOstream(&file);
    file.close();
    return import::import_onnx(folder.file("model.onnx"));
}

/// As `tinamix convert` does it.
ir::Graph taken(const onnx::ModelProto& model) {
    ir::Graph graph = import(model);
    optimize::fold_constants(graph, optimize::Folding::kKeepCodes);
    quantize::take_stated_quantization(graph);
    optimize::optimize(graph);
    return graph;
}

std::string error_of(const ModelBuilder& model) {
    try {
        taken(const_cast<ModelBuilder&>(model).model());
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

/// Scale of the initializer `<tensor>_scale` of a QDQ model.
float stated_scale(const onnx::ModelProto& model, const std::string& tensor) {
    for (const auto& proto : model.graph().initializer()) {
        if (proto.name() == tensor + "_scale") {
            float scale = 0;
            std::memcpy(&scale, proto.raw_data().data(), sizeof scale);
            return scale;
        }
    }
    ADD_FAILURE() << tensor << " has no scale";
    return 0;
}

calibrate::Ranges measured(const ir::Graph& graph, const std::vector<ir::Tensor>& samples) {
    calibrate::Ranges ranges;
    float_exec::Executor executor(graph);
    for (const ir::Tensor& sample : samples) {
        executor.run({sample}, [&](ir::ValueId id, const ir::Tensor& tensor) {
            if (tensor.type() != ir::ElementType::kFloat32) {
                return;
            }
            calibrate::Range& range = ranges.tensors[graph.value(id).name];
            for (int64_t i = 0; i < tensor.elements(); ++i) {
                range.min = std::min(range.min, tensor.data<float>()[i]);
                range.max = std::max(range.max, tensor.data<float>()[i]);
            }
        });
    }
    return ranges;
}

/// Packs the QDQ form of a float network, compares every scale and zero point in the file with the model's, and the
/// outputs with a direct evaluation of the QDQ nodes.
void check_network(const std::string& path, const std::vector<ir::Tensor>& samples, const QdqOptions& options) {
    ir::Graph float_graph = import::import_onnx(path);
    optimize::optimize(float_graph);
    const onnx::ModelProto model = qdq_model(float_graph, measured(float_graph, samples), options);
    const ir::Graph graph = taken(model);
    for (const ir::Node& node : graph.nodes) {
        EXPECT_NE(node.op, "QuantizeLinear");
        EXPECT_NE(node.op, "DequantizeLinear");
    }
    const quantize::Plan plan = quantize::make_plan(graph, {}, {});  // no ranges
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        EXPECT_NE(plan.node_precision[i], quantize::Precision::kF32) << graph.nodes[i].op << " " << graph.nodes[i].name;
    }
    const std::vector<uint8_t> file = pack::pack(graph, plan, pack::target_from_name("generic"), "{}");

    size_t compared = 0;
    const tmx::format::Model* packed = tmx::format::GetModel(file.data());
    for (const auto* tensor : *packed->tensors()) {
        // What the layer makes is called <tensor>_raw in front of its QuantizeLinear.
        std::string name = tensor->name()->str();
        name = name.ends_with("_raw") ? name.substr(0, name.size() - 4) : name;
        const ir::ValueId made = graph.find_value(tensor->name()->str());
        if (tensor->derived() || made == ir::kNoValue || !graph.value(made).stated) {
            continue;  // a Softmax makes codes of its own, which are requantized
        }
        const float scale = tensor->scale(), stated = stated_scale(model, name);
        EXPECT_EQ(std::memcmp(&scale, &stated, sizeof scale), 0) << name << ": " << scale << " is not " << stated;
        ++compared;
    }
    EXPECT_GE(compared, 8U);

    const ir::Graph direct = import(model);
    const float step = stated_scale(model, graph.value(graph.outputs[0]).name);
    for (const ir::Tensor& sample : samples) {
        const std::vector<double> expected = evaluate_directly(direct, sample);
        const std::vector<float> actual = pack::run_packed(graph, file, {sample}, 1)[0];
        ASSERT_EQ(actual.size(), expected.size());
        for (size_t i = 0; i < actual.size(); ++i) {
            EXPECT_LE(std::fabs(actual[i] - expected[i]), step * 1.001F) << "output " << i;
        }
    }
}

std::vector<ir::Tensor> random_samples(const ir::Shape& shape, float low, float high) {
    std::mt19937 random(3);
    std::uniform_real_distribution<float> values(low, high);
    std::vector<ir::Tensor> samples;
    for (int i = 0; i < 8; ++i) {
        samples.emplace_back(ir::ElementType::kFloat32, shape);
        for (int64_t j = 0; j < samples.back().elements(); ++j) {
            samples.back().data<float>()[j] = values(random);
        }
    }
    return samples;
}

ir::Shape input_shape(const std::string& path) {
    const ir::Graph graph = import::import_onnx(path);
    return graph.value(graph.inputs[0]).shape;
}

const char* const kDigits = TINAMIX_SOURCE_DIR "/demo/digits.onnx";

TEST(StatedQuantization, OfTheDemoNetworkPerChannelInt8) {
    check_network(kDigits, random_samples(input_shape(kDigits), 0, 1), {});
}

TEST(StatedQuantization, OfTheDemoNetworkPerTensorUint8) {
    QdqOptions options;
    options.activations = TensorProto::UINT8;
    options.weights = TensorProto::UINT8;
    options.per_channel = false;
    check_network(kDigits, random_samples(input_shape(kDigits), 0, 1), options);
}

TEST(StatedQuantization, OfTheDemoNetworkInt16) {
    QdqOptions options;
    options.activations = TensorProto::INT16;
    options.opset = 21;
    check_network(kDigits, random_samples(input_shape(kDigits), 0, 1), options);
}

TEST(StatedQuantization, OfTheDemoNetworkUint16) {
    QdqOptions options;
    options.activations = TensorProto::UINT16;
    options.opset = 21;
    check_network(kDigits, random_samples(input_shape(kDigits), 0, 1), options);
}

TEST(StatedQuantization, OfTheDemoNetworkInt16InTheContributedDomain) {
    QdqOptions options;
    options.activations = TensorProto::INT16;
    options.domain = "com.microsoft";
    check_network(kDigits, random_samples(input_shape(kDigits), 0, 1), options);
}

TEST(StatedQuantization, OfResnet8) {
    const char* data = std::getenv("TINAMIX_DATA");
    const std::string folder = data != nullptr ? data : TINAMIX_SOURCE_DIR "/../shared/data";
    const std::string path = folder + "/models/resnet8.onnx";
    if (!std::ifstream(path)) {
        GTEST_SKIP() << path << " is absent";
    }
    std::vector<ir::Tensor> samples;
    for (int i = 0; i < 16; ++i) {
        const std::string file = folder + "/golden/resnet8/" + std::to_string(i) + "/in_0.npy";
        if (std::ifstream(file)) {
            samples.push_back(formats::read_npy(file));
        }
    }
    ASSERT_FALSE(samples.empty());
    check_network(path, samples, {});
}

/// x -> Q -> D -> y with the given parameters.
ModelBuilder pair(float scale, int zero_point, int32_t type) {
    ModelBuilder model(21);
    model.input("x", {1, 4}).output("y", {1, 4}).floats("s", {}, {scale});
    model.initializer("z", {}, type).add_int32_data(zero_point);
    model.node("QuantizeLinear", {"x", "s", "z"}, {"q"}, "quantize");
    model.node("DequantizeLinear", {"q", "s", "z"}, {"d"}, "dequantize");
    model.node("Relu", {"d"}, {"y"}, "act");
    return model;
}

TEST(StatedQuantization, ShiftsUnsignedCodesByHalfTheirRange) {
    const ir::Graph graph = taken(pair(0.25F, 100, TensorProto::UINT8).model());
    const auto form = quantize::stated_form(graph.value(graph.inputs[0]));
    ASSERT_TRUE(form);
    EXPECT_EQ(*form, (quantize::Quantization{quantize::NumberFormat::kInt8, 0.25F, -28}));
    // What a Relu makes of these codes are codes in the same steps.
    EXPECT_EQ(quantize::stated_form(graph.value(graph.outputs[0])), form);
    const ir::Graph wide = taken(pair(0.25F, 32768, TensorProto::UINT16).model());
    EXPECT_EQ(quantize::stated_form(wide.value(wide.inputs[0])),
              (quantize::Quantization{quantize::NumberFormat::kInt16, 0.25F, 0}));
}

TEST(StatedQuantization, OfParametersWithoutKernelsIsAnError) {
    EXPECT_EQ(error_of(pair(0.25F, 0, TensorProto::INT8)), "");
    EXPECT_NE(error_of(pair(0.0F, 0, TensorProto::INT8)).find("node `quantize` (QuantizeLinear): 0 is no scale"),
              std::string::npos);
    EXPECT_NE(error_of(pair(0.25F, 7, TensorProto::INT16)).find("16 bit codes must lie around 0"), std::string::npos);
    EXPECT_NE(error_of(pair(0.25F, 7, TensorProto::UINT16)).find("16 bit codes must lie around 0"), std::string::npos);

    ModelBuilder other = pair(0.25F, 3, TensorProto::INT8);
    other.initializer("z2", {}, TensorProto::INT8).add_int32_data(4);
    other.graph().mutable_node(1)->set_input(2, "z2");
    EXPECT_NE(error_of(other).find("another scale or zero point"), std::string::npos);

    ModelBuilder codes(13);
    codes.input("x", {1, 4}, TensorProto::INT8).output("y", {1, 4}).floats("s", {}, {0.5F});
    codes.node("DequantizeLinear", {"x", "s"}, {"y"}, "dequantize");
    EXPECT_NE(error_of(codes).find("the interface of the model holds codes"), std::string::npos);
}

TEST(StatedQuantization, MayPassThroughOperatorsThatMoveCodes) {
    ModelBuilder model(13);
    model.input("x", {1, 4}).output("y", {2, 2}).floats("s", {}, {0.5F}).ints("shape", {2, 2});
    model.initializer("z", {}, TensorProto::INT8).add_int32_data(5);
    model.node("QuantizeLinear", {"x", "s", "z"}, {"q"});
    model.node("Reshape", {"q", "shape"}, {"r"}, "reshape");
    model.node("DequantizeLinear", {"r", "s", "z"}, {"y"});
    const ir::Graph graph = taken(model.model());
    ASSERT_EQ(graph.nodes.size(), 1U);
    EXPECT_EQ(graph.nodes[0].op, "Reshape");
    const quantize::Plan plan = quantize::make_plan(graph, {}, {});
    EXPECT_EQ(plan.value[static_cast<size_t>(graph.outputs[0])],
              (quantize::Quantization{quantize::NumberFormat::kInt8, 0.5F, 5}));
}

TEST(StatedQuantization, LeavesFloatWhatTheModelLeavesFloat) {
    // The Sigmoid reads and makes plain floats; the Relu behind the second pair is quantized.
    ModelBuilder model(13);
    model.input("x", {1, 4}).output("y", {1, 4}).floats("s", {}, {0.01F});
    model.initializer("z", {}, TensorProto::INT8).add_int32_data(0);
    model.node("Sigmoid", {"x"}, {"a"}, "plain");
    model.node("QuantizeLinear", {"a", "s", "z"}, {"q"});
    model.node("DequantizeLinear", {"q", "s", "z"}, {"d"});
    model.node("Relu", {"d"}, {"r"}, "act");
    model.node("QuantizeLinear", {"r", "s", "z"}, {"q2"});
    model.node("DequantizeLinear", {"q2", "s", "z"}, {"y"});
    const ir::Graph graph = taken(model.model());
    const quantize::Plan plan = quantize::make_plan(graph, {}, {});
    ASSERT_EQ(graph.nodes.size(), 2U);
    EXPECT_EQ(plan.node_precision[0], quantize::Precision::kF32);
    EXPECT_EQ(plan.node_precision[1], quantize::Precision::kW8A8);
    const std::vector<uint8_t> file = pack::pack(graph, plan, pack::target_from_name("generic"), "{}");
    const auto x = ir::Tensor::from<float>({1, 4}, {-3, -0.5F, 0.5F, 3});
    const std::vector<float> expected = float_exec::Executor(import(model.model())).run({x})[0].to_floats();
    EXPECT_EQ(pack::run_packed(graph, file, {x}, 1)[0], expected);
}

TEST(StatedQuantization, AnotherQuantizationOfTheSameTensorStandsBehindTheFirst) {
    ModelBuilder model(13);
    model.input("x", {1, 4}).output("y", {1, 4}).floats("s", {}, {0.25F}).floats("t", {}, {1.0F});
    model.initializer("z", {}, TensorProto::INT8).add_int32_data(0);
    model.node("QuantizeLinear", {"x", "s", "z"}, {"q"});
    model.node("DequantizeLinear", {"q", "s", "z"}, {"d"});
    model.node("QuantizeLinear", {"d", "t", "z"}, {"p"});
    model.node("DequantizeLinear", {"p", "t", "z"}, {"y"});
    const ir::Graph graph = taken(model.model());
    const std::vector<uint8_t> file =
        pack::pack(graph, quantize::make_plan(graph, {}, {}), pack::target_from_name("generic"), "{}");
    const auto x = ir::Tensor::from<float>({1, 4}, {-3, -0.75F, 0.3F, 3.2F});
    EXPECT_EQ(pack::run_packed(graph, file, {x}, 1)[0], (std::vector<float>{-3, -1, 0, 3}));
}

TEST(StatedQuantization, OfWeightsWithoutKernelsIsAnError) {
    const auto network = [](int code, int zero_point) {
        ModelBuilder model(13);
        model.input("x", {1, 2}).output("y", {1, 1}).floats("s", {}, {0.25F});
        model.initializer("z", {}, TensorProto::INT8).add_int32_data(0);
        model.initializer("zw", {}, TensorProto::INT8).add_int32_data(zero_point);
        TensorProto& w = model.initializer("w", {2, 1}, TensorProto::INT8);
        w.add_int32_data(code);
        w.add_int32_data(3);
        model.node("QuantizeLinear", {"x", "s", "z"}, {"q"});
        model.node("DequantizeLinear", {"q", "s", "z"}, {"d"});
        model.node("DequantizeLinear", {"w", "s", "zw"}, {"dw"});
        model.node("MatMul", {"d", "dw"}, {"m"}, "product");
        model.node("QuantizeLinear", {"m", "s", "z"}, {"q2"});
        model.node("DequantizeLinear", {"q2", "s", "z"}, {"y"});
        try {
            const ir::Graph graph = taken(model.model());
            pack::pack(graph, quantize::make_plan(graph, {}, {}), pack::target_from_name("generic"), "{}");
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_EQ(network(-127, 0), "");
    EXPECT_NE(network(-128, 0).find("product: the weight code -128 has no kernels"), std::string::npos);
    EXPECT_NE(network(5, 1).find("product: weights with a zero point have no kernels"), std::string::npos);
}

}  // namespace
}  // namespace tinamix
