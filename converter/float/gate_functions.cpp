// One table: name, parameters, formula.
#include "float/gate_functions.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>
#include <variant>

#include "diagnostics/error.h"

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

std::vector<std::string> default_names(const ir::Node& node) {
    if (node.op == "RNN") {
        return {"Tanh"};
    }
    if (node.op == "GRU") {
        return {"Sigmoid", "Tanh"};
    }
    return {"Sigmoid", "Tanh", "Tanh"};
}

template <typename T>
std::vector<T> list_attribute(const ir::Node& node, const std::string& name) {
    const auto found = node.attributes.find(name);
    const auto* list = found == node.attributes.end() ? nullptr : std::get_if<std::vector<T>>(&found->second);
    return list == nullptr ? std::vector<T>() : *list;
}

/// The next of the parameters that the node lists, if there is one.
float next_parameter(const std::vector<float>& given, size_t& next, float otherwise) {
    return next < given.size() ? given[next++] : otherwise;
}

}  // namespace

size_t direction_count(const ir::Node& node) { return node.text("direction", "forward") == "bidirectional" ? 2 : 1; }

std::vector<std::vector<GateActivation>> gate_activations(const ir::Node& node) {
    const std::vector<std::string> defaults = default_names(node);
    std::vector<std::string> names = list_attribute<std::string>(node, "activations");
    const size_t wanted = defaults.size() * direction_count(node);
    for (size_t i = 0; names.size() == i && i < wanted; i += defaults.size()) {
        names.insert(names.end(), defaults.begin(), defaults.end());
    }
    if (names.size() != wanted) {
        throw Error("", std::to_string(names.size()) + " activations where " + std::to_string(wanted) + " are needed");
    }
    const std::vector<float> alphas = list_attribute<float>(node, "activation_alpha");
    const std::vector<float> betas = list_attribute<float>(node, "activation_beta");
    size_t next_alpha = 0, next_beta = 0;
    std::vector<std::vector<GateActivation>> directions(direction_count(node));
    for (size_t i = 0; i < names.size(); ++i) {
        const Entry* entry = find(names[i]);
        if (entry == nullptr) {
            std::vector<std::string> known;
            for (const Entry& candidate : kEntries) {
                known.emplace_back(candidate.name);
            }
            throw Error("", "there is no activation `" + names[i] + "`", did_you_mean(names[i], known));
        }
        // The lists hold a value for each function that has such a parameter.
        const float alpha = entry->alpha ? next_parameter(alphas, next_alpha, *entry->alpha) : 0.0F;
        const float beta = entry->beta ? next_parameter(betas, next_beta, *entry->beta) : 0.0F;
        directions[i / defaults.size()].push_back(
            {entry->name, alpha, beta, [value = entry->value, alpha, beta](float x) { return value(x, alpha, beta); }});
    }
    return directions;
}

}  // namespace tinamix::float_exec
