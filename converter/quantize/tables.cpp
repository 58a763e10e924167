// Tables are computed in double; their entries are rounded once.
#include "quantize/tables.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "diagnostics/error.h"

namespace tinamix::quantize {

namespace {

constexpr int kInt8Codes = 256;
/// Of the int16 table by octaves: entries per doubling, and doublings from 64 to 32768.
constexpr int kOctaveSteps = 64;
constexpr int kOctaves = 9;
constexpr int kExp2Intervals = 256;
constexpr int kExponentFractionBits = 16;
constexpr double kLog2E = 1.4426950408889634;

void require_format(NumberFormat wanted, const Quantization& input, const Quantization& output) {
    if (input.format == wanted && output.format == wanted) return;
    throw Error("quantize", fmt::format("an {} table cannot lead from {} to {}", number_format_name(wanted),
                                        number_format_name(input.format), number_format_name(output.format)));
}

int32_t entry(const ScalarFunction& function, const Quantization& input, const Quantization& output, int code) {
    return quantize_value(output, function(static_cast<double>(input.scale) * (code - input.zero_point)));
}

/// Real output code, before rounding, within the range of codes.
double exact_code(const ScalarFunction& function, const Quantization& input, const Quantization& output, int code) {
    const CodeRange range = code_range(output.format);
    const double real = function(static_cast<double>(input.scale) * (code - input.zero_point)) / output.scale;
    return std::clamp<double>(std::isnan(real) ? 0.0 : real, range.min, range.max);
}

double mean_square_error(const Int16Table& table, const ScalarFunction& function, const Quantization& input,
                         const Quantization& output) {
    double sum = 0.0;
    for (int code = -32768; code <= 32767; ++code) {
        const double error = look_up(table, code) - exact_code(function, input, output, code);
        sum += error * error;
    }
    return sum / 65536.0;
}

}  // namespace

std::vector<int8_t> int8_table(const ScalarFunction& function, const Quantization& input, const Quantization& output) {
    require_format(NumberFormat::kInt8, input, output);
    std::vector<int8_t> table(kInt8Codes);
    for (int i = 0; i < kInt8Codes; ++i) {
        table[static_cast<size_t>(i)] = static_cast<int8_t>(entry(function, input, output, i - 128));
    }
    return table;
}

Int16Table uniform_int16_table(const ScalarFunction& function, const Quantization& input, const Quantization& output,
                               int interval_bits) {
    require_format(NumberFormat::kInt16, input, output);
    Int16Table table{false, interval_bits, {}};
    for (int code = -32768; code <= 32768; code += 1 << interval_bits) {
        table.entries.push_back(static_cast<int16_t>(entry(function, input, output, code)));
    }
    return table;
}

Int16Table octave_int16_table(const ScalarFunction& function, const Quantization& input, const Quantization& output) {
    require_format(NumberFormat::kInt16, input, output);
    Int16Table table{true, 6, {}};
    for (int sign : {1, -1}) {
        for (int i = 0; i <= kOctaveSteps * (kOctaves + 1); ++i) {
            const int octave = std::max(i / kOctaveSteps - 1, 0);
            const int magnitude = (i - kOctaveSteps * octave) << octave;
            table.entries.push_back(static_cast<int16_t>(entry(function, input, output, sign * magnitude)));
        }
    }
    return table;
}

int32_t look_up(const Int16Table& table, int32_t code) {
    size_t base = 0;
    int bits = table.interval_bits;
    int position = code + 32768;
    if (table.octaves) {
        base = code < 0 ? table.entries.size() / 2 : 0;
        position = std::abs(code);
        for (bits = 0; position >> (bits + 7) != 0;) ++bits;
        base += static_cast<size_t>(kOctaveSteps * bits);
    }
    const size_t index = base + static_cast<size_t>(position >> bits);
    const int32_t rest = position & ((1 << bits) - 1);
    if (rest == 0) return table.entries[index];
    const int32_t rise = table.entries[index + 1] - table.entries[index];
    return table.entries[index] + ((rise * rest + (1 << bits >> 1)) >> bits);
}

Int16Table best_int16_table(const ScalarFunction& function, const Quantization& input, const Quantization& output) {
    constexpr double kGoodEnough = 0.25;  // half a code, squared
    Int16Table best;
    double least = std::numeric_limits<double>::infinity();
    const auto is_good = [&](Int16Table table) {
        const double error = mean_square_error(table, function, input, output);
        if (error < least) {
            least = error;
            best = std::move(table);
        }
        return least <= kGoodEnough;
    };
    is_good(uniform_int16_table(function, input, output)) || is_good(octave_int16_table(function, input, output)) ||
        is_good(uniform_int16_table(function, input, output, 4)) ||
        is_good(uniform_int16_table(function, input, output, 2));
    return best;
}

std::vector<int32_t> softmax_exp2_table() {
    std::vector<int32_t> table(kExp2Intervals + 1);
    for (int i = 0; i <= kExp2Intervals; ++i) {
        table[static_cast<size_t>(i)] = static_cast<int32_t>(std::round(std::exp2(30.0 - i / double{kExp2Intervals})));
    }
    return table;
}

Rescale softmax_rescale(const Quantization& input) {
    if (input.format == NumberFormat::kFloat32) throw Error("quantize", "a float32 Softmax has no rescale");
    return to_rescale(std::ldexp(static_cast<double>(input.scale) * kLog2E, kExponentFractionBits));
}

Rescale log_softmax_rescale(const Quantization& output) {
    if (output.format == NumberFormat::kFloat32) throw Error("quantize", "a float32 LogSoftmax has no rescale");
    return to_rescale(std::ldexp(1.0 / (kLog2E * output.scale), -kExponentFractionBits));
}

}  // namespace tinamix::quantize
