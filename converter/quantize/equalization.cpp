#include "quantize/equalization.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "ir/data_movement.h"
#include "quantize/fusion.h"
#include "quantize/replaced_constant.h"

namespace tinamix::quantize {
namespace {

constexpr double kLevels = 255, kWeightLevels = 127;
/// Room above what was seen, for channels that a Clip is not to cut.
constexpr double kRoom = 1.25;
/// A channel is at most so many times smaller than the largest.
constexpr double kSmallest = 1.0 / 1024;

/// One consumer's weights, as sums per channel that it reads.
struct Reader {
    bool activations = false, weights = false;  ///< quantized to 8 bits
    bool own_scales = false;                    ///< every row reads one channel: its scale takes up any factor
    double power = 0;                           ///< of its output
    std::vector<double> energy;                 ///< per channel: sum of squared weights
    std::vector<float> largest;                 ///< per channel: largest magnitude
    std::vector<float> largest_of_row;          ///< [row][channel of the row's group]
    int64_t rows_per_group = 0, channels_per_group = 0, taps = 0;
};

Reader reader_of(const ir::Graph& graph, const Plan& plan, const WeightLayer& layer, int64_t channels,
                 const std::vector<double>& mean_square) {
    Reader reader;
    const Precision precision = plan.node_precision[static_cast<size_t>(layer.node)];
    reader.activations = precision == Precision::kW8A8;
    reader.weights = reader.activations || precision == Precision::kW8A16;
    reader.rows_per_group = layer.channels / layer.groups;
    reader.channels_per_group = channels / layer.groups;
    reader.taps = layer.inputs / reader.channels_per_group;
    reader.own_scales = reader.channels_per_group == 1;
    reader.energy.resize(static_cast<size_t>(channels));
    reader.largest.resize(static_cast<size_t>(channels));
    reader.largest_of_row.resize(static_cast<size_t>(layer.channels * reader.channels_per_group));
    const std::vector<float> rows = layer.rows(graph);
    for (int64_t row = 0; row < layer.channels; ++row) {
        const int64_t group = row / reader.rows_per_group;
        for (int64_t i = 0; i < layer.inputs; ++i) {
            const float weight = rows[static_cast<size_t>(row * layer.inputs + i)], magnitude = std::fabs(weight);
            const auto c = static_cast<size_t>(channel_of_input(layer, channels, group, i));
            const auto of_row = static_cast<size_t>(row * reader.channels_per_group + i / reader.taps);
            reader.energy[c] += static_cast<double>(weight) * weight;
            reader.largest[c] = std::max(reader.largest[c], magnitude);
            reader.largest_of_row[of_row] = std::max(reader.largest_of_row[of_row], magnitude);
        }
    }
    for (size_t c = 0; c < reader.energy.size(); ++c) reader.power += reader.energy[c] * mean_square[c];
    return reader;
}

/// A tensor of the group that is rounded to codes of its own.
bool is_rounded(const ir::Graph& graph, ir::ValueId id) {
    const int producer = graph.producer(id);
    if (producer >= 0 && ir::only_moves_data(graph.nodes[static_cast<size_t>(producer)])) return false;
    const std::vector<int> readers = graph.consumers(id);
    if (readers.size() != 1) return true;
    const ir::Node& reader = graph.nodes[static_cast<size_t>(readers.front())];
    return !reader.domain.empty() || (reader.op != "Relu" && reader.op != "Clip");
}

class Equalizer {
  public:
    Equalizer(const ir::Graph& graph, const Plan& plan, const ChannelGroup& group,
              const AllChannelStatistics& statistics)
        : channels_(static_cast<size_t>(group.channels)), extent_(channels_, 0.0), mean_square_(channels_, 0.0) {
        for (const ChannelPlace& place : group.values) {
            if (!is_rounded(graph, place.value)) continue;
            const ChannelStatistics& of = statistics.at(place.value);
            tensors_.push_back(&of);
            for (size_t c = 0; c < channels_; ++c) {
                const double extent = std::max(of.max[c], 0.0F) - std::min(of.min[c], 0.0F);
                extent_[c] = std::max(extent_[c], extent);
            }
        }
        for (const WeightLayer& layer : group.consumers) {
            const std::vector<double>& square = statistics.at(layer.input).mean_square;
            for (size_t c = 0; c < channels_; ++c) mean_square_[c] = std::max(mean_square_[c], square[c]);
            readers_.push_back(reader_of(graph, plan, layer, group.channels, square));
        }
        std::erase_if(readers_, [](const Reader& reader) { return !reader.weights || !(reader.power > 0); });
        find_floor(graph, group, statistics);
    }

    std::vector<double> run() const {
        std::vector<double> best(channels_, 1.0);
        const double widest = *std::max_element(extent_.begin(), extent_.end());
        if (!(widest > 0) || readers_.empty() || channels_ < 2) return best;
        double least = error(best);
        constexpr std::array<double, 5> kStrengths{0, 0.25, 0.5, 0.75, 1};
        // A gain that small is below what the moments can tell.
        constexpr double kWorthwhile = 0.98;
        const double as_it_is = least;
        for (const double a : kStrengths) {
            for (const double b : kStrengths) {
                const std::vector<double> divisors = of_form(a, b);
                const double found = error(divisors);
                if (!(found < least) || !(found < kWorthwhile * as_it_is)) continue;
                least = found;
                best = divisors;
            }
        }
        return best;
    }

  private:
    /// Below which a Clip would cut off what it let through before.
    void find_floor(const ir::Graph& graph, const ChannelGroup& group, const AllChannelStatistics& statistics) {
        floor_.assign(channels_, 0.0);
        double bound = INFINITY;
        for (const int clip : group.clips) {
            bound = std::min(bound, activation_bounds(graph, graph.nodes[static_cast<size_t>(clip)]).hi);
        }
        if (std::isinf(bound)) return;
        for (const int clip : group.clips) {
            const ir::ValueId output = graph.nodes[static_cast<size_t>(clip)].outputs.front();
            const ChannelStatistics& of = statistics.at(output);
            for (size_t c = 0; c < channels_; ++c) {
                floor_[c] = std::max(floor_[c], std::min(1.0, kRoom * std::max(of.max[c], 0.0F) / bound));
            }
        }
    }

    std::vector<double> of_form(double a, double b) const {
        const double widest = *std::max_element(extent_.begin(), extent_.end());
        std::vector<double> weight(channels_, 0.0);
        for (const Reader& reader : readers_) {
            for (size_t c = 0; c < channels_; ++c) weight[c] = std::max<double>(weight[c], reader.largest[c]);
        }
        const double heaviest = *std::max_element(weight.begin(), weight.end());
        std::vector<double> divisors(channels_);
        double largest = 0;
        for (size_t c = 0; c < channels_; ++c) {
            const double extent = std::max(extent_[c] / widest, kSmallest);
            const double heavy = heaviest > 0 ? std::max(weight[c] / heaviest, kSmallest) : 1;
            divisors[c] = std::pow(extent, a) * std::pow(heavy, -b);
            largest = std::max(largest, divisors[c]);
        }
        for (size_t c = 0; c < channels_; ++c) divisors[c] = std::max({divisors[c] / largest, kSmallest, floor_[c]});
        return divisors;
    }

    /// Energy of the errors over that of the outputs, summed over the consumers.
    double error(const std::vector<double>& divisors) const {
        double sum = 0;
        for (const Reader& reader : readers_) {
            double rounded = 0;
            for (size_t c = 0; c < channels_; ++c) rounded += divisors[c] * divisors[c] * reader.energy[c];
            if (reader.activations) {
                for (const ChannelStatistics* tensor : tensors_) {
                    sum += rounded * step_squared(*tensor, divisors) / 12 / reader.power;
                }
            }
            if (!reader.own_scales) sum += weight_error(reader, divisors) / reader.power;
        }
        return sum;
    }
    double step_squared(const ChannelStatistics& tensor, const std::vector<double>& divisors) const {
        double low = 0, high = 0;
        for (size_t c = 0; c < channels_; ++c) {
            low = std::min(low, tensor.min[c] / divisors[c]);
            high = std::max(high, tensor.max[c] / divisors[c]);
        }
        return (high - low) / kLevels * ((high - low) / kLevels);
    }
    double weight_error(const Reader& reader, const std::vector<double>& divisors) const {
        const auto per_group = static_cast<size_t>(reader.channels_per_group);
        const size_t rows = reader.largest_of_row.size() / per_group;
        double sum = 0;
        for (size_t row = 0; row < rows; ++row) {
            const size_t first = row / static_cast<size_t>(reader.rows_per_group) * per_group;
            double largest = 0, square = 0;
            for (size_t i = 0; i < per_group; ++i) {
                const double divisor = divisors[first + i];
                largest = std::max(largest, reader.largest_of_row[row * per_group + i] * divisor);
                square += mean_square_[first + i] / (divisor * divisor);
            }
            const double step = largest / kWeightLevels;
            sum += step * step / 12 * square * static_cast<double>(reader.taps);
        }
        return sum;
    }

    size_t channels_;
    std::vector<const ChannelStatistics*> tensors_;
    std::vector<double> extent_, mean_square_, floor_;
    std::vector<Reader> readers_;
};

/// All factors that the constants of one layer get.
struct Factors {
    std::vector<double> divided, multiplied;  ///< per output channel; per input channel; empty: none
};

void divide(std::vector<float>& values, const std::vector<double>& divisors) {
    for (size_t i = 0; i < values.size(); ++i) {
        values[i] = static_cast<float>(values[i] / divisors[values.size() == 1 ? 0 : i]);
    }
}

void scale_layer(ir::Graph& graph, const WeightLayer& layer, const Factors& factors) {
    std::vector<float> rows = layer.rows(graph);
    const auto channels = static_cast<int64_t>(factors.multiplied.size());
    for (int64_t row = 0; row < layer.channels; ++row) {
        const int64_t group = row / (layer.channels / layer.groups);
        const double divisor = factors.divided.empty() ? 1 : factors.divided[static_cast<size_t>(row)];
        for (int64_t i = 0; i < layer.inputs; ++i) {
            float& weight = rows[static_cast<size_t>(row * layer.inputs + i)];
            const double factor =
                channels == 0 ? 1
                              : factors.multiplied[static_cast<size_t>(channel_of_input(layer, channels, group, i))];
            weight = static_cast<float>(weight * factor / divisor);
        }
    }
    replace_constant(graph, layer.node, 1, "equalized", layer.tensor(graph, rows));
    if (factors.divided.empty() || layer.bias == ir::kNoValue) return;
    std::vector<float> bias = bias_values(graph, layer);
    divide(bias, factors.divided);
    replace_constant(graph, layer.node, 2, "equalized", ir::Tensor::from({layer.channels}, bias));
}

void scale_normalization(ir::Graph& graph, int node, const std::vector<double>& divisors) {
    for (const size_t index : {size_t{1}, size_t{2}}) {
        const std::vector<ir::ValueId>& inputs = graph.nodes[static_cast<size_t>(node)].inputs;
        if (inputs.size() <= index || inputs[index] == ir::kNoValue) continue;
        const std::vector<float> one = graph.value(inputs[index]).constant->to_floats();
        std::vector<float> values(divisors.size());
        for (size_t i = 0; i < values.size(); ++i) values[i] = one[one.size() == 1 ? 0 : i];
        divide(values, divisors);
        const auto length = static_cast<int64_t>(values.size());
        replace_constant(graph, node, index, "equalized", ir::Tensor::from({length}, values));
    }
}

/// A Clip none of whose channels came near its bound is a Relu, whatever its channels are divided by.
bool is_never_reached(const ir::Graph& graph, const ChannelGroup& group, const AllChannelStatistics& statistics) {
    return std::all_of(group.clips.begin(), group.clips.end(), [&](int clip) {
        const ir::Node& node = graph.nodes[static_cast<size_t>(clip)];
        const ActivationBounds bounds = activation_bounds(graph, node);
        const std::vector<float>& most = statistics.at(node.outputs.front()).max;
        return bounds.lo == 0 && kRoom * *std::max_element(most.begin(), most.end()) < bounds.hi;
    });
}

}  // namespace

std::vector<double> channel_divisors(const ir::Graph& graph, const Plan& plan, const ChannelGroup& group,
                                     const AllChannelStatistics& statistics) {
    if (is_never_reached(graph, group, statistics)) {
        ChannelGroup unbounded = group;
        unbounded.clips.clear();
        return Equalizer(graph, plan, unbounded, statistics).run();
    }
    return Equalizer(graph, plan, group, statistics).run();
}

EqualNetwork equalized(const ir::Graph& graph, const Plan& plan, const AllChannelStatistics& statistics,
                       Equalization which) {
    EqualNetwork result{graph, statistics, 0};
    std::map<int, std::pair<WeightLayer, Factors>> layers;
    for (const ChannelGroup& group : find_channel_groups(graph)) {
        if (group.normalizations.empty() != (which == Equalization::kLayers)) continue;
        const std::vector<double> divisors = channel_divisors(graph, plan, group, statistics);
        if (std::all_of(divisors.begin(), divisors.end(), [](double divisor) { return divisor == 1; })) continue;
        ++result.changed;
        const std::vector<double> zeros(divisors.size(), 0.0);
        for (const ChannelPlace& place : group.values) {
            result.statistics[place.value] = statistics.at(place.value).moved(zeros, divisors);
        }
        for (const WeightLayer& layer : group.producers) {
            layers.try_emplace(layer.node, layer, Factors{}).first->second.second.divided = divisors;
        }
        for (const WeightLayer& layer : group.consumers) {
            layers.try_emplace(layer.node, layer, Factors{}).first->second.second.multiplied = divisors;
        }
        for (const int node : group.normalizations) scale_normalization(result.graph, node, divisors);
        if (!is_never_reached(graph, group, statistics)) continue;
        for (const int clip : group.clips) {
            ir::Node& node = result.graph.nodes[static_cast<size_t>(clip)];
            node.op = "Relu";
            node.attributes.clear();
            node.inputs.resize(1);
        }
    }
    for (const auto& [node, layer] : layers) scale_layer(result.graph, layer.first, layer.second);
    return result;
}

}  // namespace tinamix::quantize
