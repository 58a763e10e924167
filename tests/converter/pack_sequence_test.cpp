// Attention, products of activations and recurrent layers, packed.
#include "float/executor.h"
#include "optimize/optimize.h"
#include "packed_network.h"

namespace tinamix::pack {
namespace {

/// X, W, R, B and the attributes of a recurrent layer; `states` initial states.
std::vector<ValueId> recurrent(Network& n, const std::string& op, const Ints& sizes, int states,
                               std::map<std::string, ir::Attribute> attributes) {
    const int64_t steps = sizes[0], batch = sizes[1], inputs = sizes[2], hidden = sizes[3];
    const bool both =
        attributes.count("direction") != 0 && std::get<std::string>(attributes["direction"]) == "bidirectional";
    const bool batch_first = attributes.count("layout") != 0;
    const int64_t d = both ? 2 : 1, gates = op == "LSTM" ? 4 : op == "GRU" ? 3 : 1;
    std::vector<ValueId> in = {n.input(batch_first ? ir::Shape{batch, steps, inputs} : ir::Shape{steps, batch, inputs}),
                               n.floats({d, gates * hidden, inputs}),
                               n.floats({d, gates * hidden, hidden}, -0.5F, 0.5F), n.floats({d, 2 * gates * hidden}),
                               ir::kNoValue};
    const ir::Shape state = batch_first ? ir::Shape{batch, d, hidden} : ir::Shape{d, batch, hidden};
    for (int i = 0; i < states; ++i) in.push_back(n.input(state));
    std::vector<ir::Shape> outputs = {
        batch_first ? ir::Shape{batch, steps, d, hidden} : ir::Shape{steps, d, batch, hidden}, state};
    if (op == "LSTM") outputs.push_back(state);
    attributes["hidden_size"] = hidden;
    const std::vector<ValueId> out = n.nodes(op, in, outputs, std::move(attributes));
    optimize::expose_cell_states(n.graph);
    return out;
}

void output_all(Network& n, const std::vector<ValueId>& values) {
    for (ValueId value : values) n.output(value);
}

const Case kCases[] = {
    {"AttentionWithTwoHeads",
     [](Network& n) {
         const ValueId x = n.input({1, 9, 12});
         const auto heads = [&](const Ints& perm, ir::Shape shape) {
             const ValueId y = n.node("MatMul", {x, n.floats({12, 12}, -0.4F, 0.4F)}, {1, 9, 12});
             const ValueId r = n.node("Reshape", {y, n.ints({1, 9, 2, 6})}, {1, 9, 2, 6});
             return n.node("Transpose", {r}, std::move(shape), {{"perm", perm}});
         };
         const ValueId q = heads({0, 2, 1, 3}, {1, 2, 9, 6});
         const ValueId k = heads({0, 2, 3, 1}, {1, 2, 6, 9});
         const ValueId v = heads({0, 2, 1, 3}, {1, 2, 9, 6});
         const ValueId scores = n.node("MatMul", {q, k}, {1, 2, 9, 9});
         const ValueId weights = n.node("Softmax", {scores}, {1, 2, 9, 9}, {{"axis", int64_t{-1}}});
         const ValueId mixed = n.node("MatMul", {weights, v}, {1, 2, 9, 6});
         const ValueId joined = n.node("Transpose", {mixed}, {1, 9, 2, 6}, {{"perm", Ints{0, 2, 1, 3}}});
         n.output(n.node("Reshape", {joined, n.ints({1, 9, 12})}, {1, 9, 12}));
     }},
    {"ProductsBroadcastTheirBatches",
     [](Network& n) {
         const ValueId a = n.input({2, 1, 3, 5}), b = n.input({4, 5, 6});
         const ValueId y = n.node("MatMul", {a, b}, {2, 4, 3, 6});
         n.output(n.node("Relu", {y}, {2, 4, 3, 6}));
     }},
    {"ConstantOnTheLeftAndBatchedConstant",
     [](Network& n) {
         const ValueId x = n.input({2, 5, 6});
         const ValueId y = n.node("MatMul", {n.floats({3, 5}), x}, {2, 3, 6});
         n.output(n.node("MatMul", {y, n.floats({2, 6, 4})}, {2, 3, 4}));
     }},
    {"VectorsAreMatrices",
     [](Network& n) {
         const ValueId a = n.input({7}), b = n.input({7, 4}), c = n.input({4});
         const ValueId row = n.node("MatMul", {a, b}, {4});
         n.output(row);
         n.output(n.node("MatMul", {b, c}, {7}));
     }},
    {"LayerNormOverOneAndTwoAxes",
     [](Network& n) {
         const ValueId x = n.input({2, 5, 6});
         const ValueId y = n.node("LayerNormalization", {x, n.floats({6}, 0.5F, 2.0F), n.floats({6})}, {2, 5, 6});
         n.output(n.node("LayerNormalization", {y, n.floats({5, 6})}, {2, 5, 6},
                         {{"axis", int64_t{1}}, {"epsilon", 1e-3F}}));
     }},
    {"InstanceNormOfImages",
     [](Network& n) {
         const ValueId x = n.input({2, 3, 8, 7});
         const ValueId c = n.node("Conv", {x, n.floats({4, 3, 1, 1})}, {2, 4, 8, 7});
         n.output(n.node("InstanceNormalization", {c, n.floats({4}, 0.5F, 2.0F), n.floats({4})}, {2, 4, 8, 7}));
     }},
    {"LengthOfOneAlongAnAxis",
     [](Network& n) {
         const ValueId x = n.input({2, 7, 5});
         n.output(n.node("LpNormalization", {x}, {2, 7, 5}, {{"axis", int64_t{1}}}));
     }},
    {"LstmOverSequences",
     [](Network& n) {
         output_all(n, recurrent(n, "LSTM", {5, 2, 6, 7}, 0, {}));
     }},
    {"LstmInBothDirectionsFromGivenStates",
     [](Network& n) {
         output_all(n, recurrent(n, "LSTM", {3, 2, 4, 5}, 2, {{"direction", std::string("bidirectional")}}));
     }},
    {"LstmOfOneStepWithTheBatchFirst",
     [](Network& n) {
         const std::vector<ValueId> y =
             recurrent(n, "LSTM", {1, 3, 4, 6}, 2, {{"layout", int64_t{1}}, {"direction", std::string("reverse")}});
         n.output(y[0]);
         n.output(y[2]);
     }},
    {"LstmClipsItsSums",
     [](Network& n) {
         output_all(n, recurrent(n, "LSTM", {4, 1, 6, 5}, 0, {{"clip", 0.7F}}));
     }},
    {"GruInBothDirections",
     [](Network& n) {
         output_all(n, recurrent(n, "GRU", {4, 2, 3, 5}, 1, {{"direction", std::string("bidirectional")}}));
     }},
    {"GruWithLinearBeforeReset",
     [](Network& n) {
         output_all(n, recurrent(n, "GRU", {4, 2, 3, 5}, 0, {{"linear_before_reset", int64_t{1}}}));
     }},
    {"RnnOverSequencesOfABatchFirst",
     [](Network& n) {
         output_all(n, recurrent(n, "RNN", {4, 2, 3, 5}, 1, {{"layout", int64_t{1}}}));
     }},
    {"RnnWithReluHasAnUnboundedState",
     [](Network& n) {
         output_all(n, recurrent(n, "RNN", {3, 1, 4, 5}, 0, {{"activations", std::vector<std::string>{"Relu"}}}));
     }},
};

INSTANTIATE_TEST_SUITE_P(Sequences, PackedNetwork, each_precision(kCases), packed_name);

/// Runs a graph of one Gemm before and after it is split.
void expect_split_keeps_the_function(std::map<std::string, ir::Attribute> attributes, ir::Shape a, ir::Shape b,
                                     bool constant_b, bool computed_c) {
    Network n;
    const ValueId left = n.input(std::move(a));
    const ValueId right = constant_b ? n.floats(b) : n.input(b);
    const ValueId c = computed_c ? n.input({1, 4}) : n.floats({4});
    n.output(n.node("Gemm", {left, right, c}, {3, 4}, std::move(attributes)));
    std::vector<ir::Tensor> inputs;
    for (ValueId id : n.graph.inputs) {
        ir::Tensor tensor(ir::ElementType::kFloat32, n.graph.value(id).shape);
        for (int64_t i = 0; i < tensor.elements(); ++i) tensor.data<float>()[i] = static_cast<float>(i * 7 % 5) - 2.0F;
        inputs.push_back(std::move(tensor));
    }
    const std::vector<float> before = float_exec::Executor(n.graph).run(inputs)[0].to_floats();
    optimize::optimize(n.graph);
    for (const ir::Node& node : n.graph.nodes) {
        EXPECT_EQ(node.integer("transA", 0), 0);
        EXPECT_TRUE(node.op != "Gemm" || n.graph.is_constant(node.inputs[1]));
    }
    const std::vector<float> after = float_exec::Executor(n.graph).run(inputs)[0].to_floats();
    ASSERT_EQ(before.size(), after.size());
    for (size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(before[i], after[i], 1e-5) << i;
}

TEST(SplitGemm, KeepsTheFunctionAndLeavesOnlyFormsWithKernels) {
    expect_split_keeps_the_function({{"alpha", 0.5F}, {"beta", 2.0F}, {"transB", int64_t{1}}}, {3, 5}, {4, 5}, false,
                                    true);
    expect_split_keeps_the_function({{"transA", int64_t{1}}, {"alpha", 3.0F}}, {5, 3}, {5, 4}, true, false);
    expect_split_keeps_the_function({{"transA", int64_t{1}}}, {5, 3}, {5, 4}, false, false);
    expect_split_keeps_the_function({{"beta", 0.25F}, {"alpha", 2.0F}}, {3, 5}, {5, 4}, true, true);
}

/// (x - mean) / sqrt(mean of squares + epsilon) * gain + bias, as exporters write it.
TEST(FuseNormalization, WrittenOutLayerNormBecomesOneNode) {
    Network n;
    const ValueId x = n.input({2, 3, 8});
    const ir::Shape all = {2, 3, 8}, one = {2, 3, 1};
    const std::map<std::string, ir::Attribute> last = {{"axes", Ints{-1}}};
    const ValueId mean = n.node("ReduceMean", {x}, one, last);
    const ValueId difference = n.node("Sub", {x, mean}, all);
    const ValueId square = n.node("Pow", {difference, n.floats({}, 2, 2)}, all);
    const ValueId variance = n.node("ReduceMean", {square}, one, last);
    const ValueId sum = n.node("Add", {variance, n.floats({}, 1e-5F, 1e-5F)}, one);
    const ValueId deviation = n.node("Sqrt", {sum}, one);
    const ValueId normal = n.node("Div", {difference, deviation}, all);
    const ValueId scaled = n.node("Mul", {normal, n.floats({8}, 0.5F, 2.0F)}, all);
    n.output(n.node("Add", {scaled, n.floats({8})}, all));
    ir::Tensor input(ir::ElementType::kFloat32, all);
    for (int64_t i = 0; i < input.elements(); ++i) input.data<float>()[i] = static_cast<float>(i * 5 % 13) - 4.0F;
    const std::vector<float> before = float_exec::Executor(n.graph).run({input})[0].to_floats();
    optimize::optimize(n.graph);
    ASSERT_EQ(n.graph.nodes.size(), 1U);
    EXPECT_EQ(n.graph.nodes[0].op, "LayerNormalization");
    const std::vector<float> after = float_exec::Executor(n.graph).run({input})[0].to_floats();
    for (size_t i = 0; i < before.size(); ++i) EXPECT_NEAR(before[i], after[i], 1e-5) << i;
}

}  // namespace
}  // namespace tinamix::pack
