#include "search/reference_outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

Agreement& Agreement::operator+=(const Agreement& other) {
    xy += other.xy;
    xx += other.xx;
    yy += other.yy;
    error += other.error;
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

double cosine_loss(const Agreement& sums) {
    if (sums.xx == 0 || sums.yy == 0) return sums.xx == sums.yy ? 0 : 1;
    return std::max(0.0, 1 - sums.xy / std::sqrt(sums.xx * sums.yy));
}

ReferenceOutputs::ReferenceOutputs(const ir::Graph& graph, std::vector<OutputGroup> groups,
                                   const data::SampleSource& samples, const std::vector<size_t>& indices, int threads,
                                   size_t most_bytes, const std::function<void(size_t, size_t)>& progress)
    : groups_(std::move(groups)) {
    for (const OutputGroup& group : groups_) {
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

ReferenceOutputs::Losses ReferenceOutputs::losses(const std::vector<std::vector<Agreement>>& sums) const {
    const auto position = [this](ValueId id) {
        return static_cast<size_t>(std::find(ids_.begin(), ids_.end(), id) - ids_.begin());
    };
    const auto mean_loss = [&](const std::vector<ValueId>& values) {
        double sum = 0;
        for (const std::vector<Agreement>& sample : sums) {
            Agreement pooled;
            for (const ValueId id : values) pooled += sample[position(id)];
            sum += cosine_loss(pooled);
        }
        return sum / static_cast<double>(sums.size());
    };
    Losses losses;
    for (const OutputGroup& group : groups_) {
        losses.judged.push_back(mean_loss(group.judged));
        losses.ranked.push_back(mean_loss(group.ranked));
    }
    return losses;
}

}  // namespace tinamix::search
