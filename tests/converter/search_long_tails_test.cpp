// Ranges of tensors with long tails, narrowed by what a measurement says of them.
#include "search/long_tails.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <utility>

namespace tinamix::search {
namespace {

using calibrate::Ranges;

/// x -> Conv 1x1 "long" -> Abs "tail" -> Conv 1x1 "last" -> y; one value in a hundred of x is far out.
class TailedNet : public data::SampleSource {
  public:
    TailedNet() {
        graph.name = "net";
        graph.opset = 13;
        const ir::ValueId x = graph.add_value("x", ir::ElementType::kFloat32, shape_);
        graph.inputs = {x};
        graph.outputs = {conv("last", "y", node("Abs", "tail", {conv("long", "c", x)}))};
        for (const char* name : {"x", "c", "tail", "y"}) ranges.tensors[name] = {-40, 40, -50, 50};
        plan = quantize::make_plan(graph, ranges, {quantize::Precision::kW8A8, {}});
    }
    size_t size() const override { return 4; }
    std::vector<ir::Tensor> load(size_t index) const override {
        std::mt19937 random(static_cast<uint32_t>(index));
        std::uniform_real_distribution<float> values(-1, 1);
        std::vector<float> made(400);
        for (size_t i = 0; i < made.size(); ++i) made[i] = (i % 100 == 7 ? 50.0F : 1.0F) * values(random);
        return {ir::Tensor::from(shape_, made)};
    }
    std::string name(size_t index) const override { return std::to_string(index); }

    ClippedRanges clip(const std::function<double(const Ranges&)>& measure) const {
        return clip_long_tails(graph, ranges, plan, *this, {0, 1, 2, 3}, measure(ranges), measure, 1, {});
    }

    ir::Graph graph;
    Ranges ranges;
    quantize::Plan plan;

  private:
    ir::ValueId node(const std::string& op, const std::string& output, const std::vector<ir::ValueId>& inputs) {
        ir::Node made;
        made.op = op;
        made.name = output;
        made.inputs = inputs;
        made.outputs = {graph.add_value(output, ir::ElementType::kFloat32, shape_)};
        graph.nodes.push_back(made);
        return made.outputs[0];
    }
    ir::ValueId conv(const std::string& name, const std::string& output, ir::ValueId from) {
        const ir::ValueId weight = graph.add_constant(name, ir::Tensor::from({1, 1, 1, 1}, std::vector<float>{1}));
        return node("Conv", output, {from, weight});
    }

    ir::Shape shape_{1, 1, 20, 20};
};

TEST(LongTails, RangesAreNarrowedAsFarAsTheMeasurementGains) {
    const TailedNet net;
    for (const auto& [best, reached] : {std::pair{10.0, 10.0}, {14.0, 14.0}, {20.0, 20.0}, {31.0, 28.0}}) {
        const ClippedRanges clipped = net.clip([best = best](const Ranges& ranges) {
            return 1 + std::fabs(ranges.tensors.at("c").max - best) + std::fabs(ranges.tensors.at("c").min + best);
        });
        EXPECT_NEAR(clipped.ranges.tensors.at("c").max, reached, 1e-4);
        EXPECT_NEAR(clipped.ranges.tensors.at("c").min, -reached, 1e-4);
        EXPECT_EQ(clipped.ranges.tensors.at("c").observed_max, 50);
        EXPECT_NEAR(clipped.error, 1 + 2 * (best - reached), 1e-4);
        EXPECT_EQ(clipped.narrowed, std::vector<ir::ValueId>{net.graph.find_value("c")});
    }
}

TEST(LongTails, InputsOutputsAndSmallGainsAreLeftAlone) {
    const TailedNet net;
    const ClippedRanges none = net.clip([](const Ranges& ranges) {
        return 1000 + ranges.tensors.at("c").max / 10 + ranges.tensors.at("x").max + ranges.tensors.at("y").max * 100;
    });
    EXPECT_TRUE(none.narrowed.empty());
    for (const auto& [name, range] : none.ranges.tensors) {
        EXPECT_EQ(range.max, 40) << name;
        EXPECT_EQ(range.min, -40) << name;
    }
}

}  // namespace
}  // namespace tinamix::search
