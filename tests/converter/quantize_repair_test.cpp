// Bias correction and rounding refinement: their statistics, their arithmetic, and the graph that comes out.
#include "quantize/repair.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

#include "float/executor.h"
#include "quantize/bias_correction.h"
#include "quantize/rounding_refinement.h"
#include "quantize/weight_scale.h"
#include "quantize/weights.h"

namespace tinamix::quantize {
namespace {

using Floats = std::vector<float>;

Floats random_values(size_t count, uint32_t seed, float low, float high) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<float> uniform(low, high);
    Floats values(count);
    for (float& value : values) value = uniform(generator);
    return values;
}

/// x -> Conv (4 -> 6 channels, 3x3, stride 2, groups) -> y, with samples of x.
class ConvNet : public data::SampleSource {
  public:
    explicit ConvNet(int64_t groups) {
        graph.name = "net";
        graph.opset = 13;
        const ir::ValueId x = graph.add_value("x", ir::ElementType::kFloat32, {1, 4, 7, 5});
        const ir::ValueId y = graph.add_value("y", ir::ElementType::kFloat32, {1, 6, 4, 3});
        const ir::ValueId w = graph.add_constant(
            "w",
            ir::Tensor::from({6, 4 / groups, 3, 3}, random_values(static_cast<size_t>(6 * 4 / groups * 9), 3, -1, 1)));
        const ir::ValueId b = graph.add_constant("b", ir::Tensor::from({6}, random_values(6, 4, -1, 1)));
        ir::Node node;
        node.name = "conv";
        node.op = "Conv";
        node.attributes["group"] = groups;
        node.attributes["strides"] = std::vector<int64_t>{2, 2};
        node.attributes["pads"] = std::vector<int64_t>{1, 1, 1, 1};
        node.inputs = {x, w, b};
        node.outputs = {y};
        graph.nodes.push_back(node);
        graph.inputs = {x};
        graph.outputs = {y};
        ranges.tensors["x"] = {0, 0.75F, 0, 1};  // clips a quarter
        ranges.tensors["y"] = {-20, 20, -20, 20};
        plan = make_plan(graph, ranges, {Precision::kW8A8, {}});
    }
    size_t size() const override { return 6; }
    std::vector<ir::Tensor> load(size_t index) const override {
        Floats values = random_values(4 * 7 * 5, static_cast<uint32_t>(100 + index), 0, 0.6F);
        for (size_t i = 1; i < values.size(); ++i)
            values[i] = 0.7F * values[i - 1] + 0.6F * values[i];  // neighbours alike
        return {ir::Tensor::from({1, 4, 7, 5}, values)};
    }
    std::string name(size_t index) const override { return std::to_string(index); }

    std::vector<InputMoments> moments(int threads = 1, const std::vector<ir::ValueId>& without_tails = {}) const {
        MomentsOptions options;
        options.without_tails = without_tails;
        options.threads = threads;
        options.samples = {0, 1, 2, 3, 4, 5};
        options.columns = 12 * 6;  // every position
        return measure_input_moments(graph, plan, *this, options);
    }

    ir::Graph graph;
    calibrate::Ranges ranges;
    Plan plan;
};

TEST(WeightLayer, ColumnsTimesRowsAreTheConvolution) {
    for (const int64_t groups : {1, 2}) {
        const ConvNet net(groups);
        const WeightLayer layer = weight_layer(net.graph, 0).value();
        EXPECT_EQ(layer.positions, 12);
        EXPECT_EQ(layer.inputs, 36 / groups);
        const std::vector<ir::Tensor> inputs = net.load(0);
        float_exec::Executor executor(net.graph);
        const ir::Tensor expected = executor.run(inputs).front();
        const Floats rows = layer.rows(net.graph), bias = net.graph.value(layer.bias).constant->to_floats();
        std::vector<int64_t> offsets;
        for (int64_t o = 0; o < 6; ++o) {
            for (int64_t position = 0; position < 12; ++position) {
                layer.offsets(o / (6 / groups), position, offsets);
                double sum = bias[static_cast<size_t>(o)];
                for (int64_t i = 0; i < layer.inputs; ++i) {
                    const int64_t offset = offsets[static_cast<size_t>(i)];
                    if (offset >= 0)
                        sum += rows[static_cast<size_t>(o * layer.inputs + i)] * inputs[0].data<float>()[offset];
                }
                EXPECT_NEAR(sum, expected.data<float>()[o * 12 + position], 1e-4);
            }
        }
    }
}

TEST(WeightLayer, ReadsMatricesEitherWay) {
    for (const bool transposed : {false, true}) {
        ir::Graph graph;
        graph.opset = 13;
        const ir::ValueId x = graph.add_value("x", ir::ElementType::kFloat32, {5, 3});
        const ir::ValueId w = graph.add_constant(
            "w", ir::Tensor::from(transposed ? ir::Shape{2, 3} : ir::Shape{3, 2}, Floats{1, 2, 3, 4, 5, 6}));
        ir::Node node;
        node.name = node.op = "Gemm";
        node.attributes["transB"] = static_cast<int64_t>(transposed ? 1 : 0);
        node.inputs = {x, w};
        node.outputs = {graph.add_value("y", ir::ElementType::kFloat32, {5, 2})};
        graph.nodes.push_back(node);
        const WeightLayer layer = weight_layer(graph, 0).value();
        EXPECT_EQ(layer.positions, 5);
        EXPECT_EQ(layer.rows(graph), transposed ? (Floats{1, 2, 3, 4, 5, 6}) : (Floats{1, 3, 5, 2, 4, 6}));
        EXPECT_EQ(layer.tensor(graph, layer.rows(graph)).to_floats(), (Floats{1, 2, 3, 4, 5, 6}));
        graph.nodes[0].attributes["alpha"] = 2.0F;
        EXPECT_FALSE(weight_layer(graph, 0).has_value());
    }
}

TEST(InputMoments, AreThoseOfThePlainDefinitionForAnyThreads) {
    for (const int64_t groups : {1, 2}) {
        const ConvNet net(groups);
        const InputMoments moments = net.moments().front();
        const WeightLayer& layer = moments.layer;
        ASSERT_EQ(moments.columns, 72);
        const auto n = static_cast<size_t>(layer.inputs);
        std::vector<int64_t> sums(n * static_cast<size_t>(groups));
        std::vector<int32_t> products(sums.size() * n);
        const Quantization form = net.plan.node_input[0][0];
        std::vector<int64_t> offsets;
        for (size_t sample = 0; sample < 6; ++sample) {
            const std::vector<ir::Tensor> inputs = net.load(sample);
            for (int64_t position = 0; position < 12; ++position) {
                for (int64_t group = 0; group < groups; ++group) {
                    layer.offsets(group, position, offsets);
                    std::vector<int32_t> codes;
                    for (const int64_t offset : offsets) {
                        codes.push_back(
                            offset < 0 ? 0 : quantize_value(form, inputs[0].data<float>()[offset]) - form.zero_point);
                    }
                    const size_t start = static_cast<size_t>(group) * n;
                    for (size_t i = 0; i < n; ++i) {
                        sums[start + i] += codes[i];
                        for (size_t j = 0; j < n; ++j) products[(start + i) * n + j] += codes[i] * codes[j];
                    }
                }
            }
        }
        EXPECT_EQ(moments.quantized, sums);
        EXPECT_EQ(moments.products, products);
        for (const int threads : {2, 3}) {
            const InputMoments again = net.moments(threads).front();
            EXPECT_EQ(again.quantized, moments.quantized);
            EXPECT_EQ(again.real, moments.real);
            EXPECT_EQ(again.products, moments.products);
        }
    }
}

TEST(InputMoments, TailsThatWereGivenUpCountAsTheLastCode) {
    const ConvNet net(1);
    const InputMoments all = net.moments().front(), without = net.moments(1, {net.graph.inputs[0]}).front();
    EXPECT_EQ(without.quantized, all.quantized);
    const double last = net.plan.node_input[0][0].scale * (127 - net.plan.node_input[0][0].zero_point);
    int64_t pulled = 0;
    for (int64_t i = 0; i < all.layer.inputs; ++i) {
        EXPECT_LE(without.real_mean(i), all.real_mean(i));
        EXPECT_NEAR(without.real_mean(i), without.quantized_mean(i), 0.2 * without.scale) << "only rounding is left";
        pulled += all.real_mean(i) - all.quantized_mean(i) > without.scale ? 1 : 0;
    }
    EXPECT_GT(pulled, all.layer.inputs / 2) << "values beyond " << last << " do occur";
}

double energy(const Floats& row, double scale, const std::vector<int16_t>& codes, const Floats& moments) {
    double sum = 0;
    for (size_t i = 0; i < row.size(); ++i) {
        for (size_t j = 0; j < row.size(); ++j) {
            sum += (row[i] / scale - codes[i]) * (row[j] / scale - codes[j]) * moments[i * row.size() + j];
        }
    }
    return sum;
}

TEST(RoundingRefinement, MakesTheOutputErrorSmallerAndKeepsTheScale) {
    constexpr size_t n = 24;
    double before = 0, after = 0;
    for (uint32_t seed = 0; seed < 20; ++seed) {
        const Floats row = random_values(n, seed, -1, 1);
        // Moments of inputs that are much alike, as the pixels under a filter are.
        Floats moments(n * n);
        for (size_t i = 0; i < n; ++i) {
            for (size_t j = 0; j < n; ++j)
                moments[i * n + j] = std::pow(0.9F, std::fabs(static_cast<float>(i) - static_cast<float>(j)));
        }
        float peak = 0;
        for (const float w : row) peak = std::max(peak, std::fabs(w));
        const double scale = static_cast<float>(peak / 127.0);
        std::vector<int16_t> nearest;
        for (const float w : row) nearest.push_back(static_cast<int16_t>(std::round(w / scale)));
        const std::vector<int16_t> refined = refine_rounding(row, scale, moments);
        EXPECT_LE(energy(row, scale, refined, moments), energy(row, scale, nearest, moments));
        before += energy(row, scale, nearest, moments);
        after += energy(row, scale, refined, moments);
        int largest = 0;
        for (const int16_t code : refined) largest = std::max<int>(largest, std::abs(code));
        EXPECT_EQ(largest, 127);
    }
    EXPECT_LT(after, 0.7 * before);
}

TEST(RoundingRefinement, IsTheNearestCodeWhereInputsHaveNothingInCommon) {
    const Floats row = random_values(8, 1, -1, 1);
    Floats moments(64, 0.0F);
    for (size_t i = 0; i < 8; ++i) moments[i * 9] = 1 + static_cast<float>(i);
    const double scale = 0.01;
    const std::vector<int16_t> codes = refine_rounding(row, scale, moments);
    for (size_t i = 0; i < 8; ++i) EXPECT_EQ(codes[i], std::round(row[i] / scale));
}

TEST(Repair, CorrectedBiasesGiveTheMeanOfTheFloatLayer) {
    for (const int64_t groups : {1, 2}) {
        const ConvNet net(groups);
        const InputMoments moments = net.moments().front();
        const Floats weights = moments.layer.rows(net.graph);
        const Floats rounded = rounded_rows(weights, row_scales(moments, weights, false, false));
        const std::vector<double> correction = bias_correction(moments, weights, rounded);
        // Mean over samples and positions of float output minus output of rounded weights on quantized inputs.
        const Quantization form = net.plan.node_input[0][0];
        std::vector<int64_t> offsets;
        for (int64_t o = 0; o < 6; ++o) {
            double difference = 0;
            for (size_t sample = 0; sample < 6; ++sample) {
                const std::vector<ir::Tensor> inputs = net.load(sample);
                for (int64_t position = 0; position < 12; ++position) {
                    moments.layer.offsets(o / (6 / groups), position, offsets);
                    for (int64_t i = 0; i < moments.layer.inputs; ++i) {
                        if (offsets[static_cast<size_t>(i)] < 0) continue;
                        const float x = inputs[0].data<float>()[offsets[static_cast<size_t>(i)]];
                        const double read =
                            static_cast<double>(form.scale) * (quantize_value(form, x) - form.zero_point);
                        const auto weight = static_cast<size_t>(o * moments.layer.inputs + i);
                        difference += weights[weight] * x - rounded[weight] * read;
                    }
                }
            }
            EXPECT_NEAR(correction[static_cast<size_t>(o)], difference / 72, 1e-3);
            EXPECT_GT(std::fabs(correction[static_cast<size_t>(o)]), 1e-5);
        }
    }
}

class RepairOfWeights : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(WithScales, RepairOfWeights, testing::Bool());

TEST_P(RepairOfWeights, WeightsOfTheNewGraphRoundToThemselves) {
    const ConvNet net(1);
    const Repairs repairs{true, true, GetParam()};
    const ir::Graph made = repaired(net.graph, net.moments(), repairs, 1);
    const ir::Graph threaded = repaired(net.graph, net.moments(3), repairs, 3);
    const WeightLayer layer = weight_layer(made, 0).value();
    const Floats weights = layer.rows(made);
    EXPECT_EQ(weight_layer(threaded, 0)->rows(threaded), weights);
    const Floats before = weight_layer(net.graph, 0)->rows(net.graph);
    EXPECT_NE(weights, rounded_rows(before, row_scales(net.moments().front(), before, false, false)));
    LayerWeights of;
    of.weights = weights;
    of.channels = 6;
    of.input = net.plan.node_input[0][0];
    of.output = net.plan.value[static_cast<size_t>(net.graph.outputs[0])];
    const QuantizedWeights quantized = quantize_weights(of);
    for (size_t i = 0; i < weights.size(); ++i) {
        const float scale = quantized.scale[i / 36];
        EXPECT_NEAR(weights[i] / scale, quantized.codes[i], 1e-3);
    }
    // The graph it was made from is as before, and its own constants are no longer used.
    EXPECT_EQ(made.nodes[0].inputs.size(), 3U);
    EXPECT_NE(made.nodes[0].inputs[1], net.graph.nodes[0].inputs[1]);
    EXPECT_NE(made.nodes[0].inputs[2], net.graph.nodes[0].inputs[2]);
}

TEST(Repair, LeavesFloatAndInt16WeightsAlone) {
    ConvNet net(1);
    for (const Precision precision : {Precision::kF32, Precision::kW16A16}) {
        net.plan = make_plan(net.graph, net.ranges, {precision, {}});
        EXPECT_TRUE(net.moments().empty());
    }
    net.plan = make_plan(net.graph, net.ranges, {Precision::kW8A16, {}});
    const InputMoments moments = net.moments().front();
    EXPECT_TRUE(moments.exact_input);
    EXPECT_EQ(moments.quantized_mean(7), moments.real_mean(7));
}

}  // namespace
}  // namespace tinamix::quantize
