// scripts/unpack_test_data.py writes what the networks of TINAMIX_DATA were measured with.
#include <gtest/gtest.h>

#include <cstdlib>

#include "data/labelled_samples.h"
#include "data/samples.h"
#include "formats/npy.h"
#include "temporary_folder.h"

namespace tinamix::data {
namespace {

using test::TemporaryFolder;

int unpack(const std::string& arguments) {
    return std::system(
        ("python3 '" TINAMIX_SOURCE_DIR "/scripts/unpack_test_data.py' " + arguments + " >/dev/null 2>&1").c_str());
}

TEST(UnpackTestData, WritesTheInputsOfTheGoldenOutputs) {
    const std::string data = test::real_data();
    if (data.empty()) GTEST_SKIP() << "TINAMIX_DATA is not set and ../shared/data is absent";
    const TemporaryFolder folder;
    ASSERT_EQ(unpack("--data '" + data + "' '" + folder.path() + "'"), 0);
    struct Case {
        const char* network;
        const char* part;
        float tolerance;  ///< the golden inputs were computed in float, these in double
    };
    for (const Case& c : {Case{"resnet8", "test", 0},
                          {"cifar10_resnet", "test", 1e-6F},
                          {"cifar10_vit", "test", 1e-6F},
                          {"mnist", "test", 0},
                          {"dscnn_kws", "test", 1e-5F},
                          {"ad_autoencoder", "calibration", 0}}) {
        const ir::Tensor golden = formats::read_npy(data + "/golden/" + c.network + "/0/in_0.npy");
        ir::Graph graph;
        graph.inputs = {graph.add_value("input", ir::ElementType::kFloat32, golden.shape())};
        const std::string file = folder.file(std::string(c.network) + "_" + c.part + ".npy");
        const std::vector<float> first = open_samples(graph, {{"", file}}, {})->load(0)[0].to_floats();
        const std::vector<float> expected = golden.to_floats();
        ASSERT_EQ(first.size(), expected.size());
        for (size_t i = 0; i < first.size(); ++i) ASSERT_NEAR(first[i], expected[i], c.tolerance) << c.network << i;
        const std::string calibration = folder.file(std::string(c.network) + "_calibration.npy");
        EXPECT_EQ(open_samples(graph, {{"", calibration}}, {}, 4)->size(), 4U);
        if (std::string(c.part) != "test") continue;
        const std::string labels = folder.file(std::string(c.network) + "_test_labels.tsv");
        const LabelledSamples labelled = open_labelled_samples(graph, file, labels, {});
        EXPECT_EQ(labelled.samples->size(), open_samples(graph, {{"", file}}, {})->size());
    }
}

TEST(UnpackTestData, FailsWithoutData) {
    const TemporaryFolder folder;
    EXPECT_NE(unpack("--data '" + folder.file("none") + "' '" + folder.file("out") + "'"), 0);
    EXPECT_NE(unpack("--data '" + folder.path() + "' '" + folder.file("out") + "' mnist"), 0);
    EXPECT_NE(unpack("--data '" + folder.path() + "' '" + folder.file("out") + "' no_such_network"), 0);
}

}  // namespace
}  // namespace tinamix::data
