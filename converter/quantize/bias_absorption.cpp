#include "quantize/bias_absorption.h"

#include <algorithm>
#include <vector>

#include "quantize/channel_groups.h"
#include "quantize/replaced_constant.h"

namespace tinamix::quantize {
namespace {

/// What a channel behind a Relu is left above the cut, in parts of its extent.
constexpr double kRoom = 0.25;
constexpr double kWorthwhile = 0.95;

bool reads_padding(const WeightLayer& layer) {
    return std::any_of(layer.axes.begin(), layer.axes.end(), [](const WeightLayer::Axis& axis) {
        return axis.pad != 0 || (axis.output - 1) * axis.stride + (axis.kernel - 1) * axis.dilation >= axis.input;
    });
}

/// One producer, perhaps a Relu, and consumers that take a bias and read no padding.
bool is_simple(const ir::Graph& graph, const ChannelGroup& group, ir::ValueId& value, bool& relu) {
    if (group.producers.size() != 1 || !group.normalizations.empty() || !group.producers.front().takes_bias)
        return false;
    value = graph.nodes[static_cast<size_t>(group.producers.front().node)].outputs.front();
    const std::vector<int> readers = graph.consumers(value);
    relu = readers.size() == 1 && graph.nodes[static_cast<size_t>(readers.front())].op == "Relu";
    if (relu) value = graph.nodes[static_cast<size_t>(readers.front())].outputs.front();
    if (group.values.size() != (relu ? 2U : 1U)) return false;
    return std::all_of(group.consumers.begin(), group.consumers.end(), [&](const WeightLayer& layer) {
        return layer.input == value && layer.takes_bias && !reads_padding(layer);
    });
}

double extent(const ChannelStatistics& of, const std::vector<double>& shift) {
    double low = 0, high = 0;
    for (size_t c = 0; c < shift.size(); ++c) {
        low = std::min(low, of.min[c] - shift[c]);
        high = std::max(high, of.max[c] - shift[c]);
    }
    return high - low;
}

void add_to_bias(ir::Graph& graph, const WeightLayer& layer, const std::vector<double>& amount) {
    WeightLayer now = layer;  // its bias may have been replaced already
    const std::vector<ir::ValueId>& inputs = graph.nodes[static_cast<size_t>(layer.node)].inputs;
    now.bias = inputs.size() > 2 ? inputs[2] : ir::kNoValue;
    std::vector<float> bias = bias_values(graph, now);
    for (size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<float>(bias[i] + amount[i]);
    replace_constant(graph, layer.node, 2, "absorbed", ir::Tensor::from({layer.channels}, bias));
}

}  // namespace

EqualNetwork absorbed_biases(const ir::Graph& graph, const AllChannelStatistics& statistics) {
    EqualNetwork result{graph, statistics, 0};
    for (const ChannelGroup& group : find_channel_groups(graph)) {
        ir::ValueId value = ir::kNoValue;
        bool relu = false;
        if (!is_simple(graph, group, value, relu)) continue;
        const ChannelStatistics& of = statistics.at(value);
        std::vector<double> shift(of.min.size());
        for (size_t c = 0; c < shift.size(); ++c) {
            const double low = of.min[c], high = of.max[c];
            shift[c] = relu ? std::max(0.0, low - kRoom * (high - low)) : (low + high) / 2;
        }
        if (!(extent(of, shift) < kWorthwhile * extent(of, std::vector<double>(shift.size(), 0.0)))) continue;
        ++result.changed;
        const std::vector<double> ones(shift.size(), 1.0);
        for (const ChannelPlace& place : group.values) {
            result.statistics[place.value] = statistics.at(place.value).moved(shift, ones);
        }
        std::vector<double> taken(shift.size());
        for (size_t c = 0; c < shift.size(); ++c) taken[c] = -shift[c];
        add_to_bias(result.graph, group.producers.front(), taken);
        for (const WeightLayer& layer : group.consumers) {
            const std::vector<float> rows = layer.rows(graph);
            std::vector<double> given(static_cast<size_t>(layer.channels), 0.0);
            for (int64_t row = 0; row < layer.channels; ++row) {
                const int64_t part = row / (layer.channels / layer.groups);
                for (int64_t i = 0; i < layer.inputs; ++i) {
                    const auto c = static_cast<size_t>(channel_of_input(layer, group.channels, part, i));
                    given[static_cast<size_t>(row)] +=
                        static_cast<double>(rows[static_cast<size_t>(row * layer.inputs + i)]) * shift[c];
                }
            }
            add_to_bias(result.graph, layer, given);
        }
    }
    return result;
}

}  // namespace tinamix::quantize
