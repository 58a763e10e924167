// The activation functions of LSTM, GRU and RNN: what the nodes name, and what that computes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace tinamix::float_exec {

/// A function that a gate applies to its sum, with its parameters (0 where it has none).
struct GateActivation {
    std::string name;  ///< ONNX's: "Sigmoid", ...
    float alpha = 0, beta = 0;
    std::function<float(float)> value;
};

/// The functions of each direction of a recurrent node: three of an LSTM, two of a GRU, one of an RNN. Throws Error,
/// without a place, for a function that does not exist and for a wrong count.
std::vector<std::vector<GateActivation>> gate_activations(const ir::Node& node);

/// Directions of a recurrent node: 1 or 2.
size_t direction_count(const ir::Node& node);

}  // namespace tinamix::float_exec
