// The table of operators and the errors that follow from it.
#include "quantize/legality.h"

#include <fmt/format.h>

#include "diagnostics/error.h"

namespace tinamix::quantize {

namespace {

constexpr PrecisionSet kAny = {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16, Precision::kF32};

constexpr bool kWeights = true, kOperands = true, kFollows = true, kFuses = true, kNo = false;

// op, domain, precisions, output, has weights, reads constants, follows its producer, fuses an activation
constexpr OpRule kRules[] = {
    {"Conv", "", kAny, OutputRule::kRange, kWeights, kNo, kNo, kFuses},
    {"Gemm", "", kAny, OutputRule::kRange, kWeights, kNo, kNo, kFuses},
    {"MatMul", "", kAny, OutputRule::kRange, kWeights, kNo, kNo, kFuses},
    {"Add", "", kAny, OutputRule::kRange, kNo, kOperands, kNo, kFuses},
    {"Sub", "", kAny, OutputRule::kRange, kNo, kOperands, kNo, kFuses},
    {"Mul", "", kAny, OutputRule::kRange, kNo, kOperands, kNo, kFuses},
    {"Relu", "", kAny, OutputRule::kRelu, kNo, kNo, kFollows, kNo},
    {"Clip", "", kAny, OutputRule::kClip, kNo, kNo, kFollows, kNo},
    {"LeakyRelu", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"Sigmoid", "", kAny, OutputRule::kUnitInterval, kNo, kNo, kNo, kNo},
    {"Tanh", "", kAny, OutputRule::kSymmetricUnit, kNo, kNo, kNo, kNo},
    {"Exp", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"HardSigmoid", "", kAny, OutputRule::kUnitInterval, kNo, kNo, kNo, kNo},
    {"HardSwish", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"Silu", "tinamix", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"Softmax", "", kAny, OutputRule::kUnitInterval, kNo, kNo, kNo, kNo},
    {"MaxPool", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"AveragePool", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"GlobalAveragePool", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"Concat", "", kAny, OutputRule::kConcat, kNo, kOperands, kFollows, kNo},
    {"Split", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Slice", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Reshape", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Flatten", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Squeeze", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Unsqueeze", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Transpose", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Resize", "", kAny, OutputRule::kResize, kNo, kNo, kFollows, kNo},
    {"Upsample", "", kAny, OutputRule::kResize, kNo, kNo, kFollows, kNo},
    {"Pad", "", kAny, OutputRule::kFilled, kNo, kNo, kFollows, kNo},
    {"Tile", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Expand", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Gather", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"DepthToSpace", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"SpaceToDepth", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
};

std::string node_text(const ir::Node& node) { return fmt::format("node `{}` ({})", node.name, node.op); }

}  // namespace

std::vector<Precision> PrecisionSet::list() const {
    std::vector<Precision> precisions;
    for (Precision precision : {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16, Precision::kF32}) {
        if (contains(precision)) precisions.push_back(precision);
    }
    return precisions;
}

std::span<const OpRule> op_rules() { return kRules; }

const OpRule& op_rule(const ir::Graph& graph, const ir::Node& node) {
    const OpRule* rule = nullptr;
    std::vector<std::string> names;
    for (const OpRule& candidate : kRules) {
        if (candidate.op == node.op && candidate.domain == node.domain) rule = &candidate;
        names.emplace_back(candidate.op);
    }
    if (rule == nullptr) {
        const std::string domain = node.domain.empty() ? "" : node.domain + ":";
        throw Error(node_text(node), fmt::format("no kernel for the operator {}{}", domain, node.op),
                    did_you_mean(node.op, names));
    }
    if (rule->has_weights) {
        for (size_t i = 1; i < node.inputs.size(); ++i) {
            if (node.inputs[i] == ir::kNoValue || graph.is_constant(node.inputs[i])) continue;
            throw Error(node_text(node),
                        fmt::format("input `{}` is computed at run time; weights and biases must be constant",
                                    graph.value(node.inputs[i]).name));
        }
    }
    return *rule;
}

void require_legal(const OpRule& rule, const ir::Node& node, Precision precision, const std::string& where) {
    if (rule.precisions.contains(precision)) return;
    std::string legal;
    for (Precision choice : rule.precisions.list()) {
        legal += (legal.empty() ? "" : ", ") + std::string(precision_name(choice));
    }
    throw Error(where, fmt::format("{} cannot be computed in {}", node_text(node), precision_name(precision)),
                "legal: " + legal);
}

}  // namespace tinamix::quantize
