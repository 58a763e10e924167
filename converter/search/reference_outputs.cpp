#include "search/reference_outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "float/executor.h"
#include "ir/data_movement.h"

namespace tinamix::search {

namespace {

using ir::ValueId;

const ir::Node* producer(const ir::Graph& graph, ValueId id) {
    const int index = graph.producer(id);
    return index < 0 ? nullptr : &graph.nodes[static_cast<size_t>(index)];
}

/// Operators that move every element of one operand, none twice.
bool moves_all(const ir::Node& node) {
    const std::set<std::string> ops = {"Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze"};
    return node.domain.empty() && ops.count(node.op) != 0;
}

void collect_parts(const ir::Graph& graph, ValueId id, std::vector<ValueId>& parts) {
    if (graph.is_constant(id) || graph.value(id).type != ir::ElementType::kFloat32) return;
    const ir::Node* node = producer(graph, id);
    if (node != nullptr && moves_all(*node)) return collect_parts(graph, node->inputs.front(), parts);
    if (node != nullptr && node->domain.empty() && node->op == "Concat") {
        for (const ValueId input : node->inputs) collect_parts(graph, input, parts);
        return;
    }
    if (std::find(parts.begin(), parts.end(), id) == parts.end()) parts.push_back(id);
}

/// Largest magnitude measured; what only moves data and was not measured counts with its operand.
double reach(const ir::Graph& graph, const calibrate::Ranges& ranges, ValueId id) {
    const auto found = ranges.tensors.find(graph.value(id).name);
    if (found != ranges.tensors.end()) {
        return std::max(std::fabs(found->second.observed_min), std::fabs(found->second.observed_max));
    }
    const ir::Node* node = producer(graph, id);
    return node != nullptr && ir::only_moves_data(*node) ? reach(graph, ranges, node->inputs.front()) : 0;
}

ValueId before_softmax(const ir::Graph& graph, ValueId id) {
    const ir::Node* node = producer(graph, id);
    if (node != nullptr && moves_all(*node)) return before_softmax(graph, node->inputs.front());
    return node != nullptr && node->domain.empty() && node->op == "Softmax" ? node->inputs.front() : ir::kNoValue;
}

OutputGroup whole_output(const ir::Graph& graph, ValueId output) {
    OutputGroup group{graph.value(output).name, {output}, {output}};
    const ValueId logits = before_softmax(graph, output);
    if (logits != ir::kNoValue && !graph.is_constant(logits)) group.ranked = {logits};
    return group;
}

}  // namespace

std::vector<ValueId> output_parts(const ir::Graph& graph, ValueId output) {
    std::vector<ValueId> parts;
    collect_parts(graph, output, parts);
    return parts.size() < 2 ? std::vector<ValueId>{output} : parts;
}

std::vector<OutputGroup> find_output_groups(const ir::Graph& graph, const calibrate::Ranges& ranges) {
    std::vector<OutputGroup> groups;
    for (const ValueId output : graph.outputs) {
        if (graph.value(output).type != ir::ElementType::kFloat32) continue;
        std::vector<ValueId> parts = output_parts(graph, output);
        std::stable_sort(parts.begin(), parts.end(),
                         [&](ValueId a, ValueId b) { return reach(graph, ranges, a) > reach(graph, ranges, b); });
        std::vector<OutputGroup> split;
        double largest = 0;
        for (const ValueId part : parts) {
            const double size = reach(graph, ranges, part);
            if (split.empty() || (size > 0 && size * kOutputDisparity < largest)) {
                split.push_back({fmt::format("{} up to {:.4g}", graph.value(output).name, size), {}, {}});
                largest = size;
            }
            split.back().judged.push_back(part);
            split.back().ranked.push_back(part);
        }
        if (split.size() < 2) split = {whole_output(graph, output)};
        groups.insert(groups.end(), split.begin(), split.end());
    }
    if (groups.empty()) throw Error(graph.name, "no output holds real numbers: there is nothing to compare");
    return groups;
}

OutputGroup weighted_group(const ir::Graph& graph, const std::vector<std::pair<std::string, double>>& values) {
    OutputGroup group;
    for (const auto& [name, weight] : values) {
        const ValueId id = graph.find_value(name);
        if (id == ir::kNoValue || graph.is_constant(id) || graph.value(id).type != ir::ElementType::kFloat32) {
            std::vector<std::string> names;
            for (size_t i = 0; i < graph.values.size(); ++i) {
                const bool real = graph.values[i].type == ir::ElementType::kFloat32;
                if (real && !graph.is_constant(static_cast<ValueId>(i))) names.push_back(graph.values[i].name);
            }
            throw Error(graph.name, "has no float32 tensor `" + name + "` to compare", did_you_mean(name, names));
        }
        group.judged.push_back(id);
        group.weights.push_back(weight);
        group.name += fmt::format("{}{}:{:g}", group.name.empty() ? "" : ",", name, weight);
    }
    group.ranked = group.judged;
    return group;
}

Agreement& Agreement::operator+=(const Agreement& other) {
    xy += other.xy;
    xx += other.xx;
    yy += other.yy;
    error += other.error;
    rows += other.rows;
    missed += other.missed;
    return *this;
}

Agreement agreement(const float* found, const float* expected, int64_t count) {
    Agreement sums;
    for (int64_t i = 0; i < count; ++i) {
        const double x = found[i], y = expected[i];
        sums.xy += x * y;
        sums.xx += x * x;
        sums.yy += y * y;
        sums.error += (x - y) * (x - y);
    }
    return sums;
}

Difference& Difference::operator+=(const Difference& other) {
    Agreement::operator+=(other);
    max_abs = std::max(max_abs, other.max_abs);
    sum_abs += other.sum_abs;
    elements += other.elements;
    return *this;
}

Difference difference(const float* found, const float* expected, int64_t count) {
    Difference sums{agreement(found, expected, count), 0, 0, count};
    for (int64_t i = 0; i < count; ++i) {
        const double apart = std::fabs(static_cast<double>(found[i]) - expected[i]);
        sums.max_abs = std::max(sums.max_abs, apart);
        sums.sum_abs += apart;
    }
    return sums;
}

double cosine_loss(const Agreement& sums) {
    if (sums.xx == 0 || sums.yy == 0) return sums.xx == sums.yy ? 0 : 1;
    return std::max(0.0, 1 - sums.xy / std::sqrt(sums.xx * sums.yy));
}

namespace {

double noise_share(const Agreement& sums) {
    if (sums.yy == 0) return sums.error == 0 ? 0 : 1;
    return sums.error / sums.yy;
}

double missed_share(const Agreement& sums) { return sums.rows == 0 ? 0 : sums.missed / sums.rows; }

}  // namespace

ReferenceOutputs::ReferenceOutputs(const ir::Graph& graph, std::vector<OutputGroup> groups,
                                   const data::SampleSource& samples, const std::vector<size_t>& indices, int threads,
                                   size_t most_bytes, const std::function<void(size_t, size_t)>& progress,
                                   Metric metric)
    : groups_(std::move(groups)), metric_(std::move(metric)) {
    for (const OutputGroup& group : groups_) {
        for (const ValueId id : group.judged) {
            const ir::Shape& shape = graph.value(id).shape;
            const bool scores = !shape.empty() && shape.back() > metric_.most;
            if (metric_.kind != Metric::Kind::kTop || scores) continue;
            throw Error(graph.value(id).name,
                        fmt::format("cannot be judged by its {} best classes: its last dimension is not a row of more",
                                    metric_.most),
                        "name the tensors that hold scores with --compare-tensors");
        }
        for (const auto* values : {&group.judged, &group.ranked}) {
            for (const ValueId id : *values) {
                if (std::find(ids_.begin(), ids_.end(), id) == ids_.end()) ids_.push_back(id);
            }
        }
    }
    for (const ValueId id : ids_) names_.push_back(graph.value(id).name);
    float_exec::Executor executor(graph, {threads});
    size_t bytes = 0;
    for (const size_t index : indices) {
        if (!samples_.empty() && bytes + bytes / samples_.size() > most_bytes) break;
        Sample sample{samples.load(index), std::vector<ir::Tensor>(ids_.size())};
        executor.run(sample.inputs, [&](ValueId id, const ir::Tensor& tensor) {
            const auto found = std::find(ids_.begin(), ids_.end(), id);
            if (found != ids_.end()) sample.values[static_cast<size_t>(found - ids_.begin())] = tensor;
        });
        for (const auto* tensors : {&sample.inputs, &sample.values}) {
            for (const ir::Tensor& tensor : *tensors) bytes += tensor.bytes();
        }
        samples_.push_back(std::move(sample));
        if (progress) progress(samples_.size(), indices.size());
    }
}

Agreement ReferenceOutputs::compared(size_t sample, size_t name, const std::vector<float>& found) const {
    const ir::Tensor& expected = samples_[sample].values[name];
    const float* scores = expected.data<float>();
    Agreement sums = agreement(found.data(), scores, expected.elements());
    if (metric_.kind != Metric::Kind::kTop || expected.shape().empty()) return sums;
    const int64_t classes = expected.shape().back();
    for (int64_t row = 0; row + classes <= expected.elements(); row += classes) {
        const auto best = static_cast<size_t>(std::max_element(scores + row, scores + row + classes) - (scores + row));
        int better = 0;
        for (int64_t i = 0; i < classes; ++i) {
            const float score = found[static_cast<size_t>(row + i)], wanted = found[static_cast<size_t>(row) + best];
            better += score > wanted || (score == wanted && static_cast<size_t>(i) < best) ? 1 : 0;
        }
        ++sums.rows;
        sums.missed += better >= metric_.most ? 1 : 0;
    }
    return sums;
}

ReferenceOutputs::Losses ReferenceOutputs::losses(const std::vector<std::vector<Agreement>>& sums) const {
    const auto position = [this](ValueId id) {
        return static_cast<size_t>(std::find(ids_.begin(), ids_.end(), id) - ids_.begin());
    };
    const auto mean_loss = [&](const std::vector<ValueId>& values, const std::vector<double>& weights, auto loss) {
        const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
        double sum = 0;
        for (const std::vector<Agreement>& sample : sums) {
            Agreement pooled;
            for (size_t i = 0; i < values.size(); ++i) {
                const Agreement& of = sample[position(values[i])];
                pooled += of;
                if (!weights.empty()) sum += weights[i] / all * loss(of);
            }
            if (weights.empty()) sum += loss(pooled);
        }
        return sum / static_cast<double>(sums.size());
    };
    const bool snr = metric_.kind == Metric::Kind::kSnr, top = metric_.kind == Metric::Kind::kTop;
    const auto ranking = snr ? noise_share : cosine_loss;
    // A few samples tell too little about best classes.
    const auto judging = top && sums.size() == samples_.size() ? missed_share : ranking;
    Losses losses;
    for (const OutputGroup& group : groups_) {
        losses.judged.push_back(mean_loss(group.judged, group.weights, judging));
        losses.ranked.push_back(mean_loss(group.ranked, group.weights, ranking));
    }
    return losses;
}

}  // namespace tinamix::search
