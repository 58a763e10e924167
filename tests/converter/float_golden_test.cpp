// The float executor against the outputs of another implementation for real networks, as imported and as optimized.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>

#include "float/executor.h"
#include "formats/npy.h"
#include "import/onnx_import.h"
#include "optimize/optimize.h"

namespace tinamix {
namespace {

namespace fs = std::filesystem;

fs::path data_folder() {
    const char* given = std::getenv("TINAMIX_DATA");
    return given != nullptr ? fs::path(given) : fs::path(TINAMIX_SOURCE_DIR) / "../shared/data";
}

/// One output over all samples.
struct OutputRange {
    double low = std::numeric_limits<double>::infinity(), high = -low, error = 0;
};

/// Largest error of an output, in parts of its range over all samples (an output may have one element only).
double worst_relative_error(const ir::Graph& graph, const fs::path& golden) {
    float_exec::Executor executor(graph);
    std::vector<OutputRange> ranges(graph.outputs.size());
    for (int sample = 0; fs::exists(golden / std::to_string(sample)); ++sample) {
        const fs::path folder = golden / std::to_string(sample);
        std::vector<ir::Tensor> inputs;
        for (size_t i = 0; i < graph.inputs.size(); ++i) {
            inputs.push_back(formats::read_npy((folder / ("in_" + std::to_string(i) + ".npy")).string()));
        }
        const std::vector<ir::Tensor> outputs = executor.run(inputs);
        for (size_t i = 0; i < outputs.size(); ++i) {
            const ir::Tensor wanted = formats::read_npy((folder / ("out_" + std::to_string(i) + ".npy")).string());
            EXPECT_EQ(outputs[i].shape(), wanted.shape());
            const float* reference = wanted.data<float>();
            const auto [low, high] = std::minmax_element(reference, reference + wanted.elements());
            OutputRange& range = ranges[i];
            range.low = std::min(range.low, static_cast<double>(*low));
            range.high = std::max(range.high, static_cast<double>(*high));
            for (int64_t k = 0; k < wanted.elements(); ++k) {
                const double difference = std::fabs(static_cast<double>(outputs[i].data<float>()[k]) - reference[k]);
                range.error = difference <= range.error ? range.error : difference;  // NaN is kept
            }
        }
    }
    double worst = 0;
    for (const OutputRange& range : ranges) {
        const double relative = range.error / (range.high - range.low);
        worst = relative <= worst ? worst : relative;
    }
    return worst;
}

class GoldenNetwork : public testing::TestWithParam<const char*> {};

TEST_P(GoldenNetwork, OutputsAreWithinATenThousandthOfTheirRange) {
    const fs::path model = data_folder() / "models" / (std::string(GetParam()) + ".onnx");
    const fs::path golden = data_folder() / "golden" / GetParam();
    if (!fs::exists(model) || !fs::exists(golden)) {
        GTEST_SKIP() << "no " << model << "; set TINAMIX_DATA";
    }
    import::ImportOptions options;
    if (std::string(GetParam()) == "ppocr_cls") {
        options.input_shapes["x"] = {1, 3, 48, 192};  // every dimension of the model is symbolic
    }
    ir::Graph graph = import::import_onnx(model.string(), options);
    const double imported = worst_relative_error(graph, golden);
    EXPECT_LE(imported, 1e-4);
    optimize::optimize(graph);
    const double optimized = worst_relative_error(graph, golden);
    EXPECT_LE(optimized, 1e-4);
    RecordProperty("imported", std::to_string(imported));
    RecordProperty("optimized", std::to_string(optimized));
    std::printf("%-16s error / output range: imported %.2e, optimized %.2e\n", GetParam(), imported, optimized);
}

INSTANTIATE_TEST_SUITE_P(Networks, GoldenNetwork,
                         testing::Values("mobilenetv2", "squeezenet1.1", "mobilenetv1_025", "resnet8", "cifar10_resnet",
                                         "dscnn_kws", "vww96", "ad_autoencoder", "mnist", "mobilefacenet", "yolov5n",
                                         "cifar10_vit", "dtln_1", "nanodet_m", "ppocr_cls", "silero_vad", "superres_x3",
                                         "ultraface_rfb320"),
                         [](const testing::TestParamInfo<const char*>& network) {
                             std::string name = network.param;
                             std::replace(name.begin(), name.end(), '.', '_');
                             return name;
                         });

}  // namespace
}  // namespace tinamix
