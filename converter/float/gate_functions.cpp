// One table: name, parameters, formula.
#include "float/gate_functions.h"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace tinamix::float_exec {

namespace {

struct Entry {
    const char* name;
    std::optional<float> alpha, beta;  ///< defaults of the parameters it has
    float (*value)(float x, float alpha, float beta);
};

float softplus(float x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

const Entry kEntries[] = {
    {"Relu", {}, {}, [](float x, float, float) { return x > 0 ? x : 0.0F; }},
    {"Tanh", {}, {}, [](float x, float, float) { return std::tanh(x); }},
    {"Sigmoid", {}, {}, [](float x, float, float) { return 1 / (1 + std::exp(-x)); }},
    {"Affine", 1.0F, 0.0F, [](float x, float alpha, float beta) { return alpha * x + beta; }},
    {"LeakyRelu", 0.01F, {}, [](float x, float alpha, float) { return x >= 0 ? x : alpha * x; }},
    {"ThresholdedRelu", 1.0F, {}, [](float x, float alpha, float) { return x >= alpha ? x : 0.0F; }},
    {"ScaledTanh", 1.0F, 1.0F, [](float x, float alpha, float beta) { return alpha * std::tanh(beta * x); }},
    {"HardSigmoid", 0.2F, 0.5F,
     [](float x, float alpha, float beta) { return std::clamp(alpha * x + beta, 0.0F, 1.0F); }},
    {"Elu", 1.0F, {}, [](float x, float alpha, float) { return x >= 0 ? x : alpha * std::expm1(x); }},
    {"Softsign", {}, {}, [](float x, float, float) { return x / (1 + std::fabs(x)); }},
    {"Softplus", {}, {}, [](float x, float, float) { return softplus(x); }},
};

/// Names are compared without regard to case, as ONNX says.
const Entry* find(const std::string& name) {
    const auto same = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    };
    for (const Entry& entry : kEntries) {
        const std::string candidate = entry.name;
        if (std::equal(name.begin(), name.end(), candidate.begin(), candidate.end(), same)) {
            return &entry;
        }
    }
    return nullptr;
}

}  // namespace

std::function<float(float)> gate_function(const std::string& name, std::optional<float> alpha,
                                          std::optional<float> beta) {
    const Entry* entry = find(name);
    if (entry == nullptr) {
        return {};
    }
    const float a = alpha.value_or(entry->alpha.value_or(0.0F)), b = beta.value_or(entry->beta.value_or(0.0F));
    return [value = entry->value, a, b](float x) { return value(x, a, b); };
}

bool gate_function_has_alpha(const std::string& name) {
    const Entry* entry = find(name);
    return entry != nullptr && entry->alpha.has_value();
}

bool gate_function_has_beta(const std::string& name) {
    const Entry* entry = find(name);
    return entry != nullptr && entry->beta.has_value();
}

std::vector<std::string> gate_function_names() {
    std::vector<std::string> names;
    for (const Entry& entry : kEntries) {
        names.emplace_back(entry.name);
    }
    return names;
}

}  // namespace tinamix::float_exec
