#include "search/layer_similarity.h"

#include <algorithm>
#include <map>
#include <set>

#include "float/executor.h"
#include "search/opened_variant.h"

namespace tinamix::search {

namespace {

class LayerWatch {
  public:
    LayerWatch(const ir::Graph& graph, const Variant& variant, const pack::WeightSegment& weights)
        : graph_(graph),
          variant_(variant),
          arena_(aligned_memory(variant.arena_bytes)),
          model_(variant, weights, arena_.get(), variant.arena_bytes),
          named_(variant.owners.size()) {
        for (size_t i = 0; i < variant.names.size(); ++i) {
            const ir::ValueId id = graph.find_value(variant.names[i]);
            if (id == ir::kNoValue || graph.is_constant(id)) continue;
            named_[static_cast<size_t>(variant.owner_of[i])].push_back({static_cast<int32_t>(i), id});
        }
        for (size_t op = 0; op < variant.ops.size(); ++op) {
            for (const int32_t owner : variant.ops[op].outputs) {
                // The first name; others show the same numbers under other shapes.
                if (named_[static_cast<size_t>(owner)].empty()) continue;
                const Named& named = named_[static_cast<size_t>(owner)].front();
                made_.push_back({op, named});
                LayerSimilarity layer;
                layer.layer = variant.works[op].layer;
                layer.tensor = graph.value(named.value).name;
                layer.work = variant.works[op];
                result_.push_back(std::move(layer));
            }
        }
    }

    void add(const std::vector<ir::Tensor>& inputs, const std::map<ir::ValueId, ir::Tensor>& values) {
        for (size_t i = 0; i < inputs.size(); ++i) model_.set_input(static_cast<int32_t>(i), inputs[i]);
        for (size_t op = 0; op < variant_.ops.size(); ++op) {
            model_.run(static_cast<int32_t>(op));
            compare(op, values, &LayerSimilarity::cumulative);
        }
        model_.keep_states();
        const std::vector<std::vector<uint8_t>> kept = model_.states();
        for (size_t op = 0; op < variant_.ops.size(); ++op) {
            if (std::none_of(made_.begin(), made_.end(), [op](const Made& made) { return made.op == op; })) continue;
            run_alone(op, values);
            compare(op, values, &LayerSimilarity::alone);
        }
        model_.set_states(kept);
    }

    std::vector<LayerSimilarity> result() { return std::move(result_); }

  private:
    struct Named {
        int32_t tensor;
        ir::ValueId value;
    };
    struct Made {
        size_t op;
        Named named;
    };

    void compare(size_t op, const std::map<ir::ValueId, ir::Tensor>& values, Difference LayerSimilarity::*sums) {
        for (size_t i = 0; i < made_.size(); ++i) {
            if (made_[i].op != op) continue;
            const auto expected = values.find(made_[i].named.value);
            if (expected == values.end() || expected->second.type() != ir::ElementType::kFloat32) continue;
            model_.read(made_[i].named.tensor, found_);
            result_[i].*sums += difference(found_.data(), expected->second.data<float>(), expected->second.elements());
        }
    }

    /// What lies between the network's values and op `op`, added by the converter, is computed again. In the order of
    /// execution, so that whatever is written stays intact until `op` as it does in a run.
    void run_alone(size_t op, const std::map<ir::ValueId, ir::Tensor>& values) {
        std::set<size_t> chain;
        std::vector<size_t> pending{op};
        while (!pending.empty()) {
            const size_t link = pending.back();
            pending.pop_back();
            chain.insert(link);
            for (const int32_t input : variant_.ops[link].inputs) {
                const int32_t maker = variant_.owners[static_cast<size_t>(input)].op;
                const bool added = named_[static_cast<size_t>(input)].empty();
                if (added && maker >= 0) pending.push_back(static_cast<size_t>(maker));
            }
        }
        for (const size_t link : chain) {
            for (const int32_t input : variant_.ops[link].inputs) {
                const std::vector<Named>& named = named_[static_cast<size_t>(input)];
                if (!named.empty()) model_.write(named.front().tensor, values.at(named.front().value));
            }
            model_.run(static_cast<int32_t>(link));
        }
    }

    const ir::Graph& graph_;
    const Variant& variant_;
    AlignedMemory arena_;
    OpenedVariant model_;
    std::vector<std::vector<Named>> named_;  ///< per owner
    std::vector<Made> made_;                 ///< per entry of the result
    std::vector<LayerSimilarity> result_;
    std::vector<float> found_;
};

}  // namespace

std::vector<LayerSimilarity> measure_layers(const ir::Graph& graph, const Variant& variant,
                                            const pack::WeightSegment& weights, const data::SampleSource& samples,
                                            const std::vector<size_t>& indices, int threads) {
    LayerWatch watch(graph, variant, weights);
    float_exec::Executor executor(graph, {threads});
    for (const size_t index : indices) {
        const std::vector<ir::Tensor> inputs = samples.load(index);
        std::map<ir::ValueId, ir::Tensor> values;
        executor.run(inputs, [&](ir::ValueId id, const ir::Tensor& tensor) { values[id] = tensor; });
        watch.add(inputs, values);
    }
    return watch.result();
}

}  // namespace tinamix::search
