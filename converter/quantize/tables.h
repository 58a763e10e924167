// Look-up tables of element-wise functions and of softmax (docs/arithmetic.md, 5 and 6).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "ir/graph.h"
#include "quantize/quantization.h"
#include "quantize/rescale.h"

namespace tinamix::quantize {

using ScalarFunction = std::function<double(double)>;

/// 256 entries: output code of input code q at index q + 128. Both quantizations are int8. Throws Error otherwise.
std::vector<int8_t> int8_table(const ScalarFunction& function, const Quantization& input, const Quantization& output);

/// 1025 entries: output code at input code 64 * i - 32768; the runtime interpolates between them. Both are int16.
std::vector<int16_t> int16_table(const ScalarFunction& function, const Quantization& input, const Quantization& output);

/// 257 entries round(2^(30 - i/256)).
std::vector<int32_t> softmax_exp2_table();
/// Turns (max - q) into an exponent of 2 in Q16: scale_in * log2(e) * 2^16.
Rescale softmax_rescale(const Quantization& input);

/// True for an operator that integer layers evaluate by look-up table.
bool is_tabulated(const ir::Node& node);
/// The real function of a tabulated node, with its attributes. Throws Error for any other op.
ScalarFunction scalar_function(const ir::Node& node);

}  // namespace tinamix::quantize
