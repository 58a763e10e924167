// Follows channels through the graph: one pass gives every value its channels and joins the values that share them; a
// second takes out what may not be scaled.
#include "quantize/channel_groups.h"

#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <optional>
#include <span>

#include "quantize/fusion.h"

namespace tinamix::quantize {
namespace {

/// f(s * x) = s * f(x) for s > 0, channel by channel.
constexpr std::array<std::string_view, 10> kHomogeneous{
    "Relu",          "LeakyRelu", "PRelu",   "MaxPool", "AveragePool", "GlobalAveragePool",
    "GlobalMaxPool", "Identity",  "Dropout", "Clip"};
constexpr std::array<std::string_view, 5> kReshaping{"Flatten", "Reshape", "Squeeze", "Unsqueeze", "Transpose"};

bool is_one_of(const ir::Node& node, std::span<const std::string_view> ops) {
    return node.domain.empty() && std::find(ops.begin(), ops.end(), node.op) != ops.end();
}

struct Channels {
    int64_t count, axis, repeat;
    bool operator==(const Channels&) const = default;
};

int64_t product(const ir::Shape& shape, int64_t begin, int64_t end) {
    return std::accumulate(shape.begin() + begin, shape.begin() + end, int64_t{1}, std::multiplies<>());
}

/// The same elements under another shape: where their channels lie then.
std::optional<Channels> reshaped(const Channels& from, const ir::Shape& before, const ir::Shape& after) {
    const auto rank = static_cast<int64_t>(before.size());
    const int64_t outer = product(before, 0, from.axis), inner = product(before, from.axis + 1, rank);
    const int64_t length = from.count * from.repeat;
    int64_t passed = 1;
    for (size_t axis = 0; axis < after.size(); ++axis) {
        const bool last = axis + 1 == after.size();
        if (passed == outer && after[axis] == length && length > 1)
            return Channels{from.count, static_cast<int64_t>(axis), from.repeat};
        if (passed == outer && last && after[axis] == length * inner)
            return Channels{from.count, static_cast<int64_t>(axis), from.repeat * inner};
        passed *= after[axis];
    }
    return std::nullopt;
}

std::optional<Channels> moved(const ir::Graph& graph, const ir::Node& node, const Channels& from) {
    const ir::Shape &before = graph.value(node.inputs.front()).shape, &after = graph.value(node.outputs.front()).shape;
    if (node.op != "Transpose") return reshaped(from, before, after);
    const std::vector<int64_t> order = node.integers("perm");
    for (size_t i = 0; i < order.size(); ++i) {
        if (order[i] == from.axis) return Channels{from.count, static_cast<int64_t>(i), from.repeat};
    }
    return std::nullopt;
}

/// Bounds that scaling can live with.
bool clips_from_zero(const ir::Graph& graph, const ir::Node& node) {
    try {
        const ActivationBounds bounds = activation_bounds(graph, node);
        return (bounds.lo == 0 || std::isinf(bounds.lo)) && bounds.hi > 0;
    } catch (const Error&) {
        return false;
    }
}

class Finder {
  public:
    explicit Finder(const ir::Graph& graph)
        : graph_(graph), channels_(graph.values.size()), root_(graph.values.size()), barred_(graph.values.size()) {
        std::iota(root_.begin(), root_.end(), ir::ValueId{0});
    }

    std::vector<ChannelGroup> run() {
        for (const ir::ValueId id : graph_.inputs) bar(id);
        for (const ir::ValueId id : graph_.outputs) bar(id);
        for (const ir::State& state : graph_.states) {
            bar(state.input);
            bar(state.output);
        }
        for (size_t i = 0; i < graph_.nodes.size(); ++i) visit(static_cast<int>(i));
        return collect();
    }

  private:
    ir::ValueId root(ir::ValueId id) {
        while (root_[static_cast<size_t>(id)] != id) id = root_[static_cast<size_t>(id)];
        return id;
    }
    void join(ir::ValueId a, ir::ValueId b) {
        const ir::ValueId one = root(a), other = root(b);
        if (one == other) return;
        root_[static_cast<size_t>(std::max(one, other))] = std::min(one, other);
        if (barred_[static_cast<size_t>(one)] || barred_[static_cast<size_t>(other)]) bar(std::min(one, other));
    }
    void bar(ir::ValueId id) { barred_[static_cast<size_t>(root(id))] = true; }
    void bar_all(const ir::Node& node) {
        for (const auto* ids : {&node.inputs, &node.outputs}) {
            for (const ir::ValueId id : *ids) {
                if (id != ir::kNoValue && !graph_.is_constant(id)) bar(id);
            }
        }
    }
    std::optional<Channels>& of(ir::ValueId id) { return channels_[static_cast<size_t>(id)]; }

    void visit(int index) {
        const ir::Node& node = graph_.nodes[static_cast<size_t>(index)];
        if (const auto layer = weight_layer(graph_, index)) return visit_layer(node, *layer);
        if (node.outputs.size() == 1 && !node.inputs.empty() && !graph_.is_constant(node.inputs.front())) {
            if (is_normalization(node)) return visit_normalization(index);
            if (is_one_of(node, kHomogeneous) && follows(node)) return;
            if (is_one_of(node, kReshaping) && follows(node)) return;
            if (node.domain.empty() && node.op == "Add" && visit_sum(node)) return;
        }
        bar_all(node);
    }

    void visit_layer(const ir::Node& node, const WeightLayer& layer) {
        // As a consumer: the columns must be whole channels.
        const auto& from = of(layer.input);
        const bool convolution = !layer.axes.empty();
        const auto last = static_cast<int64_t>(graph_.value(layer.input).shape.size()) - 1;
        const bool reads = from && (convolution ? from->axis == 1 && from->repeat == 1
                                                : from->axis == last && from->count * from->repeat == layer.inputs);
        if (!reads || stated(layer)) {
            bar(layer.input);
        } else {
            consumers_.push_back(layer);
        }
        const ir::ValueId output = node.outputs.front();
        if (stated(layer)) return bar(output);
        const auto out_last = static_cast<int64_t>(graph_.value(output).shape.size()) - 1;
        of(output) = Channels{layer.channels, convolution ? 1 : out_last, 1};
        producers_[output] = layer;
    }
    bool stated(const WeightLayer& layer) const {
        return graph_.value(layer.weights).stated.has_value() || graph_.value(layer.input).stated.has_value();
    }

    bool is_normalization(const ir::Node& node) const {
        const auto last = static_cast<int64_t>(graph_.value(node.inputs.front()).shape.size()) - 1;
        const int64_t axis = node.integer("axis", -1);
        if (!node.domain.empty() || node.op != "LayerNormalization" || (axis != -1 && axis != last)) return false;
        for (size_t i = 1; i < node.inputs.size(); ++i) {
            if (node.inputs[i] != ir::kNoValue && !graph_.is_constant(node.inputs[i])) return false;
        }
        return node.inputs.size() > 1 && node.inputs[1] != ir::kNoValue;
    }
    void visit_normalization(int index) {
        const ir::Node& node = graph_.nodes[static_cast<size_t>(index)];
        bar(node.inputs.front());
        const ir::ValueId output = node.outputs.front();
        const ir::Shape& shape = graph_.value(output).shape;
        of(output) = Channels{shape.back(), static_cast<int64_t>(shape.size()) - 1, 1};
        normalizations_[output] = index;
    }

    /// A node whose output has the channels of its first input.
    bool follows(const ir::Node& node) {
        const ir::ValueId input = node.inputs.front(), output = node.outputs.front();
        if (!of(input)) return false;
        for (size_t i = 1; i < node.inputs.size(); ++i) {
            if (node.inputs[i] != ir::kNoValue && !graph_.is_constant(node.inputs[i])) return false;
        }
        if (node.op == "Clip" && !clips_from_zero(graph_, node)) return false;
        const std::optional<Channels> to = is_one_of(node, kReshaping) ? moved(graph_, node, *of(input)) : of(input);
        if (!to) return false;
        of(output) = to;
        join(input, output);
        return true;
    }

    bool visit_sum(const ir::Node& node) {
        const ir::ValueId output = node.outputs.front();
        for (const ir::ValueId id : node.inputs) {
            if (graph_.is_constant(id) || !of(id) || !(*of(id) == *of(node.inputs.front()))) return false;
            if (graph_.value(id).shape != graph_.value(output).shape) return false;
        }
        of(output) = of(node.inputs.front());
        for (const ir::ValueId id : node.inputs) join(id, output);
        return true;
    }

    std::vector<ChannelGroup> collect() {
        std::map<ir::ValueId, ChannelGroup> groups;
        for (size_t i = 0; i < graph_.values.size(); ++i) {
            const auto id = static_cast<ir::ValueId>(i);
            if (!channels_[i] || barred_[static_cast<size_t>(root(id))]) continue;
            ChannelGroup& group = groups[root(id)];
            group.channels = channels_[i]->count;
            group.values.push_back({id, channels_[i]->axis, channels_[i]->repeat});
            if (const auto made = producers_.find(id); made != producers_.end()) {
                group.producers.push_back(made->second);
            }
            if (const auto made = normalizations_.find(id); made != normalizations_.end()) {
                group.normalizations.push_back(made->second);
            }
        }
        for (const WeightLayer& layer : consumers_) {
            const auto group = groups.find(root(layer.input));
            if (group != groups.end()) group->second.consumers.push_back(layer);
        }
        for (size_t i = 0; i < graph_.nodes.size(); ++i) {
            if (graph_.nodes[i].op != "Clip" || !graph_.nodes[i].domain.empty()) continue;
            const auto group = groups.find(root(graph_.nodes[i].outputs.front()));
            if (group != groups.end() && std::isfinite(activation_bounds(graph_, graph_.nodes[i]).hi)) {
                group->second.clips.push_back(static_cast<int>(i));
            }
        }
        std::vector<ChannelGroup> result;
        for (auto& [id, group] : groups) {
            if (!group.consumers.empty()) result.push_back(std::move(group));
        }
        return result;
    }

    const ir::Graph& graph_;
    std::vector<std::optional<Channels>> channels_;
    std::vector<ir::ValueId> root_;
    std::vector<bool> barred_;
    std::map<ir::ValueId, WeightLayer> producers_;
    std::map<ir::ValueId, int> normalizations_;
    std::vector<WeightLayer> consumers_;
};

}  // namespace

std::vector<ChannelGroup> find_channel_groups(const ir::Graph& graph) { return Finder(graph).run(); }

int64_t channel_of_input(const WeightLayer& layer, int64_t channels, int64_t group, int64_t input) {
    const int64_t per_group = channels / layer.groups;
    return group * per_group + input / (layer.inputs / per_group);
}

}  // namespace tinamix::quantize
