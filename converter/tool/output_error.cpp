#include "tool/output_error.h"

#include <algorithm>
#include <map>

#include "float/executor.h"
#include "tool/simulation.h"

namespace tinamix::tool {
namespace {

/// Probabilities hide most of what happens to the logits that they are made of.
ir::ValueId before_softmax(const ir::Graph& graph, ir::ValueId output) {
    const int producer = graph.producer(output);
    if (producer < 0) return output;
    const ir::Node& node = graph.nodes[static_cast<size_t>(producer)];
    return node.domain.empty() && node.op == "Softmax" ? node.inputs.front() : output;
}

std::vector<ir::ValueId> watched_values(const ir::Graph& graph, const std::vector<quantize::HeadJoin>& joins) {
    std::vector<ir::ValueId> values;
    for (const ir::ValueId output : graph.outputs) values.push_back(before_softmax(graph, output));
    for (const quantize::HeadJoin& join : joins) {
        for (const ir::ValueId input : graph.nodes[static_cast<size_t>(join.node)].inputs) {
            const bool known = std::find(values.begin(), values.end(), input) != values.end();
            if (!known && !graph.is_constant(input)) values.push_back(input);
        }
    }
    return values;
}

/// For inputs and float results.
constexpr size_t kMostBytes = size_t{96} << 20;

double relative_error(const ir::Tensor& found, const ir::Tensor& expected) {
    double error = 0, energy = 0;
    for (int64_t i = 0; i < expected.elements(); ++i) {
        const double y = expected.data<float>()[i], difference = found.data<float>()[i] - y;
        error += difference * difference;
        energy += y * y;
    }
    if (energy == 0) return error == 0 ? 0 : 1;
    return error / energy;
}

}  // namespace

OutputError::OutputError(const ir::Graph& graph, const std::vector<quantize::HeadJoin>& joins,
                         const data::SampleSource& samples, const std::vector<size_t>& indices, int threads) {
    const std::vector<ir::ValueId> values = watched_values(graph, joins);
    for (const ir::ValueId id : values) names_.push_back(graph.value(id).name);
    float_exec::Executor executor(graph, {threads});
    size_t bytes = 0;
    for (const size_t index : indices) {
        if (!samples_.empty() && bytes + bytes / samples_.size() > kMostBytes) break;
        Sample sample{samples.load(index), std::vector<ir::Tensor>(values.size())};
        executor.run(sample.inputs, [&](ir::ValueId id, const ir::Tensor& tensor) {
            const auto found = std::find(values.begin(), values.end(), id);
            if (found != values.end()) sample.watched[static_cast<size_t>(found - values.begin())] = tensor;
        });
        for (const auto* tensors : {&sample.inputs, &sample.watched}) {
            for (const ir::Tensor& tensor : *tensors) bytes += tensor.bytes();
        }
        samples_.push_back(std::move(sample));
    }
}

double OutputError::measure(const std::vector<uint8_t>& bytes, const std::string& name, int threads) const {
    Simulation simulation(bytes.data(), bytes.size(), name, threads);
    double sum = 0, count = 0;
    for (const Sample& sample : samples_) {
        for (size_t i = 0; i < sample.inputs.size(); ++i) {
            simulation.set_input(static_cast<int32_t>(i), sample.inputs[i]);
        }
        std::map<std::string, double> errors;
        simulation.run([&](int32_t op) {
            for (const int32_t tensor : simulation.visible_after(op)) {
                const std::string tensor_name = simulation.tensor(tensor).name;
                const auto watched = std::find(names_.begin(), names_.end(), tensor_name);
                if (watched == names_.end()) continue;
                const ir::Tensor& expected = sample.watched[static_cast<size_t>(watched - names_.begin())];
                errors[tensor_name] = relative_error(simulation.values(tensor), expected);
            }
        });
        for (const auto& [watched, error] : errors) {
            sum += error;
            ++count;
        }
    }
    return count == 0 ? 0 : sum / count;
}

}  // namespace tinamix::tool
