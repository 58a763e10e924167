// Drives samples through the float executor; every thread has its own observers, merged at the end.
#include <algorithm>
#include <string>

#include "calibrate/memory.h"
#include "calibrate/methods.h"
#include "calibrate/ranges.h"
#include "diagnostics/error.h"
#include "float/sample_loop.h"
#include "ir/data_movement.h"

namespace tinamix::calibrate {
namespace {

/// For each value: whether it is a network input, or reaches an output through data movement, a Softmax or an average.
/// Inputs come as they are (a picture has 256 levels, none of which is an outlier), outputs are what the user sees, and
/// the largest of the scores that they are made of are the answer. None of them is ever clipped.
std::vector<bool> values_with_full_range(const ir::Graph& graph) {
    std::vector<bool> full = ir::values_that_become_outputs(graph, ir::carries_scores);
    for (const ir::ValueId id : graph.inputs) full[static_cast<size_t>(id)] = true;
    for (const ir::State& state : graph.states) {
        full[static_cast<size_t>(state.input)] = full[static_cast<size_t>(state.output)] = true;
    }
    return full;
}

/// Per value: a Relu or Clip that becomes the clamp of the layer before is all that reads it, so it is never rounded by
/// itself and its extremes are enough. (Where the two differ in precision, it covers all that was seen.)
std::vector<bool> values_before_clamps(const ir::Graph& graph) {
    std::vector<int> readers(graph.values.size(), 0);
    std::vector<bool> by_layer(graph.values.size(), false), before(graph.values.size(), false);
    for (const ir::Node& node : graph.nodes) {
        for (const ir::ValueId id : node.inputs)
            if (id != ir::kNoValue) ++readers[static_cast<size_t>(id)];
        const bool layer = node.op == "Conv" || node.op == "Gemm" || node.op == "Add";
        if (layer && node.domain.empty()) by_layer[static_cast<size_t>(node.outputs.front())] = true;
    }
    for (const ir::Node& node : graph.nodes) {
        if (!node.domain.empty() || (node.op != "Relu" && node.op != "Clip")) continue;
        const auto input = static_cast<size_t>(node.inputs.front());
        before[input] = by_layer[input] && readers[input] == 1;
    }
    return before;
}

/// Per value: the function of one variable that is all that reads it, or nothing.
std::vector<RealFunction> functions_behind(const ir::Graph& graph, const CalibrationOptions& options) {
    std::vector<RealFunction> functions(graph.values.size());
    if (!options.function_of) return functions;
    std::vector<int> readers(graph.values.size(), 0);
    for (const ir::Node& node : graph.nodes)
        for (const ir::ValueId id : node.inputs)
            if (id != ir::kNoValue) ++readers[static_cast<size_t>(id)];
    for (const ir::Node& node : graph.nodes) {
        if (node.inputs.empty() || node.inputs.front() == ir::kNoValue) continue;
        const ir::ValueId input = node.inputs.front();
        if (readers[static_cast<size_t>(input)] == 1 && !graph.is_output(input))
            functions[static_cast<size_t>(input)] = options.function_of(node);
    }
    return functions;
}

/// One observer per value of the graph that holds float32 activations.
class GraphObservers {
  public:
    GraphObservers(const ir::Graph& graph, const std::vector<bool>& full_range, size_t samples,
                   const CalibrationOptions& options)
        : graph_(graph), observers_(graph.values.size()) {
        const std::vector<RealFunction> functions = functions_behind(graph, options);
        const std::vector<bool> clamped = values_before_clamps(graph);
        const auto watch = [&](ir::ValueId id, size_t layer) {
            if (id == ir::kNoValue || graph.is_constant(id)) return;
            if (graph.value(id).type != ir::ElementType::kFloat32) return;
            const auto index = static_cast<size_t>(id);
            const Method method = full_range[index] || clamped[index] ? Method::kMinMax : options.method;
            observers_[index] = make_observer(method, options, {layer, graph.nodes.size(), samples, functions[index]});
        };
        for (const ir::ValueId id : graph.inputs) {
            if (graph.value(id).type == ir::ElementType::kFloat32) {
                observers_[static_cast<size_t>(id)] = make_input_observer();
            }
        }
        for (const ir::State& state : graph.states) watch(state.input, 0);
        for (size_t layer = 0; layer < graph.nodes.size(); ++layer)
            for (const ir::ValueId id : graph.nodes[layer].outputs) watch(id, layer);
    }

    size_t bytes() const {
        size_t sum = 0;
        for (const auto& observer : observers_) sum += observer ? observer->bytes() : 0;
        return sum;
    }

    void observe(ir::ValueId id, const ir::Tensor& tensor, size_t index, const std::string& sample) {
        Observer* observer = observers_[static_cast<size_t>(id)].get();
        const auto count = static_cast<size_t>(tensor.elements());
        if (observer == nullptr || count == 0) return;
        const Extremes extremes = find_extremes(tensor.data<float>(), count);
        if (!extremes.finite)
            throw Error(sample, "tensor `" + graph_.value(id).name + "` has a NaN or infinite value for this sample",
                        "calibration needs finite values everywhere");
        observer->observe(index, tensor.data<float>(), count, extremes);
    }

    void merge(const GraphObservers& other) {
        for (size_t i = 0; i < observers_.size(); ++i)
            if (observers_[i]) observers_[i]->merge(*other.observers_[i]);
    }

    std::map<std::string, Range> ranges() const {
        std::map<std::string, Range> result;
        for (size_t i = 0; i < observers_.size(); ++i)
            if (observers_[i] && ir::element_count(graph_.values[i].shape) > 0)
                result.emplace(graph_.values[i].name, observers_[i]->range());
        return result;
    }

  private:
    const ir::Graph& graph_;
    std::vector<std::unique_ptr<Observer>> observers_;
};

/// As many of the threads asked for as the limit allows.
size_t affordable_threads(const ir::Graph& graph, size_t asked, size_t observer_bytes,
                          const CalibrationOptions& options) {
    const size_t each = inference_bytes(graph) + observer_bytes, limit = options.memory_limit_bytes;
    if (limit == 0) return asked;
    // The graph itself is there once.
    size_t shared = 0;
    for (const ir::Value& value : graph.values) shared += value.constant ? value.constant->bytes() : 0;
    if (shared + each > limit) {
        const auto megabytes = [](size_t bytes) { return std::to_string((bytes >> 20) + 1) + " MB"; };
        throw Error(graph.name,
                    "calibration needs about " + megabytes(shared + each) + ", the limit is " +
                        std::to_string(limit >> 20) + " MB",
                    "raise it with --memory-limit; method minmax keeps no histograms");
    }
    return std::min(asked, (limit - shared) / each);
}

}  // namespace

Ranges calibrate(const ir::Graph& graph, const data::SampleSource& samples, const CalibrationOptions& options) {
    constexpr int kFewestBins = 256, kMostBins = 1 << 16;
    if (options.histogram_bins < kFewestBins || options.histogram_bins > kMostBins)
        throw Error("", "histogram bins " + std::to_string(options.histogram_bins) + " are outside " +
                            std::to_string(kFewestBins) + " to " + std::to_string(kMostBins));
    if (options.threads < 1) throw Error("", "calibration needs at least one thread");
    if (samples.size() == 0) throw Error("", "calibration needs at least one sample");

    const std::vector<bool> full_range = values_with_full_range(graph);
    if (!(options.percent > 50 && options.percent <= 100))
        throw Error("", "the percentile must be above 50, up to 100");
    if (!(options.moving_average_weight > 0 && options.moving_average_weight <= 1))
        throw Error("", "the weight of the moving average must be above 0, up to 1");
    std::vector<GraphObservers> observers;
    observers.emplace_back(graph, full_range, samples.size(), options);
    // States lead from each sample to the next.
    const size_t wanted = graph.states.empty() ? std::min(static_cast<size_t>(options.threads), samples.size()) : 1;
    const size_t threads = affordable_threads(graph, wanted, observers.front().bytes(), options);
    for (size_t i = 1; i < threads; ++i) observers.emplace_back(graph, full_range, samples.size(), options);
    float_exec::for_each_sample(
        graph, samples.size(), threads,
        [&](float_exec::Executor& executor, size_t thread, size_t index) {
            const std::string name = samples.name(index);
            executor.run(
                samples.load(index),
                [&](ir::ValueId id, const ir::Tensor& tensor) { observers[thread].observe(id, tensor, index, name); },
                float_exec::ElementOrder::kAny);
        },
        options.progress);
    for (size_t i = 1; i < threads; ++i) observers[0].merge(observers[i]);
    return {options.method, samples.size(), graph.name, observers[0].ranges()};
}

}  // namespace tinamix::calibrate
