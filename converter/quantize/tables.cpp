// Tables are computed in double; their entries are rounded once.
#include "quantize/tables.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "diagnostics/error.h"

namespace tinamix::quantize {

namespace {

constexpr int kInt8Codes = 256;
constexpr int kInt16Intervals = 1024;
constexpr int kCodesPerInterval = 64;
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

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

double hard_sigmoid(double x, double alpha, double beta) { return std::clamp(alpha * x + beta, 0.0, 1.0); }

/// A function of one variable, and how its attributes shape it.
struct FunctionEntry {
    std::string_view op, domain;
    ScalarFunction (*make)(const ir::Node&);
};

constexpr FunctionEntry kFunctions[] = {
    {"Sigmoid", "", [](const ir::Node&) -> ScalarFunction { return sigmoid; }},
    {"Tanh", "", [](const ir::Node&) -> ScalarFunction { return [](double x) { return std::tanh(x); }; }},
    {"Exp", "", [](const ir::Node&) -> ScalarFunction { return [](double x) { return std::exp(x); }; }},
    {"LeakyRelu", "",
     [](const ir::Node& node) -> ScalarFunction {
         const double alpha = node.real("alpha", 0.01F);
         return [alpha](double x) { return x < 0.0 ? alpha * x : x; };
     }},
    {"HardSigmoid", "",
     [](const ir::Node& node) -> ScalarFunction {
         const double alpha = node.real("alpha", 0.2F), beta = node.real("beta", 0.5F);
         return [alpha, beta](double x) { return hard_sigmoid(x, alpha, beta); };
     }},
    {"HardSwish", "",
     [](const ir::Node&) -> ScalarFunction { return [](double x) { return x * hard_sigmoid(x, 1.0 / 6.0, 0.5); }; }},
    {"Silu", "tinamix", [](const ir::Node&) -> ScalarFunction { return [](double x) { return x * sigmoid(x); }; }},
};

const FunctionEntry* find_function(const ir::Node& node) {
    const auto* entry = std::find_if(std::begin(kFunctions), std::end(kFunctions), [&](const FunctionEntry& candidate) {
        return candidate.op == node.op && candidate.domain == node.domain;
    });
    return entry == std::end(kFunctions) ? nullptr : entry;
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

std::vector<int16_t> int16_table(const ScalarFunction& function, const Quantization& input,
                                 const Quantization& output) {
    require_format(NumberFormat::kInt16, input, output);
    std::vector<int16_t> table(kInt16Intervals + 1);
    for (int i = 0; i <= kInt16Intervals; ++i) {
        table[static_cast<size_t>(i)] =
            static_cast<int16_t>(entry(function, input, output, kCodesPerInterval * i - 32768));
    }
    return table;
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

bool is_tabulated(const ir::Node& node) { return find_function(node) != nullptr; }

ScalarFunction scalar_function(const ir::Node& node) {
    if (const FunctionEntry* entry = find_function(node)) return entry->make(node);
    throw Error(node.name, fmt::format("{} is not a function of one variable that a table can hold", node.op));
}

}  // namespace tinamix::quantize
