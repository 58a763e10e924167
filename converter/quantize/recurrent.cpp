// What the nodes say, and the tables made of it.
#include "quantize/recurrent.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tinamix::quantize {

namespace {

constexpr double kSumsPerUnit = 65536.0;
constexpr int kHalfIntervals = 512;
constexpr int kFewestIntervalBits = 7, kMostIntervalBits = 20;

/// Least and greatest value of a monotonous function.
struct Bounds {
    double low, high;
};
Bounds bounds_of(const float_exec::GateActivation& activation) {
    constexpr float kFar = 1e6F;
    const double a = activation.value(-kFar), b = activation.value(kFar);
    return {std::min(a, b), std::max(a, b)};
}

bool has_input(const ir::Node& node, size_t index) {
    return index < node.inputs.size() && node.inputs[index] != ir::kNoValue;
}

/// True when sequence_lens says no more than X does.
bool whole_sequences(const ir::Graph& graph, const ir::Node& node) {
    if (!has_input(node, 4)) return true;
    if (!graph.is_constant(node.inputs[4])) return false;
    const int64_t steps = graph.value(node.inputs[0]).shape[node.integer("layout", 0) == 1 ? 1 : 0];
    const std::vector<int64_t> lengths = graph.value(node.inputs[4]).constant->to_ints();
    return std::all_of(lengths.begin(), lengths.end(), [&](int64_t length) { return length == steps; });
}

bool all_zero(const ir::Tensor& tensor) {
    const std::vector<float> values = tensor.to_floats();
    return std::all_of(values.begin(), values.end(), [](float value) { return value == 0.0F; });
}

}  // namespace

bool is_recurrent(const ir::Node& node) {
    return node.domain.empty() && (node.op == "LSTM" || node.op == "GRU" || node.op == "RNN");
}

std::string recurrent_refusal(const ir::Graph& graph, const ir::Node& node) {
    for (size_t i = 1; i <= 3; ++i) {
        if (has_input(node, i) && !graph.is_constant(node.inputs[i])) {
            return "its weights `" + graph.value(node.inputs[i]).name + "` are computed at run time";
        }
    }
    if (!whole_sequences(graph, node)) return "sequences of different lengths have no kernel";
    if (node.op == "LSTM") {
        const bool peepholes = has_input(node, 7) &&
                               !(graph.is_constant(node.inputs[7]) && all_zero(*graph.value(node.inputs[7]).constant));
        if (peepholes) return "peepholes have no kernel";
        if (node.integer("input_forget", 0) != 0) return "coupled input and forget gates have no kernel";
    }
    if (node.op == "RNN") return "";
    for (const auto& functions : float_exec::gate_activations(node)) {
        const Bounds gates = bounds_of(functions[0]);
        if (gates.low < 0.0 || gates.high > 1.0) return "gates by " + functions[0].name + " leave [0, 1]";
        for (size_t i = 1; i < functions.size() && node.op == "LSTM"; ++i) {
            const Bounds range = bounds_of(functions[i]);
            if (range.low < -1.0 || range.high > 1.0) return functions[i].name + " leaves [-1, 1]";
        }
    }
    return "";
}

Quantization gate_quantization() { return {NumberFormat::kInt16, 1.0F / 32767.0F, 0}; }

bool hidden_state_is_bounded(const ir::Node& node) {
    if (node.op == "LSTM") return true;  // recurrent_refusal()
    for (const auto& functions : float_exec::gate_activations(node)) {
        const Bounds range = bounds_of(functions.back());
        if (range.low < -1.0 || range.high > 1.0) return false;
    }
    return true;
}

bool cell_state_saturates(const ir::Node& node) {
    if (node.op != "LSTM" || !node.domain.empty()) return false;
    const auto directions = float_exec::gate_activations(node);
    return std::all_of(directions.begin(), directions.end(), [](const auto& functions) {
        constexpr float kFar = 1e6F;
        const auto code = [&](float x) { return quantize_value(gate_quantization(), functions.back().value(x)); };
        return code(kLargestCellState) == code(kFar) && code(-kLargestCellState) == code(-kFar);
    });
}

GateTable gate_table(const float_exec::GateActivation& activation, float clip, const Quantization& output) {
    GateTable table;
    const double bound_of_sums = clip > 0.0F ? clip : std::numeric_limits<double>::infinity();
    const auto code = [&](double x) {
        const double bounded = std::clamp(x, -bound_of_sums, bound_of_sums);
        return quantize_value(output, activation.value(static_cast<float>(bounded)));
    };
    for (table.interval_bits = kFewestIntervalBits; table.interval_bits < kMostIntervalBits; ++table.interval_bits) {
        const double bound = std::ldexp(kHalfIntervals, table.interval_bits) / kSumsPerUnit;
        if (code(bound) == code(8 * bound) && code(-bound) == code(-8 * bound)) break;
    }
    for (int i = -kHalfIntervals; i <= kHalfIntervals; ++i) {
        table.entries.push_back(static_cast<int16_t>(code(std::ldexp(i, table.interval_bits) / kSumsPerUnit)));
    }
    return table;
}

}  // namespace tinamix::quantize
