// Small networks through plan, pack and the runtime, in every precision, against the float executor: what is tested is
// that layouts, borders, fusions and packings keep the function. Each pack_*_test.cpp brings cases of its own.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "ir/graph.h"
#include "quantize/plan.h"

namespace tinamix::pack {

using ir::ValueId;

/// Builds a graph whose shapes are given and whose constants are random but always the same.
class Network {
  public:
    Network() {
        graph.name = "small";
        graph.opset = 13;
    }
    ValueId input(const ir::Shape& shape) {
        const ValueId id = graph.add_value("x" + std::to_string(graph.inputs.size()), ir::ElementType::kFloat32, shape);
        graph.inputs.push_back(id);
        return id;
    }
    ValueId floats(const ir::Shape& shape, float low = -1.0F, float high = 1.0F) {
        std::uniform_real_distribution<float> values(low, high);
        std::vector<float> data(static_cast<size_t>(ir::element_count(shape)));
        for (float& value : data) value = values(random_);
        return graph.add_constant(unique("c"), ir::Tensor::from(shape, data));
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

/// The outputs of a packed model, run on `threads` threads.
std::vector<std::vector<float>> run_packed(const ir::Graph& graph, const std::vector<uint8_t>& file,
                                           const std::vector<ir::Tensor>& inputs, int32_t threads);

/// One network; its name is that of the test.
struct Case {
    const char* name;
    std::function<void(Network&)> build;
};

using Ints = std::vector<int64_t>;

struct PrecisionBound {
    const char* name;
    quantize::Precision precision;
    double least_cosine;
};
// Bounds: float differs by rounding only; with 16 and 8 bits the steps of a range are 2^-15 and 2^-8 of it, and the
// cases have up to seven layers.
inline constexpr PrecisionBound kPrecisions[] = {
    {"F32", quantize::Precision::kF32, 0.9999999},
    {"W16A16", quantize::Precision::kW16A16, 0.99999},
    {"W8A16", quantize::Precision::kW8A16, 0.9998},
    {"W8A8", quantize::Precision::kW8A8, 0.998},
};

/// Every case in every precision: INSTANTIATE_TEST_SUITE_P(Pools, PackedNetwork, each_precision(kCases), packed_name).
class PackedNetwork : public testing::TestWithParam<std::tuple<Case, PrecisionBound>> {};

template <size_t kCount>
auto each_precision(const Case (&cases)[kCount]) {
    return testing::Combine(testing::ValuesIn(cases), testing::ValuesIn(kPrecisions));
}

inline std::string packed_name(const testing::TestParamInfo<PackedNetwork::ParamType>& info) {
    return std::string(std::get<0>(info.param).name) + std::get<1>(info.param).name;
}

}  // namespace tinamix::pack
