// The activation functions that LSTM, GRU and RNN may name.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tinamix::float_exec {

/// "Sigmoid", ..., with ONNX's parameters where `alpha` or `beta` is not given. Empty when there is no such function.
std::function<float(float)> gate_function(const std::string& name, std::optional<float> alpha,
                                          std::optional<float> beta);

/// True when the function has that parameter. The lists activation_alpha and activation_beta hold a value for each
/// function that has one.
bool gate_function_has_alpha(const std::string& name);
bool gate_function_has_beta(const std::string& name);

std::vector<std::string> gate_function_names();

}  // namespace tinamix::float_exec
