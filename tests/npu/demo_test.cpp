// The demo network with its trunk on an NPU, from the ONNX file to the board program: cut, "compiled" (converted, with
// an NBG header in front: the stand-in driver's NBG), packed, run. The same result as on the CPU, bit for bit.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "npu_models.h"

namespace tmx::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNodes = "block1/depthwise/conv..block4/add";
constexpr const char* kLayers = "block1/depthwise/relu6..block4/add";  // an op is called like its last fused node

std::string slurp(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Said {
    int status;
    std::string out;
};

class Demo : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        if (std::getenv("STAND_IN_NAME") == nullptr) return;
        std::string name = (fs::temp_directory_path() / "tinamix-npu-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder = name;
        const std::string demo = PROJECT_ROOT "/demo/";
        ok("calibrate " + demo + "digits.onnx --config " + demo + "convert.yaml -o ranges.yaml");
        const std::string how = " --ranges ranges.yaml --target generic";
        ok("convert " + demo + "digits.onnx" + how + " -o digits.tmx");
        ok("golden " + demo + "digits.onnx digits.tmx --config " + demo + "convert.yaml --input " + demo +
           "heldout/1500.png -o digits.golden");
        ok("cut " + demo + "digits.onnx --section " + kNodes + " -o trunk.onnx");
        ok("convert trunk.onnx" + how + " -o trunk.tmx");
        write_nbg("trunk", "trunk.nb", target());
        ok(std::string("pack-npu digits.tmx --section ") + kLayers + " --nbg trunk.nb -o npu.tmx");
        ok("golden " + demo + "digits.onnx npu.tmx --config " + demo + "convert.yaml --input " + demo +
           "heldout/1500.png -o npu.golden");
    }
    static void TearDownTestSuite() {
        std::error_code ignored;
        if (!folder.empty()) fs::remove_all(folder, ignored);
    }
    void SetUp() override {
        if (std::getenv("STAND_IN_NAME") == nullptr) GTEST_SKIP() << "no stand-in driver: ctest runs npu_test_1.8, ...";
    }
    void TearDown() override {
        for (const char* name : {"STAND_IN_FAULT", "STAND_IN_UINT8", "TMX_NPU"}) unsetenv(name);
    }

    static uint32_t target() {
        return static_cast<uint32_t>(std::strtoul(std::getenv("STAND_IN_TARGET_ID"), nullptr, 0));
    }
    static void write_nbg(const std::string& model, const std::string& nbg, uint32_t target) {
        const std::string bytes = slurp(folder / (model + ".tmx"));
        const std::vector<uint8_t> made = make_nbg(target, {bytes.begin(), bytes.end()});
        write_file((folder / nbg).string(), made.data(), made.size());
    }
    static Said say(const std::string& program, const std::string& arguments) {
        const std::string out = (folder / "said").string();
        const std::string command = "cd " + folder.string() + " && " + program + " " + arguments + " > said 2>&1";
        const int status = std::system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : 128, slurp(out)};
    }
    static Said tinamix(const std::string& arguments) { return say(TINAMIX_PROGRAM, arguments); }
    static Said tmx(const std::string& arguments) { return say(TMX_PROGRAM, arguments); }
    static void ok(const std::string& arguments) {
        const Said said = tinamix(arguments);
        ASSERT_EQ(said.status, 0) << arguments << "\n" << said.out;
    }
    static bool has(const Said& said, const std::string& text) { return said.out.find(text) != std::string::npos; }

    static fs::path folder;
};
fs::path Demo::folder;

TEST_F(Demo, EveryTensorIsWhatTheCpuComputes) {
    Said said = tmx("check digits.tmx digits.golden");
    ASSERT_EQ(said.status, 0) << said.out;
    setenv("TMX_NPU", "only", 1);
    said = tmx("check npu.tmx npu.golden");
    EXPECT_EQ(said.status, 0) << said.out;
    EXPECT_TRUE(has(said, "behind the NPU")) << said.out;
    // Those behind it are the stand-in's, which computes like the CPU: the last one is exact, too.
    const size_t last = said.out.find("  logits");
    ASSERT_NE(last, std::string::npos) << said.out;
    EXPECT_NE(said.out.substr(last, said.out.find('\n', last) - last).find("exact"), std::string::npos) << said.out;
}

TEST_F(Demo, ValuesAreTheSameWithAndWithoutTheNpu) {
    const std::string picture = std::string(PROJECT_ROOT) + "/demo/heldout/1500.png";
    ok("run " PROJECT_ROOT "/demo/digits.onnx --config " PROJECT_ROOT "/demo/convert.yaml --input " + picture +
       " --output float --dump-all");
    const fs::path input = folder / "float" / "image.npy";
    ASSERT_TRUE(fs::exists(input));
    for (const char* use : {"only", "off"}) {
        setenv("TMX_NPU", use, 1);
        const Said said = tmx("run npu.tmx --input " + input.string() + " --output " + use);
        EXPECT_EQ(said.status, 0) << said.out;
    }
    EXPECT_EQ(slurp(folder / "only" / "out_0.npy"), slurp(folder / "off" / "out_0.npy"));
    EXPECT_FALSE(slurp(folder / "only" / "out_0.npy").empty());
}

TEST_F(Demo, InfoNamesTheDriver) {
    const Said said = tmx("info npu.tmx");
    EXPECT_EQ(said.status, 0) << said.out;
    EXPECT_TRUE(has(said, "NPU       1 of 1 sections for target 0x")) << said.out;
    EXPECT_TRUE(has(said, std::string("VIPLite ") + std::getenv("STAND_IN_NAME"))) << said.out;
}

TEST_F(Demo, OtherQuantizationInTheNbgIsConvertedAtTheBorders) {
    // The vendor's tool chose its own scales: uint8 with twice the range at the input, the same at the output.
    ok("convert trunk.onnx --ranges ranges.yaml --precision int16 -o trunk16.tmx");
    write_nbg("trunk16", "trunk16.nb", target());
    const Said refused =
        tinamix(std::string("pack-npu digits.tmx --section ") + kLayers + " --nbg trunk16.nb -o npu16.tmx");
    ASSERT_EQ(refused.status, 0) << refused.out;  // nobody has said otherwise: the driver finds out
    setenv("TMX_NPU", "only", 1);
    const Said found = tmx("info npu16.tmx");
    EXPECT_EQ(found.status, 1);
    EXPECT_TRUE(has(found, "input 0 of the NBG is int16")) << found.out;

    const Said inspected = tinamix("inspect trunk16.tmx --json");
    const auto number_behind = [&](const std::string& key, size_t from) {
        const size_t at = inspected.out.find("\"" + key + "\":", from);
        return inspected.out.substr(at + key.size() + 4, inspected.out.find_first_of(",\n", at) - at - key.size() - 4);
    };
    const size_t inputs = inspected.out.find("\"inputs\""), outputs = inspected.out.find("\"outputs\"", inputs);
    std::ofstream(folder / "nbg_meta.json")
        << R"({"Inputs": {"in": {"name": "stem/relu6_output", "shape": [1, 24, 8, 8], "format": "nchw", )"
        << R"("quantize": {"qtype": "i16", "scale": )" << number_behind("scale", inputs) << "}}},\n"
        << R"("Outputs": {"out": {"shape": [1, 96, 4, 4], "quantize": {"qtype": "i16", "scale": )"
        << number_behind("scale", outputs) << "}}}}\n";
    const Said shaped = tinamix("inspect trunk.tmx");
    Said packed = tinamix(std::string("pack-npu digits.tmx --section ") + kLayers +
                          " --nbg trunk16.nb --meta nbg_meta.json -o npu16.tmx");
    ASSERT_EQ(packed.status, 0) << packed.out << shaped.out;
    EXPECT_TRUE(has(packed, "Requantize, Transpose")) << packed.out;
    Said said = tinamix("golden " PROJECT_ROOT "/demo/digits.onnx npu16.tmx --config " PROJECT_ROOT
                        "/demo/convert.yaml --input " PROJECT_ROOT "/demo/heldout/1500.png -o npu16.golden");
    ASSERT_EQ(said.status, 0) << said.out;
    said = tmx("check npu16.tmx npu16.golden");
    EXPECT_EQ(said.status, 0) << said.out;
    EXPECT_TRUE(has(said, "NPU  \n") || has(said, "NPU\n")) << said.out;  // another arithmetic: not exact, but close
}

TEST_F(Demo, WithoutACopyItRunsOnTheNpuOnly) {
    ok(std::string("pack-npu digits.tmx --section ") + kLayers + " --nbg trunk.nb --no-cpu-copy -o lean.tmx");
    EXPECT_LT(fs::file_size(folder / "lean.tmx"), fs::file_size(folder / "npu.tmx"));
    Said said = tmx("bench lean.tmx --runs 3");
    EXPECT_EQ(said.status, 0) << said.out;
    setenv("STAND_IN_FAULT", "failure", 1);
    said = tmx("bench lean.tmx --runs 3");
    EXPECT_EQ(said.status, 1);
    EXPECT_TRUE(has(said, "TMX_NPU_FAILED")) << said.out;
}

TEST_F(Demo, AWrongResultFailsTheCheckAndTheInstallation) {
    setenv("STAND_IN_FAULT", "wrong_result", 1);
    Said said = tmx("check npu.tmx npu.golden");
    EXPECT_EQ(said.status, 1) << said.out;
    EXPECT_TRUE(has(said, "less than cosine 0.98")) << said.out;
    said = tmx("install npu.tmx --golden npu.golden --name digits --store store");
    EXPECT_EQ(said.status, 1) << said.out;
    EXPECT_TRUE(has(said, "TMX_CHECK_FAILED")) << said.out;
    unsetenv("STAND_IN_FAULT");
    said = tmx("install npu.tmx --golden npu.golden --name digits --store store --npu-target " +
               std::string(std::getenv("STAND_IN_TARGET_ID")));
    EXPECT_EQ(said.status, 0) << said.out;
}

TEST_F(Demo, AnotherBoardsModelIsNotInstalled) {
    for (const auto& [target, message] : {std::pair{"0x15", "this board's is 0x15"}, std::pair{"0", "has none"}}) {
        const Said said = tmx("install npu.tmx --name digits --store other --npu-target " + std::string(target));
        EXPECT_EQ(said.status, 1) << said.out;
        EXPECT_TRUE(has(said, "TMX_WRONG_BOARD") && has(said, message)) << said.out;
    }
    EXPECT_EQ(tmx("install npu.tmx --name digits --store other --npu-target 0x15 --force").status, 0);
    EXPECT_EQ(tmx("install digits.tmx --name plain --store other --npu-target 0x15").status, 0);
}

}  // namespace
}  // namespace tmx::testing
