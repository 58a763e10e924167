// What the executor promises around the operators: checks, observers, threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>

#include "diagnostics/error.h"
#include "float_op_runner.h"

namespace tinamix {
namespace {

using Floats = std::vector<float>;

/// x -> Conv 3x3 -> Relu -> [Concat with x] -> GlobalAveragePool -> Flatten; the Relu is an output too.
ir::Graph small_network(int64_t size) {
    ir::Graph graph;
    graph.name = "small";
    graph.opset = 13;
    const ir::Shape image = {1, 3, size, size};
    auto value = [&](const char* name, ir::Shape shape) {
        return graph.add_value(name, ir::ElementType::kFloat32, std::move(shape));
    };
    const ir::ValueId x = value("x", image);
    std::vector<float> weights;
    for (int i = 0; i < 3 * 3 * 9; ++i) {
        weights.push_back(static_cast<float>(i % 7 - 3) * 0.37F);
    }
    const ir::ValueId w = graph.add_constant("w", ir::Tensor::from<float>({3, 3, 3, 3}, weights));
    const ir::ValueId conv = value("conv", image), relu = value("relu", image);
    const ir::ValueId both = value("both", {1, 6, size, size}), mean = value("mean", {1, 6, 1, 1});
    const ir::ValueId flat = value("flat", {1, 6});
    graph.inputs = {x};
    graph.outputs = {flat, relu};
    graph.nodes.push_back({"n1", "Conv", "", {{"pads", std::vector<int64_t>{1, 1, 1, 1}}}, {x, w}, {conv}, ""});
    graph.nodes.push_back({"n2", "Relu", "", {}, {conv}, {relu}, ""});
    graph.nodes.push_back({"n3", "Concat", "", {{"axis", int64_t{1}}}, {relu, x}, {both}, ""});
    graph.nodes.push_back({"n4", "GlobalAveragePool", "", {}, {both}, {mean}, ""});
    graph.nodes.push_back({"n5", "Flatten", "", {}, {mean}, {flat}, ""});
    return graph;
}

ir::Tensor picture(int64_t size) {
    Floats values;
    for (int64_t i = 0; i < 3 * size * size; ++i) {
        values.push_back(static_cast<float>(i * 37 % 101) * 0.113F - 5);
    }
    return ir::Tensor::from<float>({1, 3, size, size}, values);
}

std::string error_of(const std::function<void()>& act) {
    try {
        act();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(FloatExecutor, ChecksNumberTypesAndShapesOfInputs) {
    const ir::Graph graph = small_network(4);
    float_exec::Executor executor(graph);
    EXPECT_NE(error_of([&] { executor.run({}); }).find("1 inputs, got 0"), std::string::npos);
    const std::string shape = error_of([&] { executor.run({picture(5)}); });
    EXPECT_NE(shape.find("input `x`: expected float32 1x3x4x4, got float32 1x3x5x5"), std::string::npos) << shape;
    EXPECT_THROW(executor.run({ir::Tensor(ir::ElementType::kInt64, {1, 3, 4, 4})}), Error);
    EXPECT_NO_THROW(executor.run({picture(4)}));
}

TEST(FloatExecutor, NamesTheNodeOfAnUnknownOperator) {
    ir::Graph graph = small_network(4);
    graph.nodes[1].op = "Rellu";
    const std::string what = error_of([&] { float_exec::Executor executor(graph); });
    EXPECT_NE(what.find("Rellu `n2`"), std::string::npos) << what;
    EXPECT_NE(what.find("Relu"), std::string::npos) << what;
}

TEST(FloatExecutor, ObserverSeesEveryValueOnceInOnnxOrder) {
    const ir::Graph graph = small_network(4);
    std::map<std::string, ir::Tensor> seen;
    const auto outputs = float_exec::Executor(graph).run({picture(4)}, [&](ir::ValueId id, const ir::Tensor& tensor) {
        EXPECT_TRUE(seen.emplace(graph.value(id).name, tensor).second);
        EXPECT_EQ(tensor.shape(), graph.value(id).shape);
    });
    EXPECT_EQ(seen.size(), 6U);
    EXPECT_EQ(seen.at("relu").to_floats(), outputs[1].to_floats());
    EXPECT_EQ(seen.at("flat").to_floats(), outputs[0].to_floats());
    // Concat starts with the Relu's channels, then the input's.
    Floats joined = seen.at("relu").to_floats();
    const Floats x = picture(4).to_floats();
    joined.insert(joined.end(), x.begin(), x.end());
    EXPECT_EQ(seen.at("both").to_floats(), joined);
}

TEST(FloatExecutor, ObserverInAnyOrderSeesTheSameElements) {
    const ir::Graph graph = small_network(5);
    std::map<ir::ValueId, Floats> onnx, any;
    float_exec::Executor executor(graph);
    auto collect = [](std::map<ir::ValueId, Floats>& into) {
        return [&into](ir::ValueId id, const ir::Tensor& tensor) {
            into[id] = tensor.to_floats();
            std::sort(into[id].begin(), into[id].end());
        };
    };
    const auto first = executor.run({picture(5)}, collect(onnx));
    const auto second = executor.run({picture(5)}, collect(any), float_exec::ElementOrder::kAny);
    EXPECT_EQ(onnx, any);
    EXPECT_EQ(first[0].to_floats(), second[0].to_floats());
}

TEST(FloatExecutor, GivesTheSameBitsForAnyNumberOfThreads) {
    const ir::Graph graph = small_network(61);
    const auto one = float_exec::Executor(graph, {1}).run({picture(61)});
    for (int threads : {2, 3, 5}) {
        const auto many = float_exec::Executor(graph, {threads}).run({picture(61)});
        for (size_t i = 0; i < one.size(); ++i) {
            ASSERT_EQ(many[i].bytes(), one[i].bytes());
            EXPECT_EQ(std::memcmp(many[i].raw(), one[i].raw(), one[i].bytes()), 0) << threads << " threads";
        }
    }
    EXPECT_THROW(float_exec::Executor(graph, {0}), Error);
}

TEST(FloatExecutor, RunsAgainWithOtherInputs) {
    const ir::Graph graph = small_network(6);
    float_exec::Executor executor(graph);
    const Floats first = executor.run({picture(6)})[0].to_floats();
    executor.run({ir::Tensor(ir::ElementType::kFloat32, {1, 3, 6, 6})});
    EXPECT_EQ(executor.run({picture(6)})[0].to_floats(), first);
}

TEST(FloatExecutor, PassesInputsAndConstantsStraightToOutputs) {
    ir::Graph graph;
    graph.opset = 13;
    graph.inputs = {graph.add_value("x", ir::ElementType::kFloat32, {2})};
    graph.outputs = {graph.inputs[0], graph.add_constant("c", ir::Tensor::from<float>({1}, {7}))};
    const auto outputs = float_exec::Executor(graph).run({ir::Tensor::from<float>({2}, {1, 2})});
    EXPECT_EQ(outputs[0].to_floats(), (Floats{1, 2}));
    EXPECT_EQ(outputs[1].to_floats(), (Floats{7}));
}

TEST(FloatExecutor, NoticesAGraphWhoseShapesLie) {
    ir::Graph graph = small_network(4);
    graph.value(graph.find_value("mean")).shape = {1, 6, 2, 1};
    float_exec::Executor executor(graph);
    const std::string what = error_of([&] { executor.run({picture(4)}); });
    EXPECT_NE(what.find("`mean`"), std::string::npos) << what;
}

}  // namespace
}  // namespace tinamix
