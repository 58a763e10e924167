// Number formats and tables of LSTM, GRU and RNN (docs/arithmetic.md, 11).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "float/gate_functions.h"
#include "ir/graph.h"
#include "quantize/quantization.h"

namespace tinamix::quantize {

/// True for LSTM, GRU and RNN.
bool is_recurrent(const ir::Node& node);

/// Why a recurrent node has no kernel; "" if it has. Peepholes, lengths that differ between sequences, coupled input
/// and forget gates, and gates outside [0, 1] have none.
std::string recurrent_refusal(const ir::Graph& graph, const ir::Node& node);

/// 1/32767: a gate that is fully open has a code.
Quantization gate_quantization();
/// True when the state h of every direction stays within [-1, 1]: it has gate_quantization() then.
bool hidden_state_is_bounded(const ir::Node& node);

/// An LSTM's cell may grow by 1 with every step, long after the function behind it has stopped to change. Codes for
/// that would be taken from where it matters: cells are kept within this bound, from which they still need dozens of
/// steps back.
inline constexpr float kLargestCellState = 32.0F;
/// True for an LSTM whose functions do not change beyond that bound.
bool cell_state_saturates(const ir::Node& node);

/// Entries of a gate's table and the width of its intervals, 2^interval_bits sums of 2^-16 (docs/arithmetic.md, 11):
/// the narrowest range of sums beyond which the function keeps its output code, at most 2^13.
struct GateTable {
    std::vector<int16_t> entries;
    int interval_bits = 0;
};
/// `clip` bounds the sums; 0 is none.
GateTable gate_table(const float_exec::GateActivation& activation, float clip, const Quantization& output);

}  // namespace tinamix::quantize
