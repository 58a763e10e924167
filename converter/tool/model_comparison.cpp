#include "tool/model_comparison.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "calibrate/ranges.h"
#include "diagnostics/error.h"
#include "float/executor.h"
#include "report/similarity.h"
#include "tool/progress.h"

namespace tinamix::tool {

namespace {

using search::Difference;

/// What one value of the network came to on all samples.
struct Watched {
    int32_t tensor = -1;  ///< of the packed model
    std::vector<Difference> sums;
    calibrate::Range range;
    size_t same_place = 0;
};

/// Outputs and, where the packed model has all of them, the parts of each.
std::map<ir::ValueId, Watched> values_to_watch(const ir::Graph& graph, const Simulation& simulation) {
    std::map<std::string, int32_t> tensors;
    for (int32_t i = 0; i < simulation.info().tensor_count; ++i) tensors[simulation.tensor(i).name] = i;
    std::map<ir::ValueId, Watched> watched;
    for (const ir::ValueId output : graph.outputs) {
        if (graph.value(output).type != ir::ElementType::kFloat32) continue;
        const std::vector<ir::ValueId> parts = search::output_parts(graph, output);
        const bool shown = std::all_of(parts.begin(), parts.end(),
                                       [&](ir::ValueId part) { return tensors.count(graph.value(part).name) != 0; });
        for (const ir::ValueId part : shown ? parts : std::vector<ir::ValueId>{}) {
            watched[part].tensor = tensors.at(graph.value(part).name);
        }
        const auto whole = tensors.find(graph.value(output).name);
        if (whole == tensors.end()) {
            throw Error(simulation.path(), "has no output `" + graph.value(output).name + "`");
        }
        watched[output].tensor = whole->second;
    }
    return watched;
}

void compare(Watched& watched, const ir::Tensor& expected, const std::vector<float>& found) {
    const float* values = expected.data<float>();
    const int64_t count = expected.elements();
    watched.sums.push_back(search::difference(found.data(), values, count));
    if (count == 0) return;
    const auto [low, high] = std::minmax_element(values, values + count);
    watched.range.observed_min = std::min(watched.range.observed_min, *low);
    watched.range.observed_max = std::max(watched.range.observed_max, *high);
    const auto place = [](const float* from, size_t size) { return report::best_class({from, size}); };
    if (place(values, static_cast<size_t>(count)) == place(found.data(), found.size())) ++watched.same_place;
}

bool is_one_row(const ir::Shape& shape) {
    return !shape.empty() && shape.back() > 1 && ir::element_count(shape) == shape.back();
}

}  // namespace

ModelComparison compare_models(const ir::Graph& graph, Simulation& simulation, const data::SampleSource& samples,
                               const std::vector<size_t>& indices, int threads) {
    float_exec::Executor executor(graph, {threads});
    std::map<ir::ValueId, Watched> watched = values_to_watch(graph, simulation);
    Progress progress("comparing", "samples");
    for (size_t i = 0; i < indices.size(); ++i) {
        const std::vector<ir::Tensor> inputs = samples.load(indices[i]);
        std::map<ir::ValueId, ir::Tensor> expected;
        executor.run(inputs, [&](ir::ValueId id, const ir::Tensor& tensor) {
            if (watched.count(id) != 0) expected[id] = tensor;
        });
        for (size_t k = 0; k < inputs.size(); ++k) simulation.set_input(static_cast<int32_t>(k), inputs[k]);
        simulation.run([&](int32_t op) {
            const std::vector<int32_t> visible = simulation.visible_after(op);
            for (auto& [id, value] : watched) {
                if (std::find(visible.begin(), visible.end(), value.tensor) == visible.end()) continue;
                compare(value, expected.at(id), simulation.values(value.tensor).to_floats());
            }
        });
        progress.update(i + 1, indices.size());
    }

    calibrate::Ranges ranges;
    for (const auto& [id, value] : watched) {
        if (value.sums.size() == indices.size()) ranges.tensors[graph.value(id).name] = value.range;
    }
    ModelComparison result;
    result.samples = indices.size();
    for (const search::OutputGroup& group : search::find_output_groups(graph, ranges)) {
        ModelComparison::Output output;
        output.name = group.name;
        for (size_t i = 0; i < indices.size(); ++i) {
            Difference pooled;
            for (const ir::ValueId id : group.judged) {
                if (i < watched[id].sums.size()) pooled += watched[id].sums[i];
            }
            const double cosine = 1 - search::cosine_loss(pooled);
            output.mean_cosine += cosine / static_cast<double>(indices.size());
            output.least_cosine = std::min(output.least_cosine, cosine);
            output.all += pooled;
        }
        constexpr double kDecibel = 10;
        output.snr_db = kDecibel * std::log10(output.all.yy / output.all.error);
        const ir::ValueId only = group.judged.front();
        if (group.judged.size() == 1 && graph.is_output(only) && is_one_row(graph.value(only).shape)) {
            output.top1 = static_cast<double>(watched[only].same_place) / static_cast<double>(indices.size());
        }
        result.outputs.push_back(std::move(output));
    }
    return result;
}

}  // namespace tinamix::tool
