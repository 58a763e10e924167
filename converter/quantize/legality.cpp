// The table of operators and the errors that follow from it.
#include "quantize/legality.h"

#include <fmt/format.h>

#include <algorithm>

#include "diagnostics/error.h"
#include "quantize/limits.h"
#include "quantize/normalization.h"
#include "quantize/recurrent.h"
#include "quantize/tables.h"

namespace tinamix::quantize {

namespace {

constexpr PrecisionSet kAny = {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16, Precision::kF32};

constexpr std::string_view kWindowNote = "over one or two spatial dimensions";

/// Of functions with steps: every int8 code has its own table entry.
constexpr PrecisionSet kSteps = {Precision::kW8A8, Precision::kF32};
constexpr PrecisionSet kFloatOnly = {Precision::kF32};
constexpr PrecisionSet kInt16 = {Precision::kW8A16, Precision::kW16A16};
constexpr PrecisionSet kIntegers = {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16};

constexpr bool kWeights = true, kOperands = true, kFollows = true, kFuses = true, kNo = false;

/// States have 16 bits whatever the weights have: a model of 8 bits computes these layers in w8a16.
constexpr OpRule recurrent_rule(std::string_view op) {
    OpRule rule = {op,  "", {Precision::kW8A16, Precision::kW16A16, Precision::kF32}, OutputRule::kRecurrent, kNo, kNo,
                   kNo, kNo};
    rule.note = "states have 16 bits; no peepholes, no sequences of different lengths";
    rule.limit = recurrent_refusal;
    rule.in_nearest = {Precision::kW8A8};
    return rule;
}

// op, domain, precisions, output, has weights, reads constants, follows its producer, fuses an activation
// [, note [, precisions that run in f32 [, limit [, targets]]]]
constexpr OpRule kRules[] = {
    {"Conv", "", kAny, OutputRule::kRange, kWeights, kNo, kNo, kFuses, kWindowNote, {}, window_limit},
    {"Gemm", "", kAny, OutputRule::kRange, kWeights, kNo, kNo, kFuses},
    {"MatMul", "", kAny, OutputRule::kRange, kWeights, kNo, kNo, kFuses},
    recurrent_rule("LSTM"),
    recurrent_rule("GRU"),
    recurrent_rule("RNN"),
    {"LayerNormalization", "", kAny, OutputRule::kRange, kWeights, kNo, kNo, kNo, "", {}, normalization_refusal},
    {"InstanceNormalization", "", kAny, OutputRule::kRange, kWeights, kNo, kNo, kNo, "", {}, normalization_refusal},
    {"LpNormalization", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, "p = 2", {}, normalization_refusal},
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
    {"Silu", "tinamix", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, "x * Sigmoid(x)"},
    {"Softmax", "", kAny, OutputRule::kUnitInterval, kNo, kNo, kNo, kNo},
    {"LogSoftmax", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"MaxPool", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo, kWindowNote, {}, max_pool_limit},
    {"AveragePool", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, kWindowNote, {}, window_limit},
    {"GlobalAveragePool", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"Concat", "", kAny, OutputRule::kConcat, kNo, kOperands, kFollows, kNo},
    {"Split", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Slice", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo, "any steps", {}, parameters_limit},
    {"Reshape", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Flatten", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Squeeze", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Unsqueeze", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Transpose", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Resize", "", kAny, OutputRule::kResize, kNo, kNo, kFollows, kNo, "nearest, linear, cubic", {}, parameters_limit},
    {"Upsample", "", kAny, OutputRule::kResize, kNo, kNo, kFollows, kNo, "nearest, linear", {}, parameters_limit},
    {"Pad",
     "",
     kAny,
     OutputRule::kFilled,
     kNo,
     kNo,
     kFollows,
     kNo,
     "constant, reflect, edge, wrap",
     {},
     parameters_limit},
    {"Tile", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo, "", {}, parameters_limit},
    {"Expand", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo, "", {}, parameters_limit},
    {"Gather", "", kAny, OutputRule::kInput, kNo, kOperands, kFollows, kNo, "constant or computed indices"},
    {"DepthToSpace", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"ConvTranspose", "", kAny, OutputRule::kRange, kWeights, kNo, kNo, kFuses, kWindowNote, {}, window_limit},
    {"GlobalMaxPool", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo, "", {}, real_input_limit},
    {"SpaceToDepth", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo},
    {"Neg", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"Abs", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"Elu", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"Selu", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"Celu", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"Gelu", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, "exact and tanh form"},
    {"Gelu", "tinamix", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo,
     "x * 0.5 * (1 + Erf(x / sqrt(2))), or with Tanh, written out"},
    {"Erf", "", kAny, OutputRule::kSymmetricUnit, kNo, kNo, kNo, kNo},
    {"Mish", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"Mish", "tinamix", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, "x * Tanh(Softplus(x))"},
    {"Log", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, "int16: a table that is finer towards 0"},
    {"Sqrt", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, "int16: a table that is finer towards 0"},
    {"Reciprocal", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, "int16: a table that is finer towards 0"},
    {"Softplus", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"Softsign", "", kAny, OutputRule::kSymmetricUnit, kNo, kNo, kNo, kNo},
    {"Pow", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, "constant exponent, one for all elements", {}, pow_limit},
    {"Sign", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo},
    {"Sin", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, "f32: arguments up to 65536"},
    {"Cos", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, "f32: arguments up to 65536"},
    {"Floor", "", kSteps, OutputRule::kRange, kNo, kNo, kNo, kNo, "its steps lie between the entries of an int16 table",
     kInt16},
    {"Ceil", "", kSteps, OutputRule::kRange, kNo, kNo, kNo, kNo, "its steps lie between the entries of an int16 table",
     kInt16},
    {"Round", "", kSteps, OutputRule::kRange, kNo, kNo, kNo, kNo, "its steps lie between the entries of an int16 table",
     kInt16},
    {"ThresholdedRelu", "", kSteps, OutputRule::kRange, kNo, kNo, kNo, kNo,
     "its steps lie between the entries of an int16 table", kInt16},
    {"Div", "", kAny, OutputRule::kRange, kNo, kOperands, kNo, kFuses, "by constants it becomes Mul"},
    {"Min", "", kAny, OutputRule::kRange, kNo, kOperands, kNo, kFuses, "of two; more become a chain"},
    {"Max", "", kAny, OutputRule::kRange, kNo, kOperands, kNo, kFuses, "of two; more become a chain"},
    {"PRelu", "", kAny, OutputRule::kRange, kNo, kOperands, kNo, kFuses, "with one slope it becomes LeakyRelu"},
    {"Equal", "", kAny, OutputRule::kIndex, kNo, kOperands, kNo, kNo, "gives int32 truth values"},
    {"Greater", "", kAny, OutputRule::kIndex, kNo, kOperands, kNo, kNo, "gives int32 truth values"},
    {"GreaterOrEqual", "", kAny, OutputRule::kIndex, kNo, kOperands, kNo, kNo, "gives int32 truth values"},
    {"Less", "", kAny, OutputRule::kIndex, kNo, kOperands, kNo, kNo, "gives int32 truth values"},
    {"LessOrEqual", "", kAny, OutputRule::kIndex, kNo, kOperands, kNo, kNo, "gives int32 truth values"},
    {"And", "", kAny, OutputRule::kIndex, kNo, kOperands, kFollows, kNo, "of int32 truth values"},
    {"Or", "", kAny, OutputRule::kIndex, kNo, kOperands, kFollows, kNo, "of int32 truth values"},
    {"Xor", "", kAny, OutputRule::kIndex, kNo, kOperands, kFollows, kNo, "of int32 truth values"},
    {"Not", "", kAny, OutputRule::kIndex, kNo, kOperands, kFollows, kNo, "of int32 truth values"},
    {"Where", "", kAny, OutputRule::kSelect, kNo, kOperands, kNo, kNo, "the condition is int32"},
    {"Cast", "", kFloatOnly, OutputRule::kIndex, kNo, kNo, kNo, kNo,
     "between indices, truth values and float32, which are not quantized", kIntegers, cast_limit},
    {"ReduceSum", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, "over any axes", {}, reduce_limit},
    {"ReduceMean", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, "over any axes", {}, reduce_limit},
    {"ReduceSumSquare", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, "over any axes", {}, reduce_limit},
    {"ReduceL1", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, "over any axes", {}, reduce_limit},
    {"ReduceL2", "", kAny, OutputRule::kRange, kNo, kNo, kNo, kNo, "over any axes", {}, reduce_limit},
    {"ReduceMax", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo, "over any axes", {}, reduce_limit},
    {"ReduceMin", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo, "over any axes", {}, reduce_limit},
    {"ArgMax", "", kAny, OutputRule::kIndex, kNo, kNo, kFollows, kNo, "gives int32 indices", {}, real_input_limit},
    {"ArgMin", "", kAny, OutputRule::kIndex, kNo, kNo, kFollows, kNo, "gives int32 indices", {}, real_input_limit},
    {"TopK",
     "",
     kAny,
     OutputRule::kInput,
     kNo,
     kNo,
     kFollows,
     kNo,
     "values and int32 indices, always sorted",
     {},
     real_input_limit},
    {"Identity", "", kAny, OutputRule::kInput, kNo, kNo, kFollows, kNo,
     "dropped, except where a quantized model changes the scale"},
};

/// MatMul whose second operand is not a constant matrix: both are activations.
constexpr OpRule kActivationProduct = {"MatMul", "", kAny, OutputRule::kRange, kNo, kOperands, kNo, kFuses};

constexpr RewrittenOp kRewritten[] = {
    {"BatchNormalization",
     "folded into the convolution or product before it; else a depthwise Conv of images, or Mul and Add"},
    {"ConcatFromSequence", "Concat, of what the sequence is known to hold"},
    {"Constant", "a constant"},
    {"ConstantOfShape", "a constant (as everything that is computed from constants and shapes)"},
    {"DequantizeLinear", "the numbers that a quantized model states, kept bit for bit"},
    {"Dropout", "nothing"},
    {"If", "the branch that its constant condition chooses"},
    {"Mean", "Add and Mul by a constant"},
    {"QGemm", "Gemm in the numbers that the model states (of the domain com.microsoft)"},
    {"QLinearAdd", "Add in the numbers that the model states (of the domain com.microsoft)"},
    {"QLinearAveragePool", "AveragePool in the numbers that the model states (of the domain com.microsoft)"},
    {"QLinearConcat", "Concat in the numbers that the model states (of the domain com.microsoft)"},
    {"QLinearConv", "Conv in the numbers that the model states"},
    {"QLinearGlobalAveragePool",
     "GlobalAveragePool in the numbers that the model states (of the domain com.microsoft)"},
    {"QLinearLeakyRelu", "LeakyRelu in the numbers that the model states (of the domain com.microsoft)"},
    {"QLinearMatMul", "MatMul in the numbers that the model states"},
    {"QLinearMul", "Mul in the numbers that the model states (of the domain com.microsoft)"},
    {"QLinearSigmoid", "Sigmoid in the numbers that the model states (of the domain com.microsoft)"},
    {"QuantizeLinear", "the numbers that a quantized model states, kept bit for bit"},
    {"ReduceLogSum", "ReduceSum and Log"},
    {"ReduceLogSumExp", "ReduceMax, Sub, Exp, ReduceSum, Log and Add"},
    {"SequenceAt", "the tensor that was put in"},
    {"SequenceConstruct", "nothing: what a sequence holds is known"},
    {"SequenceEmpty", "nothing: what a sequence holds is known"},
    {"SequenceErase", "nothing: what a sequence holds is known"},
    {"SequenceInsert", "nothing: what a sequence holds is known"},
    {"SequenceLength", "a constant"},
    {"Shape", "a constant: shapes are static"},
    {"SplitToSequence", "Split"},
    {"Sum", "Add"},
};

std::string node_text(const ir::Node& node) { return fmt::format("node `{}` ({})", node.name, node.op); }

/// Dynamic quantization: its scales follow from the data of each run.
constexpr std::string_view kDynamic[] = {"ConvInteger", "DynamicQuantizeLinear", "MatMulInteger"};

std::string no_kernel_text(const ir::Node& node) {
    if (node.domain.empty() && std::find(std::begin(kDynamic), std::end(kDynamic), node.op) != std::end(kDynamic)) {
        return "its scales are computed at run time (dynamic quantization), for which there are no kernels: give the "
               "float model, or one that is quantized statically";
    }
    std::vector<std::string> names;
    for (const OpRule& rule : kRules) names.emplace_back(rule.op);
    const std::string domain = node.domain.empty() ? "" : node.domain + ":";
    const std::string near = did_you_mean(node.op, names);
    return fmt::format("no kernel for the operator {}{}{}", domain, node.op, near.empty() ? "" : " (" + near + ")");
}

}  // namespace

std::vector<Precision> PrecisionSet::list() const {
    std::vector<Precision> precisions;
    for (Precision precision : {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16, Precision::kF32}) {
        if (contains(precision)) precisions.push_back(precision);
    }
    return precisions;
}

std::span<const OpRule> op_rules() { return kRules; }

std::span<const RewrittenOp> rewritten_ops() { return kRewritten; }

const OpRule* find_op_rule(std::string_view domain, std::string_view op) {
    for (const OpRule& rule : kRules) {
        if (rule.op == op && rule.domain == domain) return &rule;
    }
    return nullptr;
}

std::optional<Quantization> unit_form(OutputRule output, NumberFormat format) {
    const bool is_int8 = format == NumberFormat::kInt8;
    if (output == OutputRule::kUnitInterval) {
        return is_int8 ? Quantization{format, 0x1p-8F, -128} : Quantization{format, 0x1p-15F, 0};
    }
    if (output == OutputRule::kSymmetricUnit) return Quantization{format, is_int8 ? 0x1p-7F : 0x1p-15F, 0};
    return std::nullopt;
}

std::optional<Quantization> fixed_output(const ir::Graph& graph, const ir::Node& node, NumberFormat format) {
    const OpRule* rule = find_op_rule(node.domain, node.op);
    if (rule == nullptr || format == NumberFormat::kFloat32 || is_tabulated(graph, node)) return std::nullopt;
    return unit_form(rule->output, format);
}

bool runs_on(const OpRule& rule, std::string_view target) {
    for (size_t begin = 0; begin < rule.targets.size();) {
        const size_t end = std::min(rule.targets.find(' ', begin), rule.targets.size());
        if (glob_matches(rule.targets.substr(begin, end - begin), target)) return true;
        begin = end + 1;
    }
    return false;
}

bool multiplies_activations(const ir::Graph& graph, const ir::Node& node) {
    return node.op == "MatMul" && node.domain.empty() &&
           !(graph.is_constant(node.inputs[1]) && graph.value(node.inputs[1]).shape.size() == 2);
}

std::string reason_against(const ir::Graph& graph, const ir::Node& node) {
    if (multiplies_activations(graph, node)) return "";
    const OpRule* rule = find_op_rule(node.domain, node.op);
    if (rule == nullptr) return no_kernel_text(node);
    if (rule->has_weights) {
        const std::string reason = weights_limit(graph, node);
        if (!reason.empty()) return reason;
    }
    return rule->limit == nullptr ? "" : rule->limit(graph, node);
}

std::string reason_against_types(const ir::Graph& graph, const ir::Node& node) {
    const OutputRule output_rule = op_rule(graph, node).output;
    const bool any_type =
        output_rule == OutputRule::kIndex || output_rule == OutputRule::kInput || output_rule == OutputRule::kConcat;
    for (ir::ValueId output : node.outputs) {
        if (output == ir::kNoValue || graph.value(output).type == ir::ElementType::kFloat32 || any_type) continue;
        return fmt::format("computes {} at run time (`{}`), which it can only do with float32",
                           ir::element_type_name(graph.value(output).type), graph.value(output).name);
    }
    return "";
}

const OpRule& op_rule(const ir::Graph& graph, const ir::Node& node) {
    const std::string reason = reason_against(graph, node);
    if (!reason.empty()) throw Error(node_text(node), reason);
    return multiplies_activations(graph, node) ? kActivationProduct : *find_op_rule(node.domain, node.op);
}

Precision nearest_legal(const OpRule& rule, Precision precision) {
    // More bits first, then fewer.
    for (Precision order : {Precision::kW8A8, Precision::kW8A16, Precision::kW16A16, Precision::kF32}) {
        if (order >= precision && rule.precisions.contains(order)) return order;
    }
    return rule.precisions.list().back();
}

std::string reason_against(const OpRule& rule, Precision precision) {
    if (rule.precisions.contains(precision)) return "";
    std::string legal;
    for (Precision choice : rule.precisions.list()) {
        legal += (legal.empty() ? "" : ", ") + std::string(precision_name(choice));
    }
    return fmt::format("cannot be computed in {} (nearest: {}; legal: {})", precision_name(precision),
                       precision_name(nearest_legal(rule, precision)), legal);
}

void fail_with_all(const std::string& where, const std::vector<NodeProblem>& problems) {
    if (problems.empty()) return;
    std::string list;
    for (const NodeProblem& problem : problems) {
        list += fmt::format("\n  {} `{}`: {}", problem.node->op, problem.node->name, problem.reason);
    }
    throw Error(where, fmt::format("{} {} cannot be converted:{}", problems.size(),
                                   problems.size() == 1 ? "node" : "nodes", list));
}

}  // namespace tinamix::quantize
