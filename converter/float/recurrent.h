// What LSTM, GRU and RNN share (ONNX operators, opset 7 to 21): directions, sequence lengths, layouts, activations and
// the products with W and R. The three differ in their cell only (ops/lstm.cpp, gru.cpp, rnn.cpp).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "float/gate_functions.h"
#include "float/registry.h"

namespace tinamix::float_exec {

/// The attributes of a recurrent node, checked.
struct RecurrentAttributes {
    int64_t hidden = 0;
    bool batch_first = false;                            ///< attribute layout = 1
    std::vector<bool> reverse;                           ///< one per direction
    std::vector<std::vector<GateActivation>> functions;  ///< of each direction
    float clip = 0;                                      ///< 0: none
};

/// Why a node cannot run; "" when it can.
std::string recurrent_refusal(const ir::Node& node);

/// Throws Error naming the node for what recurrent_refusal() says.
RecurrentAttributes recurrent_attributes(const ir::Node& node);

/// y[j] += sum of x[i] * matrix[j][i] over the rows `matrix` of [rows][x.size()].
void add_product(std::span<const float> x, const float* matrix, std::span<float> y);

/// One direction's parameters, and what a cell needs to know of them.
struct RecurrentCell {
    int64_t hidden = 0;
    const std::vector<GateActivation>* functions = nullptr;
    float clip = 0;
    const float* r = nullptr;         ///< [gates * hidden][hidden]
    const float* r_bias = nullptr;    ///< [gates * hidden] or null
    const float* peephole = nullptr;  ///< [3 * hidden] or null (LSTM)

    /// The activation `index` of a gate whose sum is `x`.
    float activate(size_t index, float x) const {
        if (clip > 0) {
            x = x < -clip ? -clip : x > clip ? clip : x;
        }
        return (*functions)[index].value(x);
    }
    /// to[j] += recurrent product (and its bias) of gate `gate`.
    void add_recurrent(int64_t gate, std::span<const float> h, std::span<float> to) const;
};

/// Advances one step of one sequence. `gates` holds [gates][hidden] sums of W * x + its bias and may be overwritten;
/// `h` (and `c`, empty without a cell state) hold the old state and get the new one.
using RecurrentStep =
    std::function<void(const RecurrentCell& cell, std::span<float> gates, std::span<float> h, std::span<float> c)>;

/// Runs the node: inputs X, W, R, B, sequence_lens, initial_h and, with `has_cell_state`, initial_c and P. Returns Y,
/// Y_h and, with `has_cell_state`, Y_c. Throws Error naming the node for shapes and types that do not fit.
Tensors run_recurrent(Call& call, int64_t gates, bool has_cell_state, const RecurrentStep& step);

}  // namespace tinamix::float_exec
