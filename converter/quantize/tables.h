// Look-up tables of element-wise functions and of softmax (docs/arithmetic.md, 5 and 6).
#pragma once

#include <cstdint>
#include <vector>

#include "quantize/quantization.h"
#include "quantize/rescale.h"
#include "quantize/scalar_functions.h"

namespace tinamix::quantize {

/// 256 entries: output code of input code q at index q + 128. Both quantizations are int8. Throws Error otherwise.
std::vector<int8_t> int8_table(const ScalarFunction& function, const Quantization& input, const Quantization& output);

/// An int16 table that the runtime interpolates, in one of the layouts of docs/arithmetic.md, 5.
struct Int16Table {
    bool octaves = false;
    int interval_bits = 6;  ///< uniform layout only: an entry every 2^interval_bits codes
    std::vector<int16_t> entries;
};

/// 2^(16 - interval_bits) + 1 entries: output code at input code 2^interval_bits * i - 32768. Both forms are int16.
Int16Table uniform_int16_table(const ScalarFunction& function, const Quantization& input, const Quantization& output,
                               int interval_bits = 6);
/// 1282 entries, finer towards 0: for functions that bend most there (logarithm, root, reciprocal).
Int16Table octave_int16_table(const ScalarFunction& function, const Quantization& input, const Quantization& output);

/// The output code that the runtime finds for `code`.
int32_t look_up(const Int16Table& table, int32_t code);

/// The smallest table whose error, the root of the mean square over all input codes, is at most half an output code:
/// 1025 entries, octaves, 4097 or 16385 entries. Where none is, the one with the least.
Int16Table best_int16_table(const ScalarFunction& function, const Quantization& input, const Quantization& output);

/// 257 entries round(2^(30 - i/256)).
std::vector<int32_t> softmax_exp2_table();
/// Turns (max - q) into an exponent of 2 in Q16: scale_in * log2(e) * 2^16.
Rescale softmax_rescale(const Quantization& input);
/// The same of LogSoftmax, from exponents of 2 in units of 2^-16 to codes of its output.
Rescale log_softmax_rescale(const Quantization& output);

}  // namespace tinamix::quantize
