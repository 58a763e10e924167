// The search on a small network, against everything that can be tried.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "pack/pack.h"
#include "search/knapsack.h"
#include "search/minimum_cut.h"
#include "search/mix_cost.h"
#include "search/sensitivity.h"
#include "search_network.h"
#include "temporary_folder.h"

namespace tinamix::search {
namespace {

using quantize::Precision;

std::vector<std::string> layer_names(const ir::Graph& graph, const Group& group) {
    std::vector<std::string> names;
    for (const int node : group.nodes) names.push_back(graph.nodes[static_cast<size_t>(node)].op);
    return names;
}

TEST(Groups, SumsAndJoinsShareAGroupWithTheirOperands) {
    const ir::Graph graph = search_graph();
    const RandomSamples samples({1, 3, 8, 8}, 2);
    const std::vector<Group> groups = find_groups(graph, calibrate::calibrate(graph, samples, {}), {});
    ASSERT_EQ(groups.size(), 4U);
    using Names = std::vector<std::string>;
    EXPECT_EQ(layer_names(graph, groups[0]), (Names{"Conv", "Conv", "Add"}));  // stem, end of the branch, sum
    EXPECT_EQ(layer_names(graph, groups[1]), (Names{"Conv"}));
    EXPECT_EQ(layer_names(graph, groups[2]), (Names{"Conv"}));
    EXPECT_EQ(layer_names(graph, groups[3]), (Names{"Conv", "Conv"}));  // both heads; the Concat follows
}

TEST(Groups, LayersThatRulesNameAreLeftAlone) {
    const ir::Graph graph = search_graph();
    const RandomSamples samples({1, 3, 8, 8}, 2);
    quantize::PrecisionRules rules;
    rules.rules.push_back({graph.nodes[2].name, Precision::kW16A16, "test"});
    const std::vector<Group> groups = find_groups(graph, calibrate::calibrate(graph, samples, {}), rules);
    for (const Group& group : groups) {
        EXPECT_EQ(std::count(group.nodes.begin(), group.nodes.end(), 2), 0) << group.name;
    }
    EXPECT_EQ(groups.size(), 3U);
}

TEST(Groups, LiteralPatternsMatchOnlyTheirName) {
    const std::string name = "a[0]*?\\b";
    EXPECT_TRUE(quantize::glob_matches(literal_pattern(name), name));
    EXPECT_FALSE(quantize::glob_matches(literal_pattern(name), "a0xx\\b"));
}

TEST(OutputGroups, PartsOfAnOutputWithOtherRangesAreJudgedApart) {
    pack::Network net;
    const ValueId x = net.input({1, 4});
    const auto gemm = [&](float reach) { return net.node("Gemm", {x, net.floats({4, 4}, -reach, reach)}, {1, 4}); };
    const ValueId boxes = gemm(400), scores = gemm(1), more_boxes = gemm(300);
    net.output(net.node("Concat", {boxes, scores, more_boxes}, {1, 12}, {{"axis", int64_t{1}}}));
    const RandomSamples samples({1, 4}, 3);
    const std::vector<OutputGroup> groups = find_output_groups(net.graph, calibrate::calibrate(net.graph, samples, {}));
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0].judged.size(), 2U);
    EXPECT_EQ(groups[1].judged, (std::vector<ValueId>{scores}));
}

TEST(OutputGroups, LogitsRankWhatASoftmaxJudges) {
    pack::Network net;
    const ValueId logits = net.node("Gemm", {net.input({1, 4}), net.floats({4, 4})}, {1, 4});
    net.output(net.node("Softmax", {logits}, {1, 4}));
    const RandomSamples samples({1, 4}, 3);
    const std::vector<OutputGroup> groups = find_output_groups(net.graph, calibrate::calibrate(net.graph, samples, {}));
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups[0].judged, net.graph.outputs);
    EXPECT_EQ(groups[0].ranked, (std::vector<ValueId>{logits}));
}

TEST(Knapsack, IsTheFrontOfAllCombinations) {
    std::mt19937 random(3);
    std::uniform_int_distribution<int> number(0, 20);
    std::vector<std::vector<Choice>> items(6, std::vector<Choice>(3));
    for (auto& choices : items) {
        for (Choice& choice : choices)
            choice = {static_cast<double>(number(random)), static_cast<double>(number(random))};
    }
    const std::vector<FrontPoint> front = pareto_front(items);
    size_t on_front = 0;
    for (int code = 0; code < 729; ++code) {
        double loss = 0, cost = 0;
        for (size_t i = 0, rest = static_cast<size_t>(code); i < items.size(); ++i, rest /= 3) {
            loss += items[i][rest % 3].loss;
            cost += items[i][rest % 3].cost;
        }
        EXPECT_TRUE(std::any_of(front.begin(), front.end(),
                                [&](const FrontPoint& point) { return point.loss <= loss && point.cost <= cost; }));
    }
    for (size_t p = 0; p < front.size(); ++p) {
        double loss = 0, cost = 0;
        for (size_t i = 0; i < items.size(); ++i) {
            loss += items[i][front[p].choice[i]].loss;
            cost += items[i][front[p].choice[i]].cost;
        }
        EXPECT_EQ(loss, front[p].loss);
        EXPECT_EQ(cost, front[p].cost);
        if (p > 0) {
            EXPECT_GT(cost, front[p - 1].cost);
            EXPECT_LT(loss, front[p - 1].loss);
        }
        ++on_front;
    }
    EXPECT_GT(on_front, 3U);
}

TEST(Knapsack, ThinnedFrontsKeepTheirEnds) {
    std::mt19937 random(5);
    std::uniform_real_distribution<double> number(0, 1);
    std::vector<std::vector<Choice>> items(20);
    double cheapest = 0, least = 0;
    for (auto& choices : items) {
        const double cost = number(random), loss = number(random);
        choices = {{loss, 0}, {0, cost}};
        cheapest += 0;
        least += cost;
    }
    const std::vector<FrontPoint> front = pareto_front(items, 50);
    EXPECT_LE(front.size(), 50U);
    EXPECT_EQ(front.front().cost, cheapest);
    EXPECT_NEAR(front.back().cost, least, 1e-9);
    EXPECT_EQ(front.back().loss, 0);
}

TEST(MinimumCut, IsTheBestOfAllLabelings) {
    std::mt19937 random(9);
    std::uniform_real_distribution<double> number(0, 1);
    for (int trial = 0; trial < 20; ++trial) {
        std::vector<double> first(9), second(9);
        for (size_t i = 0; i < first.size(); ++i) {
            first[i] = number(random);
            second[i] = first[i] + number(random) - 0.3;
        }
        std::vector<Pairing> pairings;
        for (size_t i = 0; i + 1 < first.size(); ++i) pairings.push_back({i, i + 1, 0.4 * number(random)});
        pairings.push_back({0, 8, 0.3});
        pairings.push_back({2, 6, 0.2});
        const auto sum = [&](const std::vector<bool>& labels) {
            double total = 0;
            for (size_t i = 0; i < labels.size(); ++i) total += labels[i] ? second[i] : first[i];
            for (const Pairing& pairing : pairings) {
                if (labels[pairing.a] && labels[pairing.b]) total -= pairing.gain;
            }
            return total;
        };
        double least = 1e9;
        for (unsigned code = 0; code < 512; ++code) {
            std::vector<bool> labels;
            for (size_t i = 0; i < first.size(); ++i) labels.push_back((code >> i & 1U) != 0);
            least = std::min(least, sum(labels));
        }
        EXPECT_NEAR(sum(best_labels(first, second, pairings)), least, 1e-9);
    }
}

TEST(MixCost, KnowsWhatNeighboursShare) {
    SearchCase of;
    const MixCost cost(of.simulator);
    EXPECT_EQ(of.simulator.neighbours(), (std::vector<std::pair<size_t, size_t>>{{0, 1}, {0, 2}, {2, 3}}));
    double saved = 0;
    for (const MixCost::Neighbours& pair : cost.neighbours()) saved += pair.saved_ms;
    EXPECT_GT(saved, 0);
    std::vector<Mix> mixes;
    for (const bool first : {false, true}) {
        for (const bool last : {false, true}) {
            mixes.push_back(of.simulator.uniform(Precision::kW8A16));
            if (first) mixes.back().front() = Precision::kW8A8;
            if (last) mixes.back().back() = Precision::kW16A16;
        }
    }
    const std::vector<Price> prices = of.simulator.price(mixes);
    for (size_t i = 0; i < mixes.size(); ++i) {
        EXPECT_NEAR(cost.ms(mixes[i]), prices[i].cost.ms, 0.02 * prices[i].cost.ms);
    }
}

TEST(MixSimulator, TrialsFromPrefixesAreWhatWholeModelsCompute) {
    SearchCase of;
    std::vector<Mix> mixes;
    for (size_t g = 0; g < of.simulator.groups().size(); ++g) {
        for (const Precision precision : {Precision::kW8A16, Precision::kF32}) {
            mixes.push_back(of.simulator.uniform(Precision::kW8A8));
            mixes.back()[g] = precision;
        }
    }
    const Mix int8 = of.simulator.uniform(Precision::kW8A8), int16 = of.simulator.uniform(Precision::kW16A16);
    const auto shared = of.simulator.measure({int8, int16}, mixes, 6, "", {});
    for (size_t i = 0; i < mixes.size(); ++i) {
        const quantize::Plan plan = of.simulator.plan_of(mixes[i]);
        const std::vector<uint8_t> file =
            pack::pack(of.simulator.graph_of(plan), plan, pack::target_from_name("generic"), "");
        std::vector<std::vector<Agreement>> sums;
        for (size_t sample = 0; sample < 6; ++sample) {
            const std::vector<float> found = pack::run_packed(of.graph, file, of.samples.load(sample), 1).front();
            sums.push_back({agreement(found.data(), of.reference.expected(sample, 0).data<float>(),
                                      static_cast<int64_t>(found.size()))});
        }
        EXPECT_EQ(shared[i].losses.judged, of.reference.losses(sums).judged);
    }
}

TEST(Sensitivity, AgreesWithTryingEveryGroupInTurn) {
    SearchCase of;
    const Sensitivity sensitivity = measure_sensitivity(of.simulator, 6, {});
    const std::vector<size_t> ranking = sensitivity.ranking();
    // The two worst groups in int16 must bring at least 90 % of what the best two of all pairs bring.
    const auto gain = [&](size_t a, size_t b) {
        Mix mix = of.simulator.uniform(Precision::kW8A8);
        mix[a] = mix[b] = Precision::kW16A16;
        const Measurement measured = of.simulator.measure({}, {mix}, 6, "", {}).front();
        return sensitivity.int8.losses.ranked[0] - measured.losses.ranked[0];
    };
    double most = 0;
    for (size_t a = 0; a < ranking.size(); ++a) {
        for (size_t b = a + 1; b < ranking.size(); ++b) most = std::max(most, gain(a, b));
    }
    EXPECT_GT(most, 0);
    EXPECT_GE(gain(ranking[0], ranking[1]), 0.9 * most);
}

/// Every mix of the integer precisions.
std::vector<Mix> all_mixes(const MixSimulator& simulator) {
    std::vector<Mix> mixes{{}};
    for (const Group& group : simulator.groups()) {
        std::vector<Mix> longer;
        for (const Mix& mix : mixes) {
            for (const Precision precision : group.precisions) {
                if (precision == Precision::kF32) continue;
                longer.push_back(mix);
                longer.back().push_back(precision);
            }
        }
        mixes = std::move(longer);
    }
    return mixes;
}

TEST(Search, FindsReachableTargetsAtNearlyTheLeastCost) {
    SearchCase of;
    const std::vector<Mix> mixes = all_mixes(of.simulator);
    ASSERT_EQ(mixes.size(), 81U);
    const std::vector<Measurement> measured =
        of.simulator.measure({of.simulator.uniform(Precision::kW8A8)}, mixes, 6, "", {});
    double int8 = 0, int16 = 0;
    for (size_t i = 0; i < mixes.size(); ++i) {
        if (mixes[i] == of.simulator.uniform(Precision::kW8A8)) int8 = measured[i].losses.judged[0];
        if (mixes[i] == of.simulator.uniform(Precision::kW16A16)) int16 = measured[i].losses.judged[0];
    }
    ASSERT_LT(int16, int8);
    for (const double part : {0.8, 0.5, 0.2, 0.05}) {
        const double allowed = int16 + part * (int8 - int16);
        double least = 1e30;
        for (size_t i = 0; i < mixes.size(); ++i) {
            if (measured[i].losses.judged[0] <= allowed) least = std::min(least, measured[i].price.cost.ms);
        }
        SearchGoal goal;
        goal.target_cosine = 1 - allowed;
        const SearchResult result = search_mix(of.simulator, goal, {});
        EXPECT_TRUE(result.reached) << part;
        EXPECT_LE(result.chosen.measured.losses.judged[0], allowed * (1 + 1e-6));
        EXPECT_LE(result.chosen.measured.price.cost.ms, 1.05 * least) << part;
    }
}

TEST(Search, TakesInt8WhereThatIsEnough) {
    SearchCase of;
    SearchGoal goal;
    goal.target_cosine = 0.5;
    const SearchResult result = search_mix(of.simulator, goal, {});
    EXPECT_TRUE(result.reached);
    EXPECT_EQ(result.chosen.mix, of.simulator.uniform(Precision::kW8A8));
}

TEST(Search, IsNeverWorseThanInt8AndSaysWhatItMisses) {
    SearchCase of;
    const Measurement int8 = of.simulator.measure({}, {of.simulator.uniform(Precision::kW8A8)}, 6, "", {}).front();
    SearchGoal goal;
    goal.target_cosine = 1 - 1e-12;
    goal.most_ms = int8.price.cost.ms * 1.2;
    const SearchResult result = search_mix(of.simulator, goal, {});
    EXPECT_FALSE(result.reached);
    EXPECT_TRUE(result.within_limits);
    EXPECT_LE(result.chosen.measured.price.cost.ms, *goal.most_ms);
    EXPECT_LE(result.chosen.excess, result.int8.excess);
    for (size_t i = 1; i < result.front.size(); ++i) {
        EXPECT_GE(result.front[i].measured.price.cost.ms, result.front[i - 1].measured.price.cost.ms);
        EXPECT_LT(result.front[i].excess, result.front[i - 1].excess);
    }
}

TEST(Search, IsTheSameOnTwoThreads) {
    SearchCase one, two(search_graph(), 2);
    SearchGoal goal;
    goal.target_cosine = 0.9999;
    const SearchResult a = search_mix(one.simulator, goal, {}), b = search_mix(two.simulator, goal, {});
    EXPECT_EQ(a.chosen.mix, b.chosen.mix);
    EXPECT_EQ(a.chosen.excess, b.chosen.excess);
    ASSERT_EQ(a.front.size(), b.front.size());
    for (size_t i = 0; i < a.front.size(); ++i) EXPECT_EQ(a.front[i].mix, b.front[i].mix);
}

TEST(Search, GoesOnWithWhatWasMeasuredBefore) {
    const test::TemporaryFolder folder;
    const std::string path = folder.file("log.json");
    SearchGoal goal;
    goal.target_cosine = 0.9999;
    SearchCase first, second, other(search_graph(), 1, {Precision::kW8A8, {{"Conv_*", Precision::kW16A16, "test"}}});
    first.simulator.resume(path);
    const SearchResult a = search_mix(first.simulator, goal, {});
    second.simulator.resume(path);
    size_t runs = 0;
    const SearchResult b = search_mix(second.simulator, goal, [&](const char*, size_t, size_t) { ++runs; });
    EXPECT_EQ(runs, 0U);
    EXPECT_EQ(a.chosen.mix, b.chosen.mix);
    EXPECT_EQ(a.chosen.excess, b.chosen.excess);
    EXPECT_THROW(other.simulator.resume(path), Error);
}

/// The bar of the project: what the ranking calls worst gains nine tenths of what trying everything, one group after
/// the other, finds.
TEST(Sensitivity, RanksNearlyAsWellAsGreedyExhaustiveSearch) {
    SearchCase of(chain_graph());
    const size_t count = of.simulator.groups().size(), samples = of.reference.samples();
    ASSERT_EQ(count, 12U);
    const Sensitivity sensitivity = measure_sensitivity(of.simulator, samples, {});
    const std::vector<size_t> ranking = sensitivity.ranking();
    const auto loss = [](const Measurement& measured) { return measured.losses.judged.front(); };
    const double int8 = loss(sensitivity.int8);
    const Mix wide = of.simulator.uniform(Precision::kW16A16);
    Mix ranked = of.simulator.uniform(Precision::kW8A8), greedy = ranked;
    for (size_t step = 0; step < 4; ++step) {
        ranked[ranking[step]] = wide[ranking[step]];
        std::vector<Mix> mixes;
        for (size_t g = 0; g < count; ++g) {
            if (greedy[g] == wide[g]) continue;
            mixes.push_back(greedy);
            mixes.back()[g] = wide[g];
        }
        const std::vector<Measurement> found = of.simulator.measure({}, mixes, samples, "", {});
        const auto best = std::min_element(
            found.begin(), found.end(), [&](const Measurement& a, const Measurement& b) { return loss(a) < loss(b); });
        greedy = mixes[static_cast<size_t>(best - found.begin())];
    }
    const std::vector<Measurement> both = of.simulator.measure({}, {ranked, greedy}, samples, "", {});
    EXPECT_GT(int8 - loss(both[1]), 0);
    EXPECT_GE(int8 - loss(both[0]), 0.9 * (int8 - loss(both[1])));
}

TEST(Metric, LossesAreThoseOfTheMetric) {
    SearchCase of;
    const auto losses = [&](Metric metric) {
        const ReferenceOutputs reference(of.graph, find_output_groups(of.graph, of.ranges), of.samples, {0, 1}, 1,
                                         size_t{1} << 24, {}, std::move(metric));
        std::vector<std::vector<Agreement>> sums;
        for (size_t sample = 0; sample < 2; ++sample) {
            std::vector<float> found = reference.expected(sample, 0).to_floats();
            for (float& value : found) value *= 1.5F;  // the same direction and order, half as much again
            sums.push_back({reference.compared(sample, 0, found)});
        }
        return reference.losses(sums);
    };
    EXPECT_NEAR(losses({}).judged.front(), 0, 1e-6);
    EXPECT_NEAR(losses({Metric::Kind::kSnr, 1, ""}).judged.front(), 0.25, 1e-6);
    EXPECT_EQ(losses({Metric::Kind::kTop, 1, ""}).judged.front(), 0);
    EXPECT_THROW(losses({Metric::Kind::kTop, 8, ""}), Error) << "rows of 8 have no more than 8 best";
}

TEST(Metric, WeighsTheTensorsThatAreNamed) {
    SearchCase of;
    const std::string& name = of.graph.value(of.graph.outputs.front()).name;
    const std::string& other = of.graph.value(of.graph.nodes.front().outputs.front()).name;
    const OutputGroup group = weighted_group(of.graph, {{name, 3}, {other, 1}});
    const ReferenceOutputs reference(of.graph, {group}, of.samples, {0}, 1, size_t{1} << 24);
    std::vector<Agreement> sums;
    for (size_t i = 0; i < 2; ++i) {
        std::vector<float> found = reference.expected(0, i).to_floats();
        if (reference.names()[i] == other) {
            for (float& value : found) value = -value;  // a cosine of -1: a loss of 2
        }
        sums.push_back(reference.compared(0, i, found));
    }
    EXPECT_NEAR(reference.losses({sums}).judged.front(), 0.25 * 2, 1e-9);
    EXPECT_THROW(weighted_group(of.graph, {{"no such tensor", 1}}), Error);
}

/// Its score is minus the sum of the differences to float.
class DistanceScorer final : public OutputScorer {
  public:
    explicit DistanceScorer(const ReferenceOutputs& reference) : reference_(reference) {}
    void add(size_t sample, const std::string& name, const ir::Shape&, const std::vector<float>& values) override {
        const auto& names = reference_.names();
        const auto place = static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
        const std::vector<float> expected = reference_.expected(sample, place).to_floats();
        for (size_t i = 0; i < values.size(); ++i) sum_ += std::fabs(values[i] - expected[i]);
    }
    double score() override { return 10 - sum_; }

  private:
    const ReferenceOutputs& reference_;
    double sum_ = 0;
};

TEST(Metric, ScorersJudgeWholeMixes) {
    SearchCase of;
    of.simulator.judge_by([&] { return std::make_unique<DistanceScorer>(of.reference); });
    const std::vector<Mix> mixes{of.simulator.uniform(Precision::kW8A8), of.simulator.uniform(Precision::kW16A16)};
    const std::vector<Measurement> all = of.simulator.measure({}, mixes, of.reference.samples(), "", {});
    EXPECT_GT(all[0].losses.judged.front(), 50 * all[1].losses.judged.front());
    EXPECT_GT(all[1].losses.judged.front(), 0);
    const std::vector<Measurement> few = of.simulator.measure({}, mixes, 2, "", {});
    EXPECT_EQ(few[0].losses.judged, few[0].losses.ranked) << "single changes are ranked without the scorer";
}

TEST(LayerSimilarity, AloneLosesLessThanTogether) {
    SearchCase of;
    const std::vector<LayerSimilarity> layers =
        of.simulator.layers_of(of.simulator.uniform(Precision::kW8A8), of.samples, {0, 1, 2});
    ASSERT_GE(layers.size(), 8U);
    EXPECT_NEAR(cosine_loss(layers.front().alone), cosine_loss(layers.front().cumulative), 1e-12);
    double alone = 0, cumulative = 0;
    for (const LayerSimilarity& layer : layers) {
        EXPECT_LT(cosine_loss(layer.alone), 0.01) << layer.layer;
        EXPECT_GT(layer.alone.yy, 0) << layer.layer;
        alone += cosine_loss(layer.alone);
        cumulative += cosine_loss(layer.cumulative);
    }
    EXPECT_LT(alone, cumulative);
}

}  // namespace
}  // namespace tinamix::search
