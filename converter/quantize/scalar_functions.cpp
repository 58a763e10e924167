#include "quantize/scalar_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <string_view>
#include <vector>

#include "diagnostics/error.h"

namespace tinamix::quantize {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
double hard_sigmoid(double x, double alpha, double beta) { return std::clamp(alpha * x + beta, 0.0, 1.0); }
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }
double gelu(double x) { return 0.5 * x * (1.0 + std::erf(x * 0.70710678118654752)); }
double gelu_tanh(double x) { return 0.5 * x * (1.0 + std::tanh(0.79788456080286536 * (x + 0.044715 * x * x * x))); }
double log_from(double x) { return x > 0.0 ? std::log(x) : -kInfinity; }
double sqrt_from(double x) { return x > 0.0 ? std::sqrt(x) : 0.0; }
double reciprocal(double x) { return x == 0.0 ? kInfinity : 1.0 / x; }
double sign(double x) { return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : 0.0; }

double power(double x, double exponent) {
    const bool whole = std::floor(exponent) == exponent;
    return std::pow(whole ? x : std::max(x, 0.0), exponent);
}

using Make = ScalarFunction (*)(const ir::Graph&, const ir::Node&);

/// A function without attributes.
template <double (*kFunction)(double)>
ScalarFunction plain(const ir::Graph&, const ir::Node&) {
    return kFunction;
}

ScalarFunction make_gelu(const ir::Graph&, const ir::Node& node) {
    return node.text("approximate", "none") == "tanh" ? gelu_tanh : gelu;
}

struct FunctionEntry {
    std::string_view op;
    Make make;
    bool steps = false;
};

// By the name of the operator, whichever domain it comes from: Gelu and Mish are ONNX's own in new opsets and fused
// patterns in old ones.
constexpr FunctionEntry kFunctions[] = {
    {"Sigmoid", plain<sigmoid>},
    {"Tanh", plain<std::tanh>},
    {"Exp", plain<std::exp>},
    {"LeakyRelu",
     [](const ir::Graph&, const ir::Node& node) -> ScalarFunction {
         const double alpha = node.real("alpha", 0.01F);
         return [alpha](double x) { return x < 0.0 ? alpha * x : x; };
     }},
    {"HardSigmoid",
     [](const ir::Graph&, const ir::Node& node) -> ScalarFunction {
         const double alpha = node.real("alpha", 0.2F), beta = node.real("beta", 0.5F);
         return [alpha, beta](double x) { return hard_sigmoid(x, alpha, beta); };
     }},
    {"HardSwish",
     [](const ir::Graph&, const ir::Node&) -> ScalarFunction {
         return [](double x) { return x * hard_sigmoid(x, 1.0 / 6.0, 0.5); };
     }},
    {"Silu",
     [](const ir::Graph&, const ir::Node&) -> ScalarFunction { return [](double x) { return x * sigmoid(x); }; }},
    {"Neg", [](const ir::Graph&, const ir::Node&) -> ScalarFunction { return [](double x) { return -x; }; }},
    {"Abs", plain<std::fabs>},
    {"Elu",
     [](const ir::Graph&, const ir::Node& node) -> ScalarFunction {
         const double alpha = node.real("alpha", 1.0F);
         return [alpha](double x) { return x < 0.0 ? alpha * std::expm1(x) : x; };
     }},
    {"Selu",
     [](const ir::Graph&, const ir::Node& node) -> ScalarFunction {
         const double alpha = node.real("alpha", 1.67326319F), gamma = node.real("gamma", 1.05070102F);
         return [alpha, gamma](double x) { return gamma * (x < 0.0 ? alpha * std::expm1(x) : x); };
     }},
    {"Celu",
     [](const ir::Graph&, const ir::Node& node) -> ScalarFunction {
         const double alpha = node.real("alpha", 1.0F);
         return [alpha](double x) { return x < 0.0 ? alpha * std::expm1(x / alpha) : x; };
     }},
    {"ThresholdedRelu",
     [](const ir::Graph&, const ir::Node& node) -> ScalarFunction {
         const double alpha = node.real("alpha", 1.0F);
         return [alpha](double x) { return x > alpha ? x : 0.0; };
     },
     true},
    {"Gelu", make_gelu},
    {"Erf", plain<std::erf>},
    {"Mish",
     [](const ir::Graph&, const ir::Node&) -> ScalarFunction {
         return [](double x) { return x * std::tanh(softplus(x)); };
     }},
    {"Log", plain<log_from>},
    {"Sqrt", plain<sqrt_from>},
    {"Reciprocal", plain<reciprocal>},
    {"Softplus", plain<softplus>},
    {"Softsign",
     [](const ir::Graph&, const ir::Node&) -> ScalarFunction {
         return [](double x) { return x / (1.0 + std::fabs(x)); };
     }},
    {"Pow",
     [](const ir::Graph& graph, const ir::Node& node) -> ScalarFunction {
         const double exponent = uniform_constant(graph, node, 1);
         return [exponent](double x) { return power(x, exponent); };
     }},
    {"Floor", plain<std::floor>, true},
    {"Ceil", plain<std::ceil>, true},
    {"Round", plain<std::nearbyint>, true},
    {"Sign", plain<sign>, true},
    {"Sin", plain<std::sin>},
    {"Cos", plain<std::cos>},
};

const FunctionEntry* find_function(const ir::Node& node) {
    const auto* entry = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                     [&](const FunctionEntry& candidate) { return candidate.op == node.op; });
    return entry == std::end(kFunctions) ? nullptr : entry;
}

}  // namespace

bool is_tabulated(const ir::Graph& graph, const ir::Node& node) {
    const bool constant_exponent = node.op != "Pow" || (node.inputs.size() > 1 && graph.is_constant(node.inputs[1]));
    return find_function(node) != nullptr && constant_exponent;
}

bool has_steps(const ir::Node& node) {
    const FunctionEntry* entry = find_function(node);
    return entry != nullptr && entry->steps;
}

ScalarFunction scalar_function(const ir::Graph& graph, const ir::Node& node) {
    if (const FunctionEntry* entry = find_function(node)) return entry->make(graph, node);
    throw Error(node.name, fmt::format("{} is not a function of one variable that a table can hold", node.op));
}

double uniform_constant(const ir::Graph& graph, const ir::Node& node, size_t index) {
    if (index < node.inputs.size() && graph.is_constant(node.inputs[index])) {
        const std::vector<float> values = graph.value(node.inputs[index]).constant->to_floats();
        const bool uniform = std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
        if (!values.empty() && uniform) return values.front();
    }
    throw Error(fmt::format("node `{}` ({})", node.name, node.op),
                fmt::format("input {} must be a constant of one value", index));
}

}  // namespace tinamix::quantize
