// Small networks through plan, pack and the runtime, in every precision, against the float executor: what is tested is
// that layouts, borders, fusions and packings keep the function.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <random>

#include "float/executor.h"
#include "pack/pack.h"
#include "quantize/plan.h"
#include "report/similarity.h"
#include "tinamix.h"

namespace tinamix::pack {
namespace {

using ir::ValueId;

/// Builds a graph whose shapes are given and whose constants are random but always the same.
class Network {
  public:
    Network() {
        graph.name = "small";
        graph.opset = 13;
    }
    ValueId input(ir::Shape shape) {
        const ValueId id = graph.add_value("x" + std::to_string(graph.inputs.size()), ir::ElementType::kFloat32, shape);
        graph.inputs.push_back(id);
        return id;
    }
    ValueId floats(ir::Shape shape, float low = -1.0F, float high = 1.0F) {
        std::uniform_real_distribution<float> values(low, high);
        std::vector<float> data(static_cast<size_t>(ir::element_count(shape)));
        for (float& value : data) value = values(random_);
        return graph.add_constant(unique("c"), ir::Tensor::from(std::move(shape), data));
    }
    ValueId ints(const std::vector<int64_t>& values) {
        return graph.add_constant(unique("i"), ir::Tensor::from({static_cast<int64_t>(values.size())}, values));
    }
    std::vector<ValueId> nodes(const std::string& op, std::vector<ValueId> inputs, std::vector<ir::Shape> shapes,
                               std::map<std::string, ir::Attribute> attributes = {}) {
        ir::Node node;
        node.name = unique(op);
        node.op = op;
        if (op == "Silu") node.domain = "tinamix";
        node.inputs = std::move(inputs);
        node.attributes = std::move(attributes);
        for (ir::Shape& shape : shapes) {
            node.outputs.push_back(graph.add_value(unique("v"), ir::ElementType::kFloat32, std::move(shape)));
        }
        graph.nodes.push_back(node);
        return node.outputs;
    }
    ValueId node(const std::string& op, std::vector<ValueId> inputs, ir::Shape shape,
                 std::map<std::string, ir::Attribute> attributes = {}) {
        return nodes(op, std::move(inputs), {std::move(shape)}, std::move(attributes))[0];
    }
    void output(ValueId id) { graph.outputs.push_back(id); }

    ir::Graph graph;

  private:
    std::string unique(const std::string& stem) { return stem + "_" + std::to_string(count_++); }
    int count_ = 0;
    std::mt19937 random_{11};
};

struct Case {
    const char* name;
    std::function<void(Network&)> build;
};

using Ints = std::vector<int64_t>;

const Case kCases[] = {
    {"ConvWithUnevenPaddingStrideAndDilation",
     [](Network& n) {
         const ValueId x = n.input({1, 3, 11, 9});
         const ValueId y = n.node("Conv", {x, n.floats({5, 3, 3, 2}), n.floats({5})}, {1, 5, 5, 10},
                                  {{"pads", Ints{1, 2, 0, 1}}, {"strides", Ints{2, 1}}, {"dilations", Ints{1, 2}}});
         n.output(n.node("Relu", {y}, {1, 5, 5, 10}));
     }},
    {"GroupedAndDepthwiseConvWithClip",
     [](Network& n) {
         const ValueId x = n.input({1, 8, 6, 6});
         const ValueId g = n.node("Conv", {x, n.floats({12, 2, 3, 3})}, {1, 12, 6, 6},
                                  {{"group", int64_t{4}}, {"pads", Ints{1, 1, 1, 1}}});
         const ValueId c = n.node("Clip", {g, n.floats({}, 0, 0), n.floats({}, 2, 2)}, {1, 12, 6, 6});
         const ValueId d = n.node("Conv", {c, n.floats({12, 1, 3, 3}), n.floats({12})}, {1, 12, 3, 3},
                                  {{"group", int64_t{12}}, {"pads", Ints{0, 0, 1, 1}}, {"strides", Ints{2, 2}}});
         n.output(d);
     }},
    {"SameUpperAndSameLower",
     [](Network& n) {
         const ValueId x = n.input({1, 2, 7, 7});
         const ValueId u = n.node("Conv", {x, n.floats({3, 2, 4, 4})}, {1, 3, 4, 4},
                                  {{"auto_pad", std::string("SAME_UPPER")}, {"strides", Ints{2, 2}}});
         n.output(n.node("Conv", {u, n.floats({3, 3, 2, 2})}, {1, 3, 4, 4}, {{"auto_pad", std::string("SAME_LOWER")}}));
     }},
    {"PoolsAndClassifier",
     [](Network& n) {
         const ValueId x = n.input({1, 4, 9, 9});
         const ValueId m = n.node("MaxPool", {x}, {1, 4, 5, 5},
                                  {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"pads", Ints{1, 1, 1, 1}}});
         const ValueId a =
             n.node("AveragePool", {m}, {1, 4, 5, 5}, {{"kernel_shape", Ints{3, 3}}, {"pads", Ints{1, 1, 1, 1}}});
         const ValueId b = n.node("AveragePool", {a}, {1, 4, 4, 4}, {{"kernel_shape", Ints{2, 2}}});
         const ValueId g = n.node("GlobalAveragePool", {b}, {1, 4, 1, 1});
         const ValueId f = n.node("Flatten", {g}, {1, 4});
         const ValueId y =
             n.node("Gemm", {f, n.floats({7, 4}, -6, 6), n.floats({7})}, {1, 7}, {{"transB", int64_t{1}}});
         n.output(n.node("Softmax", {y}, {1, 7}, {{"axis", int64_t{-1}}}));
     }},
    {"MaxPoolWithCeilMode",
     [](Network& n) {
         const ValueId x = n.input({1, 3, 8, 8});
         n.output(n.node("MaxPool", {x}, {1, 3, 4, 4},
                         {{"kernel_shape", Ints{3, 3}}, {"strides", Ints{2, 2}}, {"ceil_mode", int64_t{1}}}));
     }},
    {"FlattenOfAnImageMovesData",
     [](Network& n) {
         const ValueId x = n.input({1, 3, 4, 5});
         const ValueId c = n.node("Conv", {x, n.floats({6, 3, 1, 1})}, {1, 6, 4, 5});
         const ValueId f = n.node("Flatten", {c}, {1, 120});
         const ValueId y = n.node("MatMul", {f, n.floats({120, 9})}, {1, 9});
         n.output(n.node("Add", {y, n.floats({1, 9})}, {1, 9}));
     }},
    {"ResidualAddWithReluAndPerChannelMul",
     [](Network& n) {
         const ValueId x = n.input({1, 6, 5, 5});
         const ValueId c = n.node("Conv", {x, n.floats({6, 6, 3, 3})}, {1, 6, 5, 5}, {{"pads", Ints{1, 1, 1, 1}}});
         const ValueId s = n.node("Add", {c, x}, {1, 6, 5, 5});
         const ValueId r = n.node("Relu", {s}, {1, 6, 5, 5});
         const ValueId m = n.node("Mul", {r, n.floats({6, 1, 1})}, {1, 6, 5, 5});
         n.output(n.node("Sub", {m, x}, {1, 6, 5, 5}));
     }},
    {"ActivationsByTable",
     [](Network& n) {
         const ValueId x = n.input({1, 4, 3, 3});
         const ir::Shape s{1, 4, 3, 3};
         const ValueId c = n.node("Conv", {x, n.floats({4, 4, 1, 1}, -2, 2)}, s);
         ValueId v = n.node("Silu", {c}, s);
         v = n.node("LeakyRelu", {v}, s, {{"alpha", 0.1F}});
         v = n.node("HardSwish", {v}, s);
         v = n.node("Tanh", {v}, s);
         v = n.node("Exp", {v}, s);
         v = n.node("HardSigmoid", {v}, s);
         n.output(n.node("Sigmoid", {v}, s));
     }},
    {"ConcatOfDifferentRangesAndResize",
     [](Network& n) {
         const ValueId x = n.input({1, 3, 4, 4});
         const ValueId a = n.node("Conv", {x, n.floats({5, 3, 1, 1}, -3, 3)}, {1, 5, 4, 4});
         const ValueId b = n.node("Conv", {x, n.floats({2, 3, 1, 1}, -0.5F, 0.5F)}, {1, 2, 4, 4});
         const ValueId c = n.node("Concat", {a, b, x}, {1, 10, 4, 4}, {{"axis", int64_t{1}}});
         n.output(n.node(
             "Resize",
             {c, ir::kNoValue, n.graph.add_constant("scales", ir::Tensor::from({4}, std::vector<float>{1, 1, 2, 3}))},
             {1, 10, 8, 12},
             {{"mode", std::string("nearest")},
              {"coordinate_transformation_mode", std::string("asymmetric")},
              {"nearest_mode", std::string("floor")}}));
     }},
    {"DetectorHead",
     [](Network& n) {
         const ValueId x = n.input({1, 4, 3, 2});
         const ValueId c = n.node("Conv", {x, n.floats({12, 4, 1, 1})}, {1, 12, 3, 2});
         const ValueId r = n.node("Reshape", {c, n.ints({1, 2, 6, 3, 2})}, {1, 2, 6, 3, 2});
         const ValueId t = n.node("Transpose", {r}, {1, 2, 3, 2, 6}, {{"perm", Ints{0, 1, 3, 4, 2}}});
         const ValueId s = n.node("Sigmoid", {t}, {1, 2, 3, 2, 6});
         const std::vector<ValueId> p =
             n.nodes("Split", {s, n.ints({2, 1, 3})}, {{1, 2, 3, 2, 2}, {1, 2, 3, 2, 1}, {1, 2, 3, 2, 3}},
                     {{"axis", int64_t{4}}});
         const ValueId b = n.node("Mul", {p[0], n.floats({1, 2, 3, 2, 2}, 1, 4)}, {1, 2, 3, 2, 2});
         const ValueId g = n.node("Add", {b, n.floats({1, 2, 3, 2, 2}, 0, 3)}, {1, 2, 3, 2, 2});
         const ValueId j = n.node("Concat", {g, p[1], p[2]}, {1, 2, 3, 2, 6}, {{"axis", int64_t{-1}}});
         n.output(n.node("Reshape", {j, n.ints({1, -1, 6})}, {1, 12, 6}));
     }},
    {"ChannelShuffleAndSlices",
     [](Network& n) {
         const ValueId x = n.input({1, 8, 3, 3});
         const ValueId c = n.node("Conv", {x, n.floats({8, 8, 1, 1})}, {1, 8, 3, 3});
         const ValueId r = n.node("Reshape", {c, n.ints({1, 2, 4, 3, 3})}, {1, 2, 4, 3, 3});
         const ValueId t = n.node("Transpose", {r}, {1, 4, 2, 3, 3}, {{"perm", Ints{0, 2, 1, 3, 4}}});
         const ValueId s = n.node("Reshape", {t, n.ints({1, 8, 3, 3})}, {1, 8, 3, 3});
         const ValueId l = n.node("Slice", {s, n.ints({2}), n.ints({-1}), n.ints({1})}, {1, 5, 3, 3});
         n.output(n.node("Conv", {l, n.floats({3, 5, 3, 3})}, {1, 3, 1, 1}));
     }},
    {"NhwcNetworkWithTransposes",
     [](Network& n) {
         const ValueId x = n.input({1, 5, 6, 3});
         const ValueId t = n.node("Transpose", {x}, {1, 3, 5, 6}, {{"perm", Ints{0, 3, 1, 2}}});
         const ValueId c = n.node("Conv", {t, n.floats({4, 3, 3, 3})}, {1, 4, 3, 4});
         n.output(n.node("Transpose", {c}, {1, 3, 4, 4}, {{"perm", Ints{0, 2, 3, 1}}}));
     }},
    {"SoftmaxOverTheMiddle",
     [](Network& n) {
         const ValueId x = n.input({2, 5, 3});
         n.output(n.node("Softmax", {x}, {2, 5, 3}, {{"axis", int64_t{1}}}));
     }},
    {"BatchedMatMulByAConstant",
     [](Network& n) {
         const ValueId x = n.input({2, 3, 8});
         n.output(n.node("MatMul", {x, n.floats({8, 5})}, {2, 3, 5}));
     }},
    {"TwoOutputsAndTwoInputs",
     [](Network& n) {
         const ValueId a = n.input({1, 3, 4, 4});
         const ValueId b = n.input({1, 3, 4, 4});
         const ValueId s = n.node("Add", {a, b}, {1, 3, 4, 4});
         const ValueId c = n.node("Conv", {s, n.floats({2, 3, 1, 1})}, {1, 2, 4, 4});
         n.output(c);
         n.output(n.node("Relu", {s}, {1, 3, 4, 4}));
     }},
};

/// 64-byte aligned copy, as tmx_model_open_memory wants it.
class AlignedBytes {
  public:
    explicit AlignedBytes(const std::vector<uint8_t>& bytes)
        : storage_(bytes.size() + 64), data_((reinterpret_cast<uintptr_t>(storage_.data()) + 63) / 64 * 64) {
        std::memcpy(reinterpret_cast<void*>(data_), bytes.data(), bytes.size());
    }
    const void* data() const { return reinterpret_cast<const void*>(data_); }

  private:
    std::vector<uint8_t> storage_;
    uintptr_t data_;
};

std::vector<std::vector<float>> run_packed(const ir::Graph& graph, const std::vector<uint8_t>& file,
                                           const std::vector<ir::Tensor>& inputs) {
    const AlignedBytes bytes(file);
    tmx_model* model = nullptr;
    EXPECT_EQ(tmx_model_open_memory(bytes.data(), file.size(), nullptr, &model), TMX_OK) << tmx_last_error(nullptr);
    if (model == nullptr) return {};
    for (size_t i = 0; i < inputs.size(); ++i) {
        EXPECT_EQ(tmx_input_set_f32(model, static_cast<int32_t>(i), inputs[i].data<float>(),
                                    static_cast<size_t>(inputs[i].elements())),
                  TMX_OK);
    }
    EXPECT_EQ(tmx_run(model), TMX_OK);
    std::vector<std::vector<float>> outputs;
    for (size_t i = 0; i < graph.outputs.size(); ++i) {
        outputs.emplace_back(static_cast<size_t>(ir::element_count(graph.value(graph.outputs[i]).shape)));
        EXPECT_EQ(tmx_output_get_f32(model, static_cast<int32_t>(i), outputs.back().data(), outputs.back().size()),
                  TMX_OK)
            << tmx_last_error(model);
    }
    tmx_model_close(model);
    return outputs;
}

std::vector<ir::Tensor> random_inputs(const ir::Graph& graph, std::mt19937& random) {
    std::uniform_real_distribution<float> values(-1.0F, 1.0F);
    std::vector<ir::Tensor> inputs;
    for (ValueId id : graph.inputs) {
        inputs.emplace_back(ir::ElementType::kFloat32, graph.value(id).shape);
        for (int64_t i = 0; i < inputs.back().elements(); ++i) inputs.back().data<float>()[i] = values(random);
    }
    return inputs;
}

calibrate::Ranges measure(const ir::Graph& graph, float_exec::Executor& executor, std::mt19937& random) {
    calibrate::Ranges ranges;
    ranges.samples = 16;
    for (size_t sample = 0; sample < ranges.samples; ++sample) {
        executor.run(random_inputs(graph, random), [&](ValueId id, const ir::Tensor& tensor) {
            calibrate::Range& range = ranges.tensors[graph.value(id).name];
            for (int64_t i = 0; i < tensor.elements(); ++i) {
                range.min = std::min(range.min, tensor.data<float>()[i]);
                range.max = std::max(range.max, tensor.data<float>()[i]);
            }
        });
    }
    for (auto& [name, range] : ranges.tensors) {
        range.observed_min = range.min;
        range.observed_max = range.max;
    }
    return ranges;
}

struct PrecisionBound {
    const char* name;
    quantize::Precision precision;
    double least_cosine;
};
// Bounds: float differs by rounding only; with 16 and 8 bits the steps of a range are 2^-15 and 2^-8 of it, and the
// cases have up to seven layers.
constexpr PrecisionBound kPrecisions[] = {
    {"F32", quantize::Precision::kF32, 0.9999999},
    {"W16A16", quantize::Precision::kW16A16, 0.99999},
    {"W8A16", quantize::Precision::kW8A16, 0.9998},
    {"W8A8", quantize::Precision::kW8A8, 0.998},
};

class PackedNetwork : public testing::TestWithParam<std::tuple<Case, PrecisionBound>> {};

TEST_P(PackedNetwork, ComputesWhatTheFloatNetworkComputes) {
    const auto& [network_case, bound] = GetParam();
    Network network;
    network_case.build(network);
    float_exec::Executor executor(network.graph);
    std::mt19937 random(5);
    const calibrate::Ranges ranges = measure(network.graph, executor, random);
    quantize::PrecisionRules rules;
    rules.base = bound.precision;
    const quantize::Plan plan = quantize::make_plan(network.graph, ranges, rules);
    const std::vector<uint8_t> file = pack(network.graph, plan, Target{}, "{}");
    EXPECT_EQ(file, pack(network.graph, plan, Target{}, "{}")) << "the same input must give the same bytes";

    const std::vector<ir::Tensor> inputs = random_inputs(network.graph, random);
    const std::vector<ir::Tensor> expected = executor.run(inputs);
    const std::vector<std::vector<float>> actual = run_packed(network.graph, file, inputs);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) {
        const report::Similarity similarity = report::similarity(expected[i].to_floats(), actual[i], "output");
        EXPECT_GE(similarity.cosine, bound.least_cosine) << "output " << i;
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, PackedNetwork,
                         testing::Combine(testing::ValuesIn(kCases), testing::ValuesIn(kPrecisions)),
                         [](const auto& info) {
                             return std::string(std::get<0>(info.param).name) + std::get<1>(info.param).name;
                         });

}  // namespace
}  // namespace tinamix::pack
