// Networks that keep a state, over a hundred consecutive frames of something like speech (scripts/unpack_test_data.py):
// int16 must follow float.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>

#include "calibrate/ranges.h"
#include "data/samples.h"
#include "float/executor.h"
#include "import/onnx_import.h"
#include "ir/states.h"
#include "optimize/optimize.h"
#include "pack/pack.h"
#include "report/similarity.h"
#include "temporary_folder.h"
#include "tinamix.h"

namespace tinamix {
namespace {

struct Network {
    const char* name;
    std::map<std::string, std::string> states;
};

const Network kNetworks[] = {
    {"dtln_1", {{"tf_op_layer_stack_2", "input_3"}}},
    {"silero_vad", {{"stateN", "state"}}},
};

std::vector<ir::Tensor> load_all(const data::SampleSource& samples) {
    std::vector<ir::Tensor> frames;
    for (size_t i = 0; i < samples.size(); ++i) frames.push_back(samples.load(i)[0]);
    return frames;
}

/// Output 0 of every frame, one after the other.
std::vector<float> run_float(const ir::Graph& graph, const std::vector<ir::Tensor>& frames) {
    float_exec::Executor executor(graph);
    std::vector<float> result;
    for (const ir::Tensor& frame : frames) {
        const std::vector<float> output = executor.run({frame})[0].to_floats();
        result.insert(result.end(), output.begin(), output.end());
    }
    return result;
}

std::vector<float> run_packed(tmx_model* model, const std::vector<ir::Tensor>& frames) {
    tmx_tensor output;
    EXPECT_EQ(tmx_output(model, 0, &output), TMX_OK);
    std::vector<float> result, values(output.elements);
    for (const ir::Tensor& frame : frames) {
        EXPECT_EQ(tmx_input_set_f32(model, 0, frame.data<float>(), static_cast<size_t>(frame.elements())), TMX_OK);
        EXPECT_EQ(tmx_run(model), TMX_OK);
        EXPECT_EQ(tmx_output_get_f32(model, 0, values.data(), values.size()), TMX_OK);
        result.insert(result.end(), values.begin(), values.end());
    }
    return result;
}

class StatefulNetwork : public testing::TestWithParam<Network> {};

TEST_P(StatefulNetwork, FollowsFloatOverAHundredFramesInInt16) {
    const std::string data = test::real_data(), name = GetParam().name;
    if (data.empty()) GTEST_SKIP() << "TINAMIX_DATA is not set and ../shared/data is absent";
    const test::TemporaryFolder folder;
    const std::string unpack = "python3 '" TINAMIX_SOURCE_DIR "/scripts/unpack_test_data.py' --data '" + data + "' '" +
                               folder.path() + "' " + name + " >/dev/null";
    ASSERT_EQ(std::system(unpack.c_str()), 0);
    ir::Graph graph = import::import_onnx(data + "/models/" + name + ".onnx");
    ir::bind_states(graph, GetParam().states);
    optimize::optimize(graph);
    ASSERT_EQ(graph.inputs.size(), 1U);
    ASSERT_EQ(graph.outputs.size(), 1U);
    const auto samples = [&](const std::string& role) {
        return data::open_samples(graph, {{"", folder.file(name + "_" + role + ".npy")}}, {});
    };
    const calibrate::Ranges ranges = calibrate::calibrate(graph, *samples("calibration"), {});
    quantize::PrecisionRules rules;
    rules.base = quantize::Precision::kW16A16;
    const std::vector<uint8_t> file =
        pack::pack(graph, quantize::make_plan(graph, ranges, rules), pack::target_from_name("generic"), "{}");

    std::unique_ptr<void, decltype(&std::free)> bytes(std::aligned_alloc(64, (file.size() + 63) / 64 * 64), &std::free);
    std::memcpy(bytes.get(), file.data(), file.size());
    tmx_model* model = nullptr;
    ASSERT_EQ(tmx_model_open_memory(bytes.get(), file.size(), nullptr, &model), TMX_OK) << tmx_last_error(nullptr);
    tmx_info info;
    tmx_model_info(model, &info);
    EXPECT_EQ(info.state_count, 1);
    EXPECT_EQ(info.input_count, 1);
    const std::vector<ir::Tensor> frames = load_all(*samples("test"));
    ASSERT_EQ(frames.size(), 100U);
    const std::vector<float> expected = run_float(graph, frames), actual = run_packed(model, frames);
    tmx_reset_state(model);
    EXPECT_EQ(run_packed(model, frames), actual) << "after a reset the same sequence gives the same";
    EXPECT_NE(run_packed(model, frames), actual) << "without one it goes on";
    tmx_model_close(model);
    const report::Similarity similarity = report::similarity(expected, actual, "output");
    EXPECT_GE(similarity.cosine, 0.999);
    std::printf("%-12s int16, %zu frames: cosine %.7f, largest error %.2e\n", name.c_str(), frames.size(),
                similarity.cosine, similarity.max_abs);
}

INSTANTIATE_TEST_SUITE_P(Networks, StatefulNetwork, testing::ValuesIn(kNetworks),
                         [](const testing::TestParamInfo<Network>& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace tinamix
