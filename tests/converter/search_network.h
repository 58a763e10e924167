// A network with something to choose, and random samples of its input: for the tests of the search.
#pragma once

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "calibrate/ranges.h"
#include "cost/board.h"
#include "packed_network.h"
#include "search/mix_simulator.h"
#include "search/mixed_precision.h"

namespace tinamix::search {

using ir::ValueId;

class RandomSamples : public data::SampleSource {
  public:
    RandomSamples(ir::Shape shape, size_t count) : shape_(std::move(shape)), count_(count) {}
    size_t size() const override { return count_; }
    std::vector<ir::Tensor> load(size_t index) const override {
        std::mt19937 random(static_cast<uint32_t>(index) + 1);
        std::normal_distribution<float> normal;
        std::vector<float> values(static_cast<size_t>(ir::element_count(shape_)));
        for (float& value : values) value = normal(random);
        return {ir::Tensor::from(shape_, values)};
    }
    std::string name(size_t index) const override { return std::to_string(index); }

  private:
    ir::Shape shape_;
    size_t count_;
};

/// x -> conv -> relu -> [residual: conv -> relu -> conv] + -> relu -> depthwise -> conv -> two heads that a Concat
/// joins.
inline ir::Graph search_graph() {
    pack::Network net;
    const ValueId x = net.input({1, 3, 8, 8});
    const auto conv = [&](ValueId from, int64_t in, int64_t out, int64_t kernel, int64_t groups, float reach) {
        std::map<std::string, ir::Attribute> attributes;
        attributes["group"] = groups;
        attributes["pads"] = std::vector<int64_t>(4, kernel / 2);
        return net.node("Conv",
                        {from, net.floats({out, in / groups, kernel, kernel}, -reach, reach), net.floats({out})},
                        {1, out, 8, 8}, attributes);
    };
    const auto relu = [&](ValueId from, int64_t channels) { return net.node("Relu", {from}, {1, channels, 8, 8}); };
    const ValueId stem = relu(conv(x, 3, 8, 3, 1, 0.5F), 8);
    const ValueId inner = relu(conv(stem, 8, 12, 1, 1, 0.5F), 12);
    const ValueId sum = net.node("Add", {conv(inner, 12, 8, 1, 1, 0.4F), stem}, {1, 8, 8, 8});
    const ValueId deep = relu(conv(relu(sum, 8), 8, 8, 3, 8, 0.6F), 8);
    const ValueId a = conv(deep, 8, 4, 1, 1, 0.5F), b = conv(deep, 8, 4, 3, 1, 0.3F);
    net.output(net.node("Concat", {a, b}, {1, 8, 8, 8}, {{"axis", int64_t{1}}}));
    return net.graph;
}

/// Twelve convolutions, each with a function that is not linear behind it: as many groups, of very different weight.
inline ir::Graph chain_graph() {
    pack::Network net;
    ValueId last = net.input({1, 4, 8, 8});
    for (int i = 0; i < 12; ++i) {
        std::map<std::string, ir::Attribute> attributes;
        const int64_t kernel = i % 3 == 1 ? 3 : 1;
        attributes["pads"] = std::vector<int64_t>(4, kernel / 2);
        const float reach = 0.3F + 0.1F * static_cast<float>((5 * i) % 7);
        last = net.node("Conv", {last, net.floats({4, 4, kernel, kernel}, -reach, reach), net.floats({4})},
                        {1, 4, 8, 8}, attributes);
        if (i < 11) last = net.node(i % 2 == 0 ? "Tanh" : "Relu", {last}, {1, 4, 8, 8});
    }
    net.output(last);
    return net.graph;
}

/// Everything that a MixSimulator needs.
struct SearchCase {
    explicit SearchCase(ir::Graph made = search_graph(), int threads = 1, quantize::PrecisionRules rules_given = {},
                        const char* board_name = "t527")
        : graph(std::move(made)),
          samples(graph.value(graph.inputs.front()).shape, 6),
          ranges(calibrate::calibrate(graph, samples, {})),
          rules(std::move(rules_given)),
          board(cost::board_from_name(board_name)),
          graphs(graph),
          reference(graph, find_output_groups(graph, ranges), samples, {0, 1, 2, 3, 4, 5}, 1, size_t{1} << 24),
          simulator(graphs, ranges, rules, find_groups(graph, ranges, rules), reference, board, threads) {}

    ir::Graph graph;
    RandomSamples samples;
    calibrate::Ranges ranges;
    quantize::PrecisionRules rules;
    cost::Board board;
    PrecisionGraphs graphs;
    ReferenceOutputs reference;
    MixSimulator simulator;
};

}  // namespace tinamix::search
