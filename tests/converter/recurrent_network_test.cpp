// Networks that keep a state, over a hundred consecutive frames of something like speech: int16 must follow float.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <numbers>

#include "calibrate/ranges.h"
#include "float/executor.h"
#include "import/onnx_import.h"
#include "ir/states.h"
#include "optimize/optimize.h"
#include "pack/pack.h"
#include "report/similarity.h"
#include "tinamix.h"

namespace tinamix {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFrames = 100;
constexpr double kSampleRate = 16000;

/// Voiced syllables (harmonics of a gliding pitch under moving formants), hisses and pauses, with some noise.
std::vector<float> speech(size_t samples, uint32_t seed) {
    std::vector<float> signal(samples);
    uint32_t state = seed * 2654435761U + 1;
    const auto noise = [&state] {
        state = state * 1664525U + 1013904223U;
        return static_cast<double>(state >> 8) / (1 << 23) - 1.0;
    };
    double phase = 0;
    for (size_t i = 0; i < samples; ++i) {
        const double t = static_cast<double>(i) / kSampleRate, syllable = t * 3.7 + seed;
        const double place = syllable - std::floor(syllable),
                     envelope = std::pow(std::sin(std::numbers::pi * place), 2);
        const int kind = static_cast<int>(std::floor(syllable)) * 7 % 5;  // 0: pause, 1: hiss, else voiced
        const double pitch = 110 + 40 * std::sin(2 * t + seed) + 10 * kind;
        phase += pitch / kSampleRate;
        double voiced = 0;
        for (int harmonic = 1; harmonic * pitch < 4000; ++harmonic) {
            const double f = harmonic * pitch;
            const double first = 400 + 120 * kind, second = 1200 + 300 * std::sin(3 * t + kind);
            const double gain =
                std::exp(-std::pow((f - first) / 180, 2)) + 0.5 * std::exp(-std::pow((f - second) / 250, 2));
            voiced += gain * std::sin(2 * std::numbers::pi * harmonic * phase);
        }
        const double sound = kind == 0 ? 0 : kind == 1 ? 0.2 * noise() : 0.25 * voiced;
        signal[i] = static_cast<float>(envelope * sound + 0.003 * noise());
    }
    return signal;
}

/// Magnitudes of `bins` frequencies of each window of 512 samples, 128 apart.
std::vector<ir::Tensor> spectra(uint32_t seed) {
    constexpr size_t kWindow = 512, kHop = 128, kBins = 257;
    const std::vector<float> signal = speech(kWindow + kHop * kFrames, seed);
    std::vector<float> cosines(kWindow), sines(kWindow);
    for (size_t i = 0; i < kWindow; ++i) {
        cosines[i] = static_cast<float>(std::cos(2 * std::numbers::pi * static_cast<double>(i) / kWindow));
        sines[i] = static_cast<float>(std::sin(2 * std::numbers::pi * static_cast<double>(i) / kWindow));
    }
    std::vector<ir::Tensor> frames;
    for (size_t frame = 0; frame < kFrames; ++frame) {
        std::vector<float> magnitudes;
        for (size_t bin = 0; bin < kBins; ++bin) {
            float real = 0, imaginary = 0;
            for (size_t i = 0; i < kWindow; ++i) {
                const float x = signal[frame * kHop + i];
                real += x * cosines[i * bin % kWindow];
                imaginary += x * sines[i * bin % kWindow];
            }
            magnitudes.push_back(std::hypot(real, imaginary));
        }
        frames.push_back(ir::Tensor::from<float>({1, 1, kBins}, magnitudes));
    }
    return frames;
}

/// 512 new samples behind the last 64 of the frame before.
std::vector<ir::Tensor> samples(uint32_t seed) {
    constexpr size_t kNew = 512, kContext = 64;
    const std::vector<float> signal = speech(kContext + kNew * kFrames, seed);
    std::vector<ir::Tensor> frames;
    for (size_t frame = 0; frame < kFrames; ++frame) {
        const auto begin = signal.begin() + static_cast<std::ptrdiff_t>(frame * kNew);
        frames.push_back(ir::Tensor::from<float>({1, kNew + kContext}, {begin, begin + kNew + kContext}));
    }
    return frames;
}

class Frames final : public data::SampleSource {
  public:
    explicit Frames(std::vector<ir::Tensor> frames) : frames_(std::move(frames)) {}
    size_t size() const override { return frames_.size(); }
    std::vector<ir::Tensor> load(size_t index) const override { return {frames_[index]}; }
    std::string name(size_t index) const override { return "frame " + std::to_string(index); }

  private:
    std::vector<ir::Tensor> frames_;
};

struct Network {
    const char* name;
    std::map<std::string, std::string> states;
    std::vector<ir::Tensor> (*frames)(uint32_t seed);
};

const Network kNetworks[] = {
    {"dtln_1", {{"tf_op_layer_stack_2", "input_3"}}, spectra},
    {"silero_vad", {{"stateN", "state"}}, samples},
};

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
    const char* given = std::getenv("TINAMIX_DATA");
    const fs::path data = given != nullptr ? fs::path(given) : fs::path(TINAMIX_SOURCE_DIR) / "../shared/data";
    const fs::path path = data / "models" / (std::string(GetParam().name) + ".onnx");
    if (!fs::exists(path)) GTEST_SKIP() << "no " << path << "; set TINAMIX_DATA";
    ir::Graph graph = import::import_onnx(path.string());
    ir::bind_states(graph, GetParam().states);
    optimize::optimize(graph);
    ASSERT_EQ(graph.inputs.size(), 1U);
    ASSERT_EQ(graph.outputs.size(), 1U);
    const calibrate::Ranges ranges = calibrate::calibrate(graph, Frames(GetParam().frames(1)), {});
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
    const std::vector<ir::Tensor> frames = GetParam().frames(2);
    const std::vector<float> expected = run_float(graph, frames), actual = run_packed(model, frames);
    tmx_reset_state(model);
    EXPECT_EQ(run_packed(model, frames), actual) << "after a reset the same sequence gives the same";
    EXPECT_NE(run_packed(model, frames), actual) << "without one it goes on";
    tmx_model_close(model);
    const report::Similarity similarity = report::similarity(expected, actual, "output");
    EXPECT_GE(similarity.cosine, 0.999);
    std::printf("%-12s int16, %zu frames: cosine %.7f, largest error %.2e\n", GetParam().name, frames.size(),
                similarity.cosine, similarity.max_abs);
}

INSTANTIATE_TEST_SUITE_P(Networks, StatefulNetwork, testing::ValuesIn(kNetworks),
                         [](const testing::TestParamInfo<Network>& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace tinamix
