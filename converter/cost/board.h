// Predicted cost of ops on a board: a table of rates (boards/<name>/cost.yaml), fitted to measured instruction counts.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cost/op_work.h"

namespace tinamix::cost {

/// Instructions: op + mac * MACs + input * elements read + output * elements written + weight * bytes of weights +
/// position * OpWork::positions + tap * OpWork::taps + visit * OpWork::visits.
struct Rates {
    double op = 0, mac = 0, input = 0, output = 0, weight = 0, position = 0, tap = 0, visit = 0;
    double lanes = 1;  ///< MACs of convolutions: output channels are computed in blocks of so many
    double cycles_per_instruction = 1;
};

struct Cost {
    double instructions = 0, ms = 0;
    Cost& operator+=(const Cost& other) {
        instructions += other.instructions;
        ms += other.ms;
        return *this;
    }
};

struct Board {
    std::string name, about;
    double megahertz = 0;
    /// By kind of op (OpWork::kind) and precision. What is not listed costs as its plain_kind() does, or "other".
    std::map<std::string, std::map<quantize::Precision, Rates>> rates;

    /// On one thread.
    Cost predict(const OpWork& work) const;
    Cost predict(const std::vector<OpWork>& works) const;
};

/// Reads a table (docs/quantization.md, "Cost tables"). Throws Error with file and line for unknown keys, numbers below
/// 0, and where "other" or one of its precisions is missing.
Board read_board(const std::string& path);
/// The same from text; `name` stands for the file in messages.
Board parse_board(const std::string& text, const std::string& name);

/// A board of boards/, compiled in. Throws Error with the nearest name.
Board board_from_name(const std::string& name);
std::vector<std::string> board_names();

}  // namespace tinamix::cost
