// Operators that are others in disguise: division by a constant, sums and extremes of many, logarithms of sums, PRelu
// with one slope, and the batch normalization that no layer could take.
#include <cmath>
#include <vector>

#include "float/movement_shapes.h"
#include "optimize/optimize.h"
#include "optimize/per_channel.h"
#include "optimize/rewrite.h"

namespace tinamix::optimize {

namespace {

bool is_real(const ir::Graph& graph, ir::ValueId id) {
    return id != ir::kNoValue && graph.value(id).type == ir::ElementType::kFloat32;
}

/// x / c is x * (1 / c): integer layers multiply better than they divide.
void turn_division_into_product(ir::Graph& graph, ir::Node& node) {
    if (node.op != "Div" || !node.domain.empty() || graph.is_constant(node.inputs[0])) return;
    const ir::Tensor* divisor = constant_input(graph, node, 1);
    if (divisor == nullptr || divisor->type() != ir::ElementType::kFloat32) return;
    std::vector<float> inverse;
    for (float value : divisor->to_floats()) inverse.push_back(1.0F / value);
    for (float value : inverse) {
        if (!std::isnormal(value)) return;
    }
    const std::string name = graph.value(node.inputs[1]).name + "_inverse";
    node.fused = fused_name(node);
    node.op = "Mul";
    node.inputs[1] = add_constant(graph, name, ir::Tensor::from(divisor->shape(), inverse));
}

ir::Shape broadcast(const ir::Shape& a, const ir::Shape& b) {
    ir::Shape result = a.size() > b.size() ? a : b;
    const ir::Shape& shorter = a.size() > b.size() ? b : a;
    const size_t missing = result.size() - shorter.size();
    for (size_t i = 0; i < shorter.size(); ++i) {
        if (result[missing + i] == 1) result[missing + i] = shorter[i];
    }
    return result;
}

/// Sum, Mean, Min and Max of any number of tensors become a chain of two-operand nodes. Returns how many were added.
size_t chain_operands(ir::Graph& graph, size_t index) {
    const ir::Node node = graph.nodes[index];
    const bool mean = node.op == "Mean", sum = node.op == "Sum" || mean;
    if (!node.domain.empty() || !(sum || node.op == "Min" || node.op == "Max") || !is_real(graph, node.outputs[0])) {
        return 0;
    }
    if (node.inputs.size() == 2 && !sum) return 0;
    const std::string op = sum ? "Add" : node.op;
    size_t added = 0;
    ir::ValueId so_far = node.inputs[0];
    // The last operation keeps the node, its name and its output.
    const size_t in_front = node.inputs.size() - (mean ? 1 : 2);
    for (size_t i = 1; i <= in_front && i < node.inputs.size(); ++i) {
        const ir::Shape shape = broadcast(graph.value(so_far).shape, graph.value(node.inputs[i]).shape);
        so_far = insert_before(graph, index + added, op, {so_far, node.inputs[i]}, shape);
        ++added;
    }
    ir::Node& last = graph.nodes[index + added];
    last.fused = fused_name(last);
    if (node.inputs.size() == 1) {
        last.op = "Identity";
    } else if (mean) {
        last.op = "Mul";
        const float share = 1.0F / static_cast<float>(node.inputs.size());
        const std::string name = graph.value(last.outputs[0]).name + "_share";
        last.inputs = {so_far, add_constant(graph, name, ir::Tensor::from({}, std::vector<float>{share}))};
    } else {
        last.op = op;
        last.inputs = {so_far, node.inputs.back()};
    }
    return added;
}

/// A reduction of `x` in front of node `index`, over the axes that that one names.
ir::ValueId insert_reduction(ir::Graph& graph, size_t index, const std::string& op, ir::ValueId x, bool keeps) {
    const ir::Node like = graph.nodes[index];
    const ir::Shape& from = graph.value(x).shape;
    const ir::Tensor* axes = constant_input(graph, like, 1);
    ir::Node reduction;
    reduction.op = op;
    reduction.name = like.name;
    reduction.attributes = like.attributes;
    reduction.attributes["keepdims"] = int64_t{keeps ? 1 : 0};
    const std::vector<char> reduced = float_exec::reduced_axes(
        reduction, from.size(), axes != nullptr ? axes->to_ints() : reduction.integers("axes"));
    std::vector<ir::ValueId> inputs = like.inputs;
    inputs[0] = x;
    const ir::ValueId result =
        insert_before(graph, index, op, std::move(inputs), float_exec::reduced_shape(reduction, from, reduced));
    graph.nodes[index].attributes = reduction.attributes;
    return result;
}

/// ReduceLogSum is the logarithm of a sum. ReduceLogSumExp too: of exponentials relative to the largest, which is added
/// at the end, so that nothing overflows and integer codes are not spent on numbers that vanish. Returns how many
/// nodes were added.
size_t replace_log_sum(ir::Graph& graph, size_t index) {
    const ir::Node node = graph.nodes[index];
    const bool exponential = node.op == "ReduceLogSumExp";
    const bool open_axes =
        node.inputs.size() > 1 && node.inputs[1] != ir::kNoValue && !graph.is_constant(node.inputs[1]);
    if (!node.domain.empty() || (!exponential && node.op != "ReduceLogSum") || open_axes ||
        !is_real(graph, node.inputs[0])) {
        return 0;
    }
    const bool keeps = node.integer("keepdims", 1) != 0;
    const ir::ValueId x = node.inputs[0];
    const ir::Shape shape = graph.value(x).shape, result_shape = graph.value(node.outputs[0]).shape;
    ir::ValueId summed = x, largest = ir::kNoValue;
    size_t added = 0;
    if (exponential) {
        const ir::ValueId kept = insert_reduction(graph, index, "ReduceMax", x, true);
        largest = keeps ? kept : insert_reduction(graph, index + 1, "ReduceMax", x, false);
        added = keeps ? 1 : 2;
        const ir::ValueId below = insert_before(graph, index + added++, "Sub", {x, kept}, shape);
        summed = insert_before(graph, index + added++, "Exp", {below}, shape);
    }
    const ir::ValueId sum = insert_reduction(graph, index + added++, "ReduceSum", summed, keeps);
    ir::ValueId logarithm = sum;
    if (exponential) logarithm = insert_before(graph, index + added++, "Log", {sum}, result_shape);
    ir::Node& last = graph.nodes[index + added];
    last.fused = fused_name(last);
    last.op = exponential ? "Add" : "Log";
    last.attributes.clear();
    last.inputs = exponential ? std::vector<ir::ValueId>{logarithm, largest} : std::vector<ir::ValueId>{sum};
    return added;
}

/// PRelu with the same slope everywhere is LeakyRelu: a function of one variable.
void turn_prelu_into_leaky(ir::Graph& graph, ir::Node& node) {
    const ir::Tensor* slope = node.op == "PRelu" && node.domain.empty() ? constant_input(graph, node, 1) : nullptr;
    if (slope == nullptr || slope->type() != ir::ElementType::kFloat32) return;
    const std::vector<float> slopes = slope->to_floats();
    for (float value : slopes) {
        if (value != slopes.front()) return;
    }
    if (slopes.empty()) return;
    node.fused = fused_name(node);
    node.op = "LeakyRelu";
    node.attributes = {{"alpha", slopes.front()}};
    node.inputs.resize(1);
}

/// Floats of a per-channel factor or offset.
ir::Tensor channel_tensor(const std::vector<double>& values, ir::Shape shape) {
    return ir::Tensor::from(std::move(shape), std::vector<float>(values.begin(), values.end()));
}

/// A batch normalization of an image becomes a depthwise 1x1 convolution: a scale and a bias per channel, rounded once.
/// Of anything else: Mul and Add. Returns how many nodes were added.
size_t replace_batch_norm(ir::Graph& graph, size_t index) {
    if (graph.nodes[index].op != "BatchNormalization" || !graph.nodes[index].domain.empty()) return 0;
    const ir::ValueId x = graph.nodes[index].inputs[0];
    const std::optional<Affine> affine = affine_of(graph, graph.nodes[index], x);
    if (!affine) return 0;
    const std::string name = graph.value(graph.nodes[index].outputs[0]).name;
    const auto channels = static_cast<int64_t>(affine->factor.size());
    const size_t rank = graph.value(x).shape.size();
    graph.nodes[index].fused = fused_name(graph.nodes[index]);
    if (rank == 4) {
        const ir::ValueId weight =
            add_constant(graph, name + "_factor", channel_tensor(affine->factor, {channels, 1, 1, 1}));
        const ir::ValueId bias = add_constant(graph, name + "_offset", channel_tensor(affine->offset, {channels}));
        ir::Node& node = graph.nodes[index];
        node.op = "Conv";
        node.attributes = {{"group", channels}, {"kernel_shape", std::vector<int64_t>{1, 1}}};
        node.inputs = {x, weight, bias};
        return 0;
    }
    ir::Shape shape(rank < 2 ? 1 : rank - 1, 1);  // aligned at the last dimension: [C, 1, ...]
    shape.front() = channels;
    const ir::ValueId factor = add_constant(graph, name + "_factor", channel_tensor(affine->factor, shape));
    const ir::ValueId offset = add_constant(graph, name + "_offset", channel_tensor(affine->offset, shape));
    const ir::ValueId scaled = insert_before(graph, index, "Mul", {x, factor}, graph.value(x).shape);
    ir::Node& node = graph.nodes[index + 1];
    node.op = "Add";
    node.attributes.clear();
    node.inputs = {scaled, offset};
    return 1;
}

}  // namespace

void decompose(ir::Graph& graph) {
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        turn_division_into_product(graph, graph.nodes[i]);
        turn_prelu_into_leaky(graph, graph.nodes[i]);
        i += chain_operands(graph, i);
        i += replace_log_sum(graph, i);
    }
}

void replace_batch_norms(ir::Graph& graph) {
    for (size_t i = 0; i < graph.nodes.size(); ++i) i += replace_batch_norm(graph, i);
}

}  // namespace tinamix::optimize
