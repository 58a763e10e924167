// Runs a packed network and the float network on the same inputs.
#include "packed_network.h"

#include <algorithm>
#include <cstring>

#include "float/executor.h"
#include "pack/pack.h"
#include "report/similarity.h"
#include "tinamix.h"

namespace tinamix::pack {
namespace {

/// 64-byte aligned copy, as tmx_model_open_memory wants it.
class AlignedBytes {
  public:
    explicit AlignedBytes(const std::vector<uint8_t>& bytes)
        : storage_(bytes.size() + 64), data_((reinterpret_cast<uintptr_t>(storage_.data()) + 63) / 64 * 64) {
        std::memcpy(reinterpret_cast<void*>(data_), bytes.data(), bytes.size());
    }
    const void* data() const { return reinterpret_cast<const void*>(data_); }

  private:
    std::vector<uint8_t> storage_;
    uintptr_t data_;
};

}  // namespace

std::vector<std::vector<float>> run_packed(const ir::Graph& graph, const std::vector<uint8_t>& file,
                                           const std::vector<ir::Tensor>& inputs, int32_t threads) {
    const AlignedBytes bytes(file);
    tmx_options options;
    tmx_options_init(&options);
    options.threads = threads;
    tmx_model* model = nullptr;
    EXPECT_EQ(tmx_model_open_memory(bytes.data(), file.size(), &options, &model), TMX_OK) << tmx_last_error(nullptr);
    if (model == nullptr) return {};
    for (size_t i = 0; i < inputs.size(); ++i) {
        EXPECT_EQ(tmx_input_set_f32(model, static_cast<int32_t>(i), inputs[i].data<float>(),
                                    static_cast<size_t>(inputs[i].elements())),
                  TMX_OK);
    }
    EXPECT_EQ(tmx_run(model), TMX_OK);
    std::vector<std::vector<float>> outputs;
    for (size_t i = 0; i < graph.outputs.size(); ++i) {
        outputs.emplace_back(static_cast<size_t>(ir::element_count(graph.value(graph.outputs[i]).shape)));
        EXPECT_EQ(tmx_output_get_f32(model, static_cast<int32_t>(i), outputs.back().data(), outputs.back().size()),
                  TMX_OK)
            << tmx_last_error(model);
    }
    tmx_model_close(model);
    return outputs;
}

namespace {

std::vector<ir::Tensor> random_inputs(const ir::Graph& graph, std::mt19937& random) {
    std::uniform_real_distribution<float> values(-1.0F, 1.0F);
    std::vector<ir::Tensor> inputs;
    for (ValueId id : graph.inputs) {
        inputs.emplace_back(ir::ElementType::kFloat32, graph.value(id).shape);
        for (int64_t i = 0; i < inputs.back().elements(); ++i) inputs.back().data<float>()[i] = values(random);
    }
    return inputs;
}

calibrate::Ranges measure(const ir::Graph& graph, float_exec::Executor& executor, std::mt19937& random) {
    calibrate::Ranges ranges;
    ranges.samples = 16;
    for (size_t sample = 0; sample < ranges.samples; ++sample) {
        executor.run(random_inputs(graph, random), [&](ValueId id, const ir::Tensor& tensor) {
            if (tensor.type() != ir::ElementType::kFloat32) return;
            calibrate::Range& range = ranges.tensors[graph.value(id).name];
            for (int64_t i = 0; i < tensor.elements(); ++i) {
                range.min = std::min(range.min, tensor.data<float>()[i]);
                range.max = std::max(range.max, tensor.data<float>()[i]);
            }
        });
    }
    for (auto& [name, range] : ranges.tensors) {
        range.observed_min = range.min;
        range.observed_max = range.max;
    }
    return ranges;
}

}  // namespace

TEST_P(PackedNetwork, ComputesWhatTheFloatNetworkComputes) {
    const auto& [network_case, bound] = GetParam();
    Network network;
    network_case.build(network);
    float_exec::Executor executor(network.graph);
    std::mt19937 random(5);
    const calibrate::Ranges ranges = measure(network.graph, executor, random);
    quantize::PrecisionRules rules;
    rules.base = bound.precision;
    const quantize::Plan plan = quantize::make_plan(network.graph, ranges, rules);
    const std::vector<uint8_t> file = pack(network.graph, plan, target_from_name("generic"), "{}");
    EXPECT_EQ(file, pack(network.graph, plan, target_from_name("generic"), "{}"))
        << "the same input must give the same bytes";

    const std::vector<ir::Tensor> inputs = random_inputs(network.graph, random);
    const std::vector<ir::Tensor> expected = executor.run(inputs);
    const std::vector<std::vector<float>> actual = run_packed(network.graph, file, inputs, 1);
    EXPECT_EQ(actual, run_packed(network.graph, file, inputs, 2)) << "threads must not change a bit";
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) {
        const report::Similarity similarity = report::similarity(expected[i].to_floats(), actual[i], "output");
        EXPECT_GE(similarity.cosine, bound.least_cosine) << "output " << i;
    }
}

}  // namespace tinamix::pack
