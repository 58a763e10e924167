#include "tool/layer_scores.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>

#include "calibrate/histogram.h"
#include "float/executor.h"

namespace tinamix::tool {
namespace {

constexpr int kFineBins = 2048;
constexpr size_t kShownBins = 64;

/// Values of one tensor over all samples.
class ValueCounts {
  public:
    void add(std::span<const float> values) {
        if (values.empty()) return;
        const auto [low, high] = std::minmax_element(values.begin(), values.end());
        low_ = std::min(low_, *low);
        high_ = std::max(high_, *high);
        fine_.add(values.data(), values.size(), std::max(std::fabs(*low), std::fabs(*high)));
    }

    /// From the least to the largest value; zeros are not counted, as everywhere in calibration.
    report::ValueHistogram shown(double clip_low, double clip_high) const {
        report::ValueHistogram result{low_, high_, std::vector<uint64_t>(kShownBins), clip_low, clip_high};
        const std::vector<uint64_t>& fine = fine_.bins();
        const double zero = static_cast<double>(fine.size()) / 2;
        for (size_t i = 0; i < fine.size(); ++i) {
            if (fine[i] == 0) continue;
            const double middle = (static_cast<double>(i) + 0.5 - zero) * fine_.bin_width();
            const double place = high_ > low_ ? (middle - low_) / (high_ - low_) * kShownBins : 0.0;
            result.counts[static_cast<size_t>(std::clamp(place, 0.0, kShownBins - 1.0))] += fine[i];
        }
        return result;
    }

  private:
    float low_ = std::numeric_limits<float>::infinity(), high_ = -std::numeric_limits<float>::infinity();
    calibrate::Histogram fine_{kFineBins};
};

/// A layer whose first output is a tensor of the network.
struct Watched {
    int32_t tensor;  ///< of the packed model, under its ONNX name
    ir::ValueId value;
    report::LayerScore score;
    report::SimilaritySums sums;
    ValueCounts values;
};

/// The tensor by which the network knows what `op` makes, or -1: among those that show its memory, the first that has a
/// float32 counterpart of the same shape.
int32_t counterpart(const Simulation& packed, const tmx_op& op, const ir::Graph& graph) {
    for (const int32_t candidate : packed.sharing(op.outputs[0])) {
        const tmx_tensor tensor = packed.tensor(candidate);
        if (tensor.derived != 0) continue;
        const ir::ValueId value = graph.find_value(tensor.name);
        if (value == ir::kNoValue) continue;
        if (graph.value(value).type == ir::ElementType::kFloat32 && graph.value(value).shape == onnx_shape(tensor)) {
            return candidate;
        }
    }
    return -1;
}

std::map<int32_t, Watched> find_watched(const ir::Graph& graph, const Simulation& packed) {
    std::map<int32_t, Watched> watched;  // by op
    for (int32_t i = 0; i < packed.info().op_count; ++i) {
        const tmx_op op = packed.op(i);
        const int32_t tensor = op.output_count > 0 ? counterpart(packed, op, graph) : -1;
        if (tensor < 0) continue;
        Watched entry{tensor, graph.find_value(packed.tensor(tensor).name), {}, {}, {}};
        entry.score.name = op.layer;
        entry.score.op = op.onnx_type;
        entry.score.precision = quantize::precision_from_name(precision_text(op.precision));
        entry.score.macs = op.macs;
        watched.emplace(i, std::move(entry));
    }
    return watched;
}

/// Smallest and largest value that has a code.
std::pair<double, double> reach(const tmx_tensor& tensor) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (tensor.type != TMX_INT8 && tensor.type != TMX_INT16) return {-kInfinity, kInfinity};
    const int lowest = tensor.type == TMX_INT8 ? -128 : -32768;
    return {tensor.scale * static_cast<double>(lowest - tensor.zero_point),
            tensor.scale * static_cast<double>(-lowest - 1 - tensor.zero_point)};
}

}  // namespace

std::vector<report::LayerScore> measure_layers(const ir::Graph& graph, Simulation& packed,
                                               const data::SampleSource& samples, const std::vector<size_t>& indices,
                                               int threads, const std::function<void(size_t, size_t)>& progress) {
    std::map<int32_t, Watched> watched = find_watched(graph, packed);
    std::map<ir::ValueId, std::optional<ir::Tensor>> floats;
    for (const auto& [op, entry] : watched) floats[entry.value];
    float_exec::Executor executor(graph, {threads});
    for (size_t i = 0; i < indices.size(); ++i) {
        const std::vector<ir::Tensor> inputs = samples.load(indices[i]);
        executor.run(inputs, [&](ir::ValueId id, const ir::Tensor& tensor) {
            const auto wanted = floats.find(id);
            if (wanted != floats.end()) wanted->second = tensor;
        });
        for (size_t k = 0; k < inputs.size(); ++k) packed.set_input(static_cast<int32_t>(k), inputs[k]);
        packed.run([&](int32_t op) {
            const auto found = watched.find(op);
            if (found == watched.end()) return;
            Watched& entry = found->second;
            std::optional<ir::Tensor>& expected = floats[entry.value];
            if (!expected) return;
            const std::span<const float> values{expected->data<float>(), static_cast<size_t>(expected->elements())};
            const ir::Tensor simulated = packed.values(entry.tensor);
            entry.sums.add(values, {simulated.data<float>(), values.size()}, entry.score.name);
            entry.values.add(values);
        });
        if (progress) progress(i + 1, indices.size());
    }
    std::vector<report::LayerScore> scores;
    for (auto& [op, entry] : watched) {
        entry.score.cumulative = entry.sums.result();
        const auto [low, high] = reach(packed.tensor(entry.tensor));
        entry.score.values = entry.values.shown(low, high);
        scores.push_back(std::move(entry.score));
    }
    return scores;
}

}  // namespace tinamix::tool
