// Normalization written out in small nodes becomes one node: LayerNormalization, LpNormalization.
#include <algorithm>
#include <optional>

#include "optimize/optimize.h"
#include "optimize/rewrite.h"

namespace tinamix::optimize {

namespace {

/// Follows values back to the nodes that make them.
class Pattern {
  public:
    explicit Pattern(const ir::Graph& graph) : graph_(graph) {}

    const ir::Node* maker(ir::ValueId value, std::string_view op) const { return producer_of(graph_, value, op); }
    /// The one value of a constant, if it has just one.
    std::optional<float> scalar(ir::ValueId value) const {
        if (!graph_.is_constant(value) || graph_.value(value).constant->elements() != 1) {
            return std::nullopt;
        }
        return graph_.value(value).constant->to_floats().front();
    }
    /// d where `value` is d * d or d ^ 2, else kNoValue.
    ir::ValueId square_root_of(ir::ValueId value) const {
        if (const ir::Node* mul = maker(value, "Mul")) {
            return mul->inputs[0] == mul->inputs[1] ? mul->inputs[0] : ir::kNoValue;
        }
        const ir::Node* pow = maker(value, "Pow");
        return pow != nullptr && scalar(pow->inputs[1]) == 2.0F ? pow->inputs[0] : ir::kNoValue;
    }
    /// The first axis of a reduction over all last axes that keeps its dimensions; nothing for any other.
    std::optional<int64_t> last_axes(const ir::Node& reduction) const {
        const auto rank = static_cast<int64_t>(graph_.value(reduction.inputs[0]).shape.size());
        std::vector<int64_t> axes = reduction.integers("axes");
        if (const ir::Tensor* given = constant_input(graph_, reduction, 1)) {
            axes = given->to_ints();
        }
        if (reduction.integer("keepdims", 1) != 1 || axes.empty()) {
            return std::nullopt;
        }
        for (int64_t& axis : axes) {
            axis += axis < 0 ? rank : 0;
        }
        std::sort(axes.begin(), axes.end());
        for (size_t i = 0; i < axes.size(); ++i) {
            if (axes[i] != rank - static_cast<int64_t>(axes.size() - i)) {
                return std::nullopt;
            }
        }
        return axes.front();
    }

  private:
    const ir::Graph& graph_;
};

/// The parts of (x - mean(x)) / sqrt(mean((x - mean(x))^2) + epsilon).
struct LayerNorm {
    ir::ValueId x;
    int64_t axis;
    float epsilon;
};

std::optional<LayerNorm> match_layer_norm(const ir::Graph& graph, const ir::Node& division) {
    const Pattern pattern(graph);
    const ir::Node* difference = pattern.maker(division.inputs[0], "Sub");
    const ir::Node* root = pattern.maker(division.inputs[1], "Sqrt");
    const ir::Node* sum = root == nullptr ? nullptr : pattern.maker(root->inputs[0], "Add");
    if (difference == nullptr || sum == nullptr) {
        return std::nullopt;
    }
    const bool constant_first = graph.is_constant(sum->inputs[0]);
    const std::optional<float> epsilon = pattern.scalar(sum->inputs[constant_first ? 0 : 1]);
    const ir::Node* variance = pattern.maker(sum->inputs[constant_first ? 1 : 0], "ReduceMean");
    const ir::Node* mean = pattern.maker(difference->inputs[1], "ReduceMean");
    if (!epsilon || variance == nullptr || mean == nullptr || mean->inputs[0] != difference->inputs[0]) {
        return std::nullopt;
    }
    // The difference may be written twice.
    const ir::ValueId squared = pattern.square_root_of(variance->inputs[0]);
    const ir::Node* other = pattern.maker(squared, "Sub");
    if (other == nullptr || other->inputs[0] != difference->inputs[0] ||
        (other != difference && pattern.maker(other->inputs[1], "ReduceMean") == nullptr)) {
        return std::nullopt;
    }
    if (other != difference) {
        const ir::Node* other_mean = pattern.maker(other->inputs[1], "ReduceMean");
        if (other_mean->inputs[0] != difference->inputs[0] ||
            pattern.last_axes(*other_mean) != pattern.last_axes(*mean)) {
            return std::nullopt;
        }
    }
    const std::optional<int64_t> axis = pattern.last_axes(*mean);
    if (!axis || pattern.last_axes(*variance) != axis ||
        graph.value(difference->inputs[0]).type != ir::ElementType::kFloat32) {
        return std::nullopt;
    }
    return LayerNorm{difference->inputs[0], *axis, *epsilon};
}

/// The constant of a Mul or Add of `value` that alone reads it, when it broadcasts over the last axes from `axis` on.
struct Parameter {
    int node;
    ir::Tensor tensor;
};
std::optional<Parameter> following_parameter(const ir::Graph& graph, ir::ValueId value, std::string_view op,
                                             int64_t axis) {
    const int reader = only_reader(graph, value);
    if (reader < 0) {
        return std::nullopt;
    }
    const ir::Node& node = graph.nodes[static_cast<size_t>(reader)];
    const ir::Shape& shape = graph.value(value).shape;
    if (node.op != op || !node.domain.empty() || graph.value(node.outputs[0]).shape != shape) {
        return std::nullopt;
    }
    const ir::Tensor* constant = constant_input(graph, node, node.inputs[0] == value ? 1 : 0);
    if (constant == nullptr || constant->shape().size() > shape.size() - static_cast<size_t>(axis)) {
        return std::nullopt;
    }
    return Parameter{reader, *constant};
}

/// Node `index` divides by the deviation: it becomes the LayerNormalization, with the gain and bias behind it.
bool fuse_layer_norm(ir::Graph& graph, int index) {
    const auto at = static_cast<size_t>(index);
    if (graph.nodes[at].op != "Div" || !graph.nodes[at].domain.empty()) {
        return false;
    }
    const std::optional<LayerNorm> match = match_layer_norm(graph, graph.nodes[at]);
    if (!match) {
        return false;
    }
    const ir::Shape& shape = graph.value(match->x).shape;
    const ir::Shape row(shape.begin() + match->axis, shape.end());
    ir::Tensor gain =
        ir::Tensor::from<float>(row, std::vector<float>(static_cast<size_t>(ir::element_count(row)), 1.0F));
    std::optional<ir::Tensor> bias;
    graph.nodes[at].fused = "LayerNorm";
    if (const auto scale = following_parameter(graph, graph.nodes[at].outputs[0], "Mul", match->axis)) {
        gain = scale->tensor;
        absorb_next(graph, index, scale->node);
    }
    if (const auto offset = following_parameter(graph, graph.nodes[at].outputs[0], "Add", match->axis)) {
        bias = offset->tensor;
        absorb_next(graph, index, offset->node);
    }
    const std::string name = graph.nodes[at].name;
    std::vector<ir::ValueId> inputs = {match->x, add_constant(graph, name + "#gain", std::move(gain))};
    if (bias) {
        inputs.push_back(add_constant(graph, name + "#bias", std::move(*bias)));
    }
    ir::Node& node = graph.nodes[at];
    node.op = "LayerNormalization";
    node.inputs = std::move(inputs);
    node.attributes = {{"axis", match->axis}, {"epsilon", match->epsilon}};
    return true;
}

/// x / max(ReduceL2(x), tiny), which exporters write with Clip and Expand: LpNormalization.
bool fuse_length(ir::Graph& graph, int index) {
    ir::Node& node = graph.nodes[static_cast<size_t>(index)];
    if (node.op != "Div" || !node.domain.empty()) {
        return false;
    }
    const Pattern pattern(graph);
    constexpr float kTiny = 1e-6F;
    ir::ValueId length = node.inputs[1];
    if (const ir::Node* expand = pattern.maker(length, "Expand")) {
        length = expand->inputs[0];
    }
    if (const ir::Node* clip = pattern.maker(length, "Clip")) {
        const bool bounded_above = clip->has("max") || (clip->inputs.size() > 2 && clip->inputs[2] != ir::kNoValue);
        const std::optional<float> least = clip->inputs.size() > 1 && clip->inputs[1] != ir::kNoValue
                                               ? pattern.scalar(clip->inputs[1])
                                               : std::optional<float>(clip->real("min", 0.0F));
        if (bounded_above || !least || *least > kTiny) {
            return false;
        }
        length = clip->inputs[0];
    } else if (const ir::Node* max = pattern.maker(length, "Max")) {
        if (max->inputs.size() != 2 || pattern.scalar(max->inputs[1]).value_or(1.0F) > kTiny) {
            return false;
        }
        length = max->inputs[0];
    }
    const ir::Node* norm = pattern.maker(length, "ReduceL2");
    if (norm == nullptr || norm->inputs[0] != node.inputs[0] || norm->integer("keepdims", 1) != 1) {
        return false;
    }
    std::vector<int64_t> axes = norm->integers("axes");
    if (const ir::Tensor* given = constant_input(graph, *norm, 1)) {
        axes = given->to_ints();
    }
    if (axes.size() != 1) {
        return false;
    }
    node.fused = "ReduceL2+Div";
    node.op = "LpNormalization";
    node.inputs = {node.inputs[0]};
    node.attributes = {{"axis", axes.front()}, {"p", int64_t{2}}};
    return true;
}

}  // namespace

void fuse_normalization(ir::Graph& graph) {
    bool fused = false;
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        fused |= fuse_layer_norm(graph, static_cast<int>(i)) || fuse_length(graph, static_cast<int>(i));
    }
    if (fused) {
        graph.remove_dead();  // what only the pattern needed
    }
}

}  // namespace tinamix::optimize
