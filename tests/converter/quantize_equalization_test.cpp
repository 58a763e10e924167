// Repairs that make an equal network: channel groups, equalization, absorbed biases, and what they gain.
#include "quantize/equalization.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "float/executor.h"
#include "quantize/bias_absorption.h"
#include "quantize/weight_scale.h"

namespace tinamix::quantize {
namespace {

using Floats = std::vector<float>;

Floats random_values(size_t count, uint32_t seed, float low = -1, float high = 1) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<float> uniform(low, high);
    Floats values(count);
    for (float& value : values) value = uniform(generator);
    return values;
}

/// A network that is built node by node, with samples for its input x [1, 3, 6, 6].
class Net : public data::SampleSource {
  public:
    Net() {
        graph.name = "net";
        graph.opset = 17;
        last = graph.add_value("x", ir::ElementType::kFloat32, {1, 3, 6, 6});
        graph.inputs = {last};
    }
    size_t size() const override { return 4; }
    std::vector<ir::Tensor> load(size_t index) const override {
        return {ir::Tensor::from({1, 3, 6, 6}, random_values(108, static_cast<uint32_t>(50 + index)))};
    }
    std::string name(size_t index) const override { return std::to_string(index); }

    ir::ValueId constant(const ir::Shape& shape, const Floats& values) {
        return graph.add_constant("c" + std::to_string(graph.values.size()), ir::Tensor::from(shape, values));
    }
    ir::ValueId add(const std::string& op, std::vector<ir::ValueId> inputs, ir::Shape shape,
                    std::map<std::string, ir::Attribute> attributes = {}) {
        ir::Node node;
        node.name = op + std::to_string(graph.nodes.size());
        node.op = op;
        node.attributes = std::move(attributes);
        node.inputs = std::move(inputs);
        last = graph.add_value("v" + std::to_string(graph.nodes.size()), ir::ElementType::kFloat32, shape);
        node.outputs = {last};
        graph.nodes.push_back(node);
        return last;
    }
    ir::ValueId conv(ir::ValueId input, int64_t channels, int64_t kernel, int64_t groups = 1, bool padded = false) {
        const ir::Shape in = graph.value(input).shape;
        const int64_t side = padded ? in[2] : in[2] - kernel + 1, pad = padded ? kernel / 2 : 0;
        const auto seed = static_cast<uint32_t>(graph.nodes.size() + 1);
        const auto w = constant({channels, in[1] / groups, kernel, kernel},
                                random_values(static_cast<size_t>(channels * in[1] / groups * kernel * kernel), seed));
        const auto b = constant({channels}, random_values(static_cast<size_t>(channels), seed + 100));
        return add("Conv", {input, w, b}, {1, channels, side, side},
                   {{"group", groups}, {"pads", std::vector<int64_t>{pad, pad, pad, pad}}});
    }
    ir::ValueId relu(ir::ValueId input) { return add("Relu", {input}, graph.value(input).shape); }
    ir::ValueId clip(ir::ValueId input, float bound) {
        const auto low = constant({}, {0}), high = constant({}, {bound});
        return add("Clip", {input, low, high}, graph.value(input).shape);
    }
    void finish() { graph.outputs = {last}; }

    AllChannelStatistics statistics(int threads = 1) const {
        std::vector<ChannelPlace> places;
        for (const ChannelGroup& group : find_channel_groups(graph))
            places.insert(places.end(), group.values.begin(), group.values.end());
        ChannelStatisticsOptions options;
        options.threads = threads;
        options.samples = {0, 1, 2, 3};
        return measure_channels(graph, places, *this, options);
    }
    Plan plan() const {
        calibrate::Ranges ranges;
        for (const ir::Value& value : graph.values) ranges.tensors[value.name] = {-1, 1, -1, 1};
        return make_plan(graph, ranges, {});
    }
    Floats run(const ir::Graph& of, size_t sample) const {
        float_exec::Executor executor(of);
        return executor.run(load(sample)).front().to_floats();
    }
    void expect_equal_network(const ir::Graph& other) const {
        for (size_t sample = 0; sample < size(); ++sample) {
            const Floats before = run(graph, sample), after = run(other, sample);
            double largest = 0;
            for (const float y : before) largest = std::max<double>(largest, std::fabs(y));
            for (size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(after[i], before[i], 2e-5 * largest);
        }
    }
    /// Multiplies the weights (and bias) that make channel c of node `node` by factors[c].
    void unbalance(size_t node, const Floats& factors) {
        for (const size_t input : {size_t{1}, size_t{2}}) {
            ir::Tensor& tensor = *graph.value(graph.nodes[node].inputs[input]).constant;
            const size_t each = static_cast<size_t>(tensor.elements()) / factors.size();
            for (size_t i = 0; i < factors.size() * each; ++i) tensor.data<float>()[i] *= factors[i / each];
        }
    }

    ir::Graph graph;
    ir::ValueId last;
};

Floats uneven(size_t count) {
    Floats factors(count);
    for (size_t i = 0; i < count; ++i) factors[i] = std::ldexp(1.0F, static_cast<int>(i % 6) - 3);
    return factors;
}

/// Longest extent of a channel over the shortest, of value `id`.
double disparity(const AllChannelStatistics& statistics, ir::ValueId id) {
    const ChannelStatistics& of = statistics.at(id);
    double least = INFINITY, most = 0;
    for (size_t c = 0; c < of.min.size(); ++c) {
        const double extent = std::max(of.max[c], 0.0F) - std::min(of.min[c], 0.0F);
        least = std::min(least, extent);
        most = std::max(most, extent);
    }
    return most / least;
}

TEST(ChannelGroups, FollowChannelsThroughWhatIsHomogeneous) {
    Net net;
    const auto first = net.conv(net.last, 6, 3, 1, true);
    const auto relu = net.relu(first);
    const auto pool = net.add("MaxPool", {relu}, {1, 6, 3, 3},
                              {{"kernel_shape", std::vector<int64_t>{2, 2}}, {"strides", std::vector<int64_t>{2, 2}}});
    const auto second = net.conv(pool, 6, 3, 6, true);  // depthwise: the end of one group, the start of another
    const auto flat = net.add("Flatten", {net.relu(second)}, {1, 54});
    net.add("Gemm", {flat, net.constant({54, 4}, random_values(216, 9))}, {1, 4});
    net.finish();
    const std::vector<ChannelGroup> groups = find_channel_groups(net.graph);
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0].values.size(), 3U);
    EXPECT_EQ(groups[0].producers.front().node, 0);
    EXPECT_EQ(groups[0].consumers.front().node, 3);
    EXPECT_EQ(groups[1].values.back().repeat, 9);
    EXPECT_EQ(channel_of_input(groups[1].consumers.front(), 6, 0, 53), 5);
}

TEST(ChannelGroups, GoThroughAnAddWithAllItsInputs) {
    Net net;
    const auto a = net.conv(net.last, 5, 1);
    const auto b = net.conv(net.graph.inputs[0], 5, 1);
    const auto sum = net.relu(net.add("Add", {a, b}, net.graph.value(a).shape));
    net.conv(sum, 3, 1);
    net.finish();
    const std::vector<ChannelGroup> groups = find_channel_groups(net.graph);
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups[0].producers.size(), 2U);
    EXPECT_EQ(groups[0].values.size(), 4U);
}

TEST(ChannelGroups, EndWhereChannelsCannotBeScaled) {
    Net sigmoid;
    sigmoid.conv(sigmoid.add("Sigmoid", {sigmoid.conv(sigmoid.last, 5, 1)}, {1, 5, 6, 6}), 3, 1);
    sigmoid.finish();
    EXPECT_TRUE(find_channel_groups(sigmoid.graph).empty());
    Net output;
    const auto inner = output.conv(output.last, 5, 1);
    output.conv(inner, 3, 1);
    output.graph.outputs = {inner, output.last};  // the user sees it
    EXPECT_TRUE(find_channel_groups(output.graph).empty());
    Net other_reader;
    const auto read_twice = other_reader.conv(other_reader.last, 5, 1);
    other_reader.add("Sigmoid", {read_twice}, {1, 5, 6, 6});
    other_reader.conv(read_twice, 3, 1);
    other_reader.finish();
    EXPECT_TRUE(find_channel_groups(other_reader.graph).empty());
}

TEST(ChannelStatistics, AreThoseOfTheValuesForAnyThreads) {
    Net net;
    const auto inner = net.relu(net.conv(net.last, 5, 3));
    net.conv(inner, 3, 1);
    net.finish();
    const auto one = net.statistics(1), three = net.statistics(3);
    for (const auto& [id, of] : one) {
        EXPECT_EQ(of.max, three.at(id).max);
        EXPECT_EQ(of.mean_square, three.at(id).mean_square);
    }
    double largest = 0, square = 0;
    float_exec::Executor executor(net.graph);
    for (size_t sample = 0; sample < 4; ++sample) {
        executor.run(net.load(sample), [&](ir::ValueId id, const ir::Tensor& tensor) {
            if (id != inner) return;
            for (int64_t i = 2 * 16; i < 3 * 16; ++i) {
                const double x = tensor.data<float>()[i];
                largest = std::max(largest, x);
                square += x * x / 64;
            }
        });
    }
    EXPECT_EQ(one.at(inner).max[2], static_cast<float>(largest));
    EXPECT_NEAR(one.at(inner).mean_square[2], square, 1e-6);
}

TEST(Equalization, MakesAnEqualNetworkWithChannelsOfLikeSize) {
    for (const bool depthwise : {false, true}) {
        Net net;
        const auto first = net.conv(net.last, 12, 3, 1, true);
        const auto inner = net.relu(first);
        net.conv(inner, 12, 3, depthwise ? 12 : 1, true);
        net.unbalance(0, uneven(12));
        net.finish();
        const auto statistics = net.statistics();
        Net after = net;
        const EqualNetwork made = equalized(net.graph, net.plan(), statistics, Equalization::kLayers);
        after.graph = made.graph;
        EXPECT_EQ(made.changed, 1);
        // What it says of the channels is what they hold.
        const ChannelStatistics said = made.statistics.at(inner), holds = after.statistics().at(inner);
        for (size_t c = 0; c < 12; ++c) {
            EXPECT_NEAR(said.max[c], holds.max[c], 1e-4 * said.max[c]);
            EXPECT_NEAR(said.mean_square[c], holds.mean_square[c], 1e-4 * said.mean_square[c]);
        }
        net.expect_equal_network(after.graph);
        const double before = disparity(statistics, inner), then = disparity(after.statistics(), inner);
        EXPECT_LT(then, 0.7 * before) << depthwise;
        // Weights per row take up any factor: then all channels fill the range.
        if (depthwise) {
            EXPECT_LT(then, 1.01);
        }
    }
}

TEST(Equalization, GoesThroughAddAndPRelu) {
    Net net;
    const auto a = net.conv(net.last, 12, 1), b = net.conv(net.graph.inputs[0], 12, 1);
    const auto sum = net.add("Add", {a, b}, net.graph.value(a).shape);
    const auto inner = net.add("PRelu", {sum, net.constant({12, 1, 1}, random_values(12, 77, 0, 0.5F))}, {1, 12, 6, 6});
    net.conv(inner, 4, 3);
    net.unbalance(0, uneven(12));
    net.unbalance(1, uneven(12));
    net.finish();
    Net after = net;
    after.graph = equalized(net.graph, net.plan(), net.statistics(), Equalization::kLayers).graph;
    net.expect_equal_network(after.graph);
    EXPECT_LT(disparity(after.statistics(), inner), disparity(net.statistics(), inner));
}

TEST(Equalization, LeavesChannelsThatReachTheBoundOfAClip) {
    Net net;
    const auto first = net.conv(net.last, 12, 3, 1, true);
    const auto inner = net.clip(first, 1.0F);  // large channels reach it
    net.conv(inner, 12, 3, 12, true);
    net.unbalance(0, uneven(12));
    net.finish();
    const auto statistics = net.statistics();
    const std::vector<double> divisors =
        channel_divisors(net.graph, net.plan(), find_channel_groups(net.graph).front(), statistics);
    int reached = 0;
    for (size_t c = 0; c < 12; ++c) {
        if (statistics.at(inner).max[c] < 1.0F) continue;
        EXPECT_EQ(divisors[c], 1.0) << c;
        ++reached;
    }
    EXPECT_GT(reached, 0);
    EXPECT_LT(*std::min_element(divisors.begin(), divisors.end()), 0.6);
    Net after = net;
    after.graph = equalized(net.graph, net.plan(), statistics, Equalization::kLayers).graph;
    net.expect_equal_network(after.graph);
    EXPECT_EQ(after.graph.nodes[1].op, "Clip");
}

TEST(Equalization, AClipThatNothingComesNearBecomesARelu) {
    Net net;
    net.conv(net.clip(net.conv(net.last, 12, 3, 1, true), 1000.0F), 12, 3, 12, true);
    net.unbalance(0, uneven(12));
    net.finish();
    const ir::Graph after = equalized(net.graph, net.plan(), net.statistics(), Equalization::kLayers).graph;
    EXPECT_EQ(after.nodes[1].op, "Relu");
    net.expect_equal_network(after);
}

TEST(Equalization, MigratesFromALayerNormalizationIntoItsReaders) {
    Net net;
    const auto tokens =
        net.add("Reshape", {net.last, net.graph.add_constant("to", ir::Tensor::from<int64_t>({2}, {12, 9}))}, {12, 9});
    Floats scale = uneven(9);
    const auto normal =
        net.add("LayerNormalization", {tokens, net.constant({9}, scale), net.constant({9}, random_values(9, 5))},
                {12, 9}, {{"axis", int64_t{-1}}});
    net.add("MatMul", {normal, net.constant({9, 5}, random_values(45, 6))}, {12, 5});
    net.finish();
    // The precision of layers is all that counts of the plan.
    Plan plan;
    plan.node_precision.assign(net.graph.nodes.size(), Precision::kW8A8);
    const auto statistics = net.statistics();
    EXPECT_EQ(equalized(net.graph, plan, statistics, Equalization::kLayers).changed, 0);
    Net after = net;
    after.graph = equalized(net.graph, plan, statistics, Equalization::kNormalizations).graph;
    net.expect_equal_network(after.graph);
    EXPECT_LT(disparity(after.statistics(), normal), 0.5 * disparity(statistics, normal));
}

TEST(BiasAbsorption, TakesTheMiddleOfChannelsWhereNoPaddingIsRead) {
    for (const bool padded : {false, true}) {
        Net net;
        const auto inner = net.conv(net.last, 8, 1);
        ir::Tensor& bias = *net.graph.value(net.graph.nodes[0].inputs[2]).constant;
        for (size_t c = 0; c < 8; ++c) bias.data<float>()[c] = c % 2 == 0 ? 20.0F : -30.0F;
        net.conv(inner, 4, 3, 1, padded);
        net.finish();
        const auto statistics = net.statistics();
        Net after = net;
        const EqualNetwork made = absorbed_biases(net.graph, statistics);
        after.graph = made.graph;
        EXPECT_EQ(made.changed, padded ? 0 : 1);
        net.expect_equal_network(after.graph);
        if (padded) continue;
        const ChannelStatistics of = after.statistics().at(inner);
        for (size_t c = 0; c < 8; ++c) {
            EXPECT_NEAR(of.min[c], -of.max[c], 1e-4);
            EXPECT_NEAR(of.mean_square[c], made.statistics.at(inner).mean_square[c], 1e-3 * of.mean_square[c]);
        }
    }
}

TEST(BiasAbsorption, LeavesTheReluBehindWhatItAlwaysExceeded) {
    Net net;
    const auto first = net.conv(net.last, 8, 1);
    ir::Tensor& bias = *net.graph.value(net.graph.nodes[0].inputs[2]).constant;
    for (size_t c = 0; c < 8; ++c) bias.data<float>()[c] = 20.0F;
    const auto inner = net.relu(first);
    net.conv(inner, 4, 1);
    net.finish();
    Net after = net;
    after.graph = absorbed_biases(net.graph, net.statistics()).graph;
    net.expect_equal_network(after.graph);
    EXPECT_GT(after.statistics().at(inner).min[0], 0) << "room is left above the cut";
    EXPECT_LT(after.statistics().at(inner).max[0], 0.7F * net.statistics().at(inner).max[0]);
}

TEST(WeightScale, IsThatOfTheLeastWeightedError) {
    Floats row = random_values(200, 3, -0.1F, 0.1F);
    row[17] = 1;
    std::vector<double> importance(200, 1.0);
    EXPECT_FLOAT_EQ(searched_scale(Floats{1, 0.5F, -1}, {}), 1.0F / 127);
    const auto error = [&](double scale) {
        double sum = 0;
        for (size_t i = 0; i < row.size(); ++i) {
            const double code = std::clamp(std::round(row[i] / scale), -127.0, 127.0);
            sum += importance[i] * std::pow(row[i] - code * scale, 2);
        }
        return sum;
    };
    EXPECT_LE(error(searched_scale(row, importance)), error(1.0 / 127));
    importance[17] = 1e-6;  // its input hardly ever moves
    EXPECT_NEAR(searched_scale(row, importance), 0.5F / 127, 1e-6);
}

}  // namespace
}  // namespace tinamix::quantize
