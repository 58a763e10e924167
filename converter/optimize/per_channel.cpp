// Per-channel arithmetic in double, rounded to float32 once.
#include "optimize/per_channel.h"

#include <algorithm>
#include <cmath>

#include "optimize/rewrite.h"

namespace tinamix::optimize {

namespace {

/// One value per channel of a tensor of shape `shape` from a constant that broadcasts to it; nothing when the constant
/// varies along another axis than 1 or would enlarge the result.
std::optional<std::vector<double>> per_channel(const ir::Tensor& constant, const ir::Shape& shape) {
    if (constant.type() != ir::ElementType::kFloat32 || shape.size() < 2 || constant.shape().size() > shape.size()) {
        return std::nullopt;
    }
    const size_t missing = shape.size() - constant.shape().size();
    for (size_t i = 0; i < constant.shape().size(); ++i) {
        const bool is_channel = missing + i == 1 && constant.shape()[i] == shape[1];
        if (constant.shape()[i] != 1 && !is_channel) {
            return std::nullopt;
        }
    }
    const std::vector<float> values = constant.to_floats();
    std::vector<double> result(static_cast<size_t>(shape[1]));
    for (size_t c = 0; c < result.size(); ++c) {
        result[c] = static_cast<double>(values[values.size() == 1 ? 0 : c]);
    }
    return result;
}

std::optional<Affine> batch_norm(const ir::Graph& graph, const ir::Node& node, const ir::Shape& shape) {
    if (node.integer("training_mode", 0) != 0 || node.integer("spatial", 1) == 0 || shape.size() < 2) {
        return std::nullopt;
    }
    const ir::Tensor* parameters[4];
    for (size_t i = 0; i < 4; ++i) {
        parameters[i] = constant_input(graph, node, i + 1);
        if (parameters[i] == nullptr || parameters[i]->type() != ir::ElementType::kFloat32 ||
            parameters[i]->elements() != shape[1]) {
            return std::nullopt;
        }
    }
    const auto epsilon = static_cast<double>(node.real("epsilon", 1e-5F));
    Affine affine;
    affine.only_offset = false;
    for (int64_t c = 0; c < shape[1]; ++c) {
        auto parameter = [&](size_t i) { return static_cast<double>(parameters[i]->data<float>()[c]); };
        const double factor = parameter(0) / std::sqrt(parameter(3) + epsilon);
        affine.factor.push_back(factor);
        affine.offset.push_back(parameter(1) - factor * parameter(2));
    }
    return affine;
}

bool all_finite(const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

/// A constant of float32 from doubles.
ir::Tensor float_tensor(const ir::Shape& shape, const std::vector<double>& values) {
    return ir::Tensor::from<float>(shape, std::vector<float>(values.begin(), values.end()));
}

}  // namespace

std::optional<Affine> affine_of(const ir::Graph& graph, const ir::Node& node, ir::ValueId x) {
    const ir::Shape& shape = graph.value(x).shape;
    if (!node.domain.empty() || node.inputs.size() < 2 || graph.value(node.outputs[0]).shape != shape) {
        return std::nullopt;
    }
    if (node.op == "BatchNormalization") {
        if (node.inputs[0] != x || std::any_of(node.outputs.begin() + 1, node.outputs.end(),
                                               [](ir::ValueId id) { return id != ir::kNoValue; })) {
            return std::nullopt;
        }
        std::optional<Affine> affine = batch_norm(graph, node, shape);
        return affine && all_finite(affine->factor) && all_finite(affine->offset) ? affine : std::nullopt;
    }
    const bool left = node.inputs[0] == x;
    const ir::Tensor* constant = constant_input(graph, node, left ? 1 : 0);
    const bool commutes = node.op == "Mul" || node.op == "Add";
    if (constant == nullptr || (!left && (!commutes || node.inputs[1] != x)) ||
        (!commutes && node.op != "Sub" && node.op != "Div")) {
        return std::nullopt;
    }
    const auto values = per_channel(*constant, shape);
    if (!values || !all_finite(*values)) {
        return std::nullopt;
    }
    Affine affine{std::vector<double>(values->size(), 1.0), std::vector<double>(values->size(), 0.0), true};
    if (node.op == "Add") {
        affine.offset = *values;
    } else if (node.op == "Sub") {
        std::transform(values->begin(), values->end(), affine.offset.begin(), std::negate<>());
    } else {
        affine.only_offset = false;
        for (size_t c = 0; c < values->size(); ++c) {
            affine.factor[c] = node.op == "Mul" ? (*values)[c] : 1.0 / (*values)[c];
        }
        if (!all_finite(affine.factor)) {
            return std::nullopt;
        }
    }
    return affine;
}

bool takes_affine(const ir::Node& node) {
    return node.domain.empty() && (node.op == "Conv" || node.op == "ConvTranspose" || node.op == "Gemm");
}

bool take_into_weights(ir::Graph& graph, int index, const Affine& affine) {
    ir::Node& node = graph.nodes[static_cast<size_t>(index)];
    const bool gemm = node.op == "Gemm";
    const ir::Tensor* weights = constant_input(graph, node, 1);
    const bool has_bias = node.inputs.size() > 2 && node.inputs[2] != ir::kNoValue;
    const ir::Tensor* old_bias = constant_input(graph, node, 2);
    const bool transposed = node.op == "ConvTranspose";
    if (!takes_affine(node) || weights == nullptr || weights->type() != ir::ElementType::kFloat32 ||
        (has_bias && old_bias == nullptr)) {
        return false;
    }
    const auto channels = static_cast<int64_t>(affine.factor.size());
    std::vector<double> bias(affine.factor.size(), 0.0);
    if (has_bias) {
        const auto values = per_channel(*old_bias, gemm ? graph.value(node.outputs[0]).shape : ir::Shape{1, channels});
        if (!values || (gemm && old_bias->shape().size() > 2)) {
            return false;
        }
        bias = *values;
    }
    const double beta = gemm ? static_cast<double>(node.real("beta", 1)) : 1.0;
    for (size_t c = 0; c < bias.size(); ++c) {
        bias[c] = beta * bias[c] * affine.factor[c] + affine.offset[c];
    }
    std::optional<ir::Tensor> scaled;
    if (!affine.only_offset) {
        scaled = *weights;
        float* w = scaled->data<float>();
        // Conv: [channel][...]. Gemm: [channel][k] if transB, else [k][channel]. ConvTranspose: [group, input][channel
        // of the group][...], which is a Conv per group with rows of its inputs.
        const bool channel_last = gemm && node.integer("transB", 0) == 0;
        const int64_t groups = transposed ? node.integer("group", 1) : 1, group_channels = channels / groups;
        const int64_t inputs = transposed ? std::max<int64_t>(1, weights->shape()[0]) : 1;
        const int64_t inner = channel_last ? 1 : scaled->elements() / std::max<int64_t>(1, group_channels * inputs);
        for (int64_t i = 0; i < scaled->elements(); ++i) {
            const int64_t row = i / inner;
            const int64_t group = transposed ? row / group_channels * groups / inputs : 0;
            w[i] =
                static_cast<float>(static_cast<double>(w[i]) *
                                   affine.factor[static_cast<size_t>(group * group_channels + row % group_channels)]);
        }
    }
    const std::string weights_name = graph.value(node.inputs[1]).name;
    const std::string bias_name = has_bias ? graph.value(node.inputs[2]).name : node.name + "#bias";
    // Adding constants moves the graph's values, not its nodes.
    if (scaled) {
        const ir::ValueId id = add_constant(graph, weights_name + "#folded", std::move(*scaled));
        node.inputs[1] = id;
    }
    node.inputs.resize(3, ir::kNoValue);
    node.inputs[2] = add_constant(graph, has_bias ? bias_name + "#folded" : bias_name, float_tensor({channels}, bias));
    if (gemm) {
        node.attributes["beta"] = 1.0F;
    }
    return true;
}

}  // namespace tinamix::optimize
