#include "tool/layer_report.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "calibrate/histogram.h"
#include "data/sources.h"
#include "float/executor.h"
#include "quantize/stated.h"
#include "search/distribution.h"
#include "search/layer_similarity.h"

namespace tinamix::tool {

namespace {

/// Samples that single layers are compared on, and those that their values are taken from.
constexpr size_t kComparedSamples = 8, kValueSamples = 8;
/// Bars of a small histogram, and bins that they are made of.
constexpr size_t kBars = 48;
constexpr int kBins = 1024;

std::vector<size_t> first_of(std::vector<size_t> indices, size_t most) {
    indices.resize(std::min(indices.size(), most));
    return indices;
}

class ValueWatch {
  public:
    void add(const ir::Tensor& tensor) {
        const float* values = tensor.data<float>();
        const auto count = static_cast<size_t>(tensor.elements());
        if (count == 0) return;
        const auto [low, high] = std::minmax_element(values, values + count);
        low_ = std::min(low_, *low);
        high_ = std::max(high_, *high);
        histogram_.add(values, count, std::max(std::fabs(*low), std::fabs(*high)));
    }

    report::ValueHistogram result(const quantize::Quantization& form) const {
        report::ValueHistogram result;
        if (low_ > high_) return result;
        result.low = low_;
        result.high = high_;
        result.clip_low = low_;
        result.clip_high = high_;
        if (form.format == quantize::NumberFormat::kInt8 || form.format == quantize::NumberFormat::kInt16) {
            const quantize::CodeRange codes = quantize::code_range(form.format);
            const double step = form.scale;
            result.clip_low = step * (codes.min - form.zero_point);
            result.clip_high = step * (codes.max - form.zero_point);
        }
        if (!(high_ > low_)) return result;
        result.counts.assign(kBars, 0);
        const auto bar = [&](double value) {
            const double place = (value - low_) / (static_cast<double>(high_) - low_) * kBars;
            return static_cast<size_t>(std::clamp(place, 0.0, kBars - 1.0));
        };
        const std::vector<uint64_t>& bins = histogram_.bins();
        const double width = histogram_.bin_width();
        for (size_t i = 0; i < bins.size(); ++i) {
            const double middle = (static_cast<double>(i) - static_cast<double>(bins.size()) / 2 + 0.5) * width;
            if (bins[i] > 0) result.counts[bar(middle)] += bins[i];
        }
        result.counts[bar(0)] += histogram_.zeros();
        return result;
    }

  private:
    calibrate::Histogram histogram_{kBins};
    float low_ = std::numeric_limits<float>::infinity(), high_ = -std::numeric_limits<float>::infinity();
};

std::map<ir::ValueId, ValueWatch> watch_values(const ReportSubject& subject, const std::vector<ir::ValueId>& values) {
    std::map<ir::ValueId, ValueWatch> watches;
    for (const ir::ValueId id : values) watches[id];
    float_exec::Executor executor(subject.made.network, {subject.request.threads});
    for (const size_t index : first_of(data::spread(subject.calibration.size(), 0), kValueSamples)) {
        executor.run(
            subject.calibration.load(index),
            [&](ir::ValueId id, const ir::Tensor& tensor) {
                const auto found = watches.find(id);
                if (found != watches.end()) found->second.add(tensor);
            },
            float_exec::ElementOrder::kAny);
    }
    return watches;
}

/// Entropy and kurtosis per node, as they are when all is int8; empty where nothing was calibrated.
std::vector<search::Distribution> distributions(const ReportSubject& subject) {
    const ir::Graph& network = subject.made.network;
    if (subject.made.ranges.tensors.empty()) return {};
    quantize::PrecisionRules int8;
    return search::measure_distributions(
        network, quantize::make_plan(network, subject.made.ranges, int8), subject.calibration,
        first_of(data::spread(subject.calibration.size(), 0), kValueSamples), subject.request.threads);
}

}  // namespace

report::Similarity similarity_of(const search::Difference& sums) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const auto count = static_cast<double>(std::max<int64_t>(sums.elements, 1));
    report::Similarity similarity;
    similarity.elements = static_cast<size_t>(sums.elements);
    similarity.cosine = 1 - search::cosine_loss(sums);
    similarity.euclidean = std::sqrt(sums.error);
    similarity.snr_db = sums.error == 0 ? kInfinity : sums.yy == 0 ? -kInfinity : 10 * std::log10(sums.yy / sums.error);
    similarity.max_abs = sums.max_abs;
    similarity.mean_abs = sums.sum_abs / count;
    similarity.mean_square = sums.error / count;
    return similarity;
}

std::vector<report::LayerScore> score_layers(const ReportSubject& subject) {
    const Conversion& made = subject.made;
    const ir::Graph& network = made.network;
    pack::WeightSegment weights;
    pack::PackedLayers packed;
    const search::Variant variant =
        search::make_variant(made.repaired, made.plan, pack::target_from_name("generic"), weights, packed);
    const std::vector<search::LayerSimilarity> measured =
        search::measure_layers(network, variant, weights, *subject.judged.source,
                               first_of(subject.judged.indices, kComparedSamples), subject.request.threads);

    std::vector<ir::ValueId> values;
    for (const search::LayerSimilarity& layer : measured) {
        const ir::ValueId id = network.find_value(layer.tensor);
        const bool real = network.value(id).type == ir::ElementType::kFloat32;
        values.push_back(real ? id : ir::kNoValue);
    }
    const std::map<ir::ValueId, ValueWatch> watches = watch_values(subject, values);
    const std::vector<search::Distribution> of_node = distributions(subject);
    std::vector<report::LayerScore> layers;
    for (size_t i = 0; i < measured.size(); ++i) {
        const search::LayerSimilarity& from = measured[i];
        report::LayerScore layer;
        layer.name = from.layer;
        layer.op = from.work.kind;
        layer.precision = from.work.precision;
        layer.macs = static_cast<uint64_t>(from.work.macs);
        layer.predicted_ms = subject.request.board.predict(from.work).ms;
        if (values[i] != ir::kNoValue) {
            layer.cumulative = similarity_of(from.cumulative);
            layer.alone = similarity_of(from.alone);
            layer.values = watches.at(values[i]).result(made.plan.value[static_cast<size_t>(values[i])]);
            const int node = network.producer(values[i]);
            if (node >= 0 && !of_node.empty() && of_node[static_cast<size_t>(node)].kurtosis > 0) {
                layer.entropy = of_node[static_cast<size_t>(node)].entropy;
                layer.kurtosis = of_node[static_cast<size_t>(node)].kurtosis;
            }
        }
        layers.push_back(std::move(layer));
    }
    return layers;
}

}  // namespace tinamix::tool
