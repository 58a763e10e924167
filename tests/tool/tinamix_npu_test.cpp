// cut and pack-npu as a user meets them, and flash of what they make: what goes in, what comes out, what is refused.
// That the result runs on an NPU is shown by tests/npu.
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "formats/npy.h"
#include "runtime/npu/nbg_header.h"
#include "tinamix_network.h"
#include "tinamix_program.h"

namespace tinamix::tests {
namespace {

using nlohmann::json;

/// The file of a network for target 0xEE; what stands behind the header is the driver's business.
std::string nbg(uint32_t inputs = 1, uint32_t outputs = 1, uint32_t target = 0xEE) {
    tmx::npu::NbgHeader header{};
    std::memcpy(header.magic, "VPMN", 4);
    header.format_version = 0x10014;
    header.target = target;
    std::strcpy(header.name, "trunk");
    header.inputs = inputs;
    header.outputs = outputs;
    return std::string(reinterpret_cast<const char*>(&header), sizeof(header)) + std::string(1000, 'n');
}

class NpuTest : public testing::Test {
  protected:
    void SetUp() override {
        place.write("small.onnx", small_network());
        formats::write_npy(place.path("x.npy"), small_samples(1));
        formats::write_npy(place.path("calibration.npy"), small_samples(16, 2));
        place.write("trunk.nb", nbg());
    }
    void convert(const std::string& output = "small.tmx") const {
        run({"convert", "small.onnx", "-o", output, "--data", "calibration.npy", "--model-version", "7"});
    }
    std::string run(const std::vector<std::string>& arguments) const {
        const Outcome outcome = place.tinamix(arguments);
        EXPECT_EQ(outcome.status, 0) << arguments[0] << ": " << outcome.err;
        return outcome.out;
    }
    void expect_failure(const std::vector<std::string>& arguments, const std::string& message, int status = 1) const {
        const Outcome outcome = place.tinamix(arguments);
        EXPECT_EQ(outcome.status, status) << arguments[0];
        EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
    }
    std::vector<std::string> pack(const std::string& section = "conv2..pool") const {
        return {"pack-npu", "small.tmx", "--section", section, "--nbg", "trunk.nb", "-o", "npu.tmx"};
    }
    static std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& more) {
        arguments.insert(arguments.end(), more.begin(), more.end());
        return arguments;
    }

    Workplace place;
};

TEST_F(NpuTest, WhatIsCutComputesWhatTheWholeComputesThere) {
    const json cut = json::parse(run({"cut", "small.onnx", "--section", "conv2..pool", "-o", "part.onnx", "--json"}));
    EXPECT_EQ(cut["nodes"], 2);
    EXPECT_EQ(cut["inputs"][0]["name"], "relu1/out:0");
    EXPECT_EQ(cut["inputs"][0]["shape"], json::parse("[1, 8, 8, 8]"));
    EXPECT_EQ(cut["outputs"][0]["name"], "pooled");
    run({"run", "small.onnx", "--input", "x.npy", "--output", "whole", "--dump-all"});
    std::string border;
    for (const std::string& name : place.listing()) {
        if (name.find("whole/relu1") == 0) border = name;
    }
    run({"run", "part.onnx", "--input", border, "--output", "part"});
    const auto part = formats::read_npy(place.path("part/out_0.npy")).to_floats();
    EXPECT_EQ(part, formats::read_npy(place.path("whole/pooled.npy")).to_floats());
}

TEST_F(NpuTest, CutTakesOneLayerAndSaysWhatItTook) {
    const std::string said = run({"cut", "small.onnx", "--section", "fc", "-o", "part.onnx"});
    EXPECT_NE(said.find("flat"), std::string::npos) << said;
    EXPECT_NE(said.find("part.onnx: 1 node\n"), std::string::npos) << said;
}

TEST_F(NpuTest, CutRefusesWhatIsNoRange) {
    const auto cut = [](const std::string& section) {
        return std::vector<std::string>{"cut", "small.onnx", "--section", section, "-o", "part.onnx"};
    };
    expect_failure(cut("conv3..pool"), "has no node `conv3` (did you mean `conv1`, `conv2`");
    expect_failure(cut("pool..conv2"), "`pool` stands behind `conv2`");
    expect_failure(cut("..pool"), "`..pool` is not FIRST..LAST", 2);
    expect_failure({"cut", "small.onnx", "-o", "part.onnx"}, "--section", 2);
    EXPECT_FALSE(place.exists("part.onnx"));
}

TEST_F(NpuTest, APackedSectionKeepsTheModelsResultsOnTheHost) {
    convert();
    const json packed = json::parse(run(with(pack(), {"--json"})));
    EXPECT_EQ(packed["npu_target"], "0xEE");
    EXPECT_EQ(packed["inputs"][0]["tensor"], "relu1/out:0");
    EXPECT_EQ(packed["inputs"][0]["shape"], json::parse("[1, 8, 8, 8]"));
    EXPECT_EQ(packed["inputs"][0]["conversions"], json::parse(R"(["Transpose"])"));
    EXPECT_EQ(packed["outputs"][0]["tensor"], "pooled");
    run({"run", "small.tmx", "--input", "x.npy", "--output", "before"});
    run({"run", "npu.tmx", "--input", "x.npy", "--output", "after"});
    EXPECT_EQ(place.read("before/out_0.npy"), place.read("after/out_0.npy"));
    const json inspected = json::parse(run({"inspect", "npu.tmx", "--json"}));
    EXPECT_EQ(inspected["settings"]["npu_sections"][0]["network"], "trunk");
}

TEST_F(NpuTest, WithoutACopyOnlyTheSizeIsSeenHere) {
    convert();
    run(pack());
    run(with({"pack-npu", "small.tmx", "--section", "conv2..pool", "--nbg", "trunk.nb", "-o", "lean.tmx"},
             {"--no-cpu-copy"}));
    EXPECT_LT(std::filesystem::file_size(place.path("lean.tmx")), std::filesystem::file_size(place.path("npu.tmx")));
    expect_failure({"run", "lean.tmx", "--input", "x.npy", "--output", "out"}, "have no CPU copy");
    run({"inspect", "lean.tmx"});
}

TEST_F(NpuTest, TheSamePackingGivesTheSameBytesAndASecondSectionFits) {
    convert();
    run(pack());
    const std::string once = place.read("npu.tmx");
    run(pack());
    EXPECT_EQ(place.read("npu.tmx"), once);
    run({"pack-npu", "npu.tmx", "--section", "fc", "--nbg", "trunk.nb", "-o", "two.tmx"});
    run({"run", "two.tmx", "--input", "x.npy", "--output", "two"});
    run({"run", "small.tmx", "--input", "x.npy", "--output", "before"});
    EXPECT_EQ(place.read("before/out_0.npy"), place.read("two/out_0.npy"));
    expect_failure({"pack-npu", "npu.tmx", "--section", "conv2..pool", "--nbg", "trunk.nb", "-o", "two.tmx"},
                   "reaches into a section that is for the NPU already");
    place.write("other.nb", nbg(1, 1, 0x15));
    expect_failure({"pack-npu", "npu.tmx", "--section", "fc", "--nbg", "other.nb", "-o", "two.tmx"},
                   "is for target 0x15, another section of the model for 0xEE");
}

TEST_F(NpuTest, PackRefusesWhatDoesNotFit) {
    convert();
    expect_failure(pack("conv3..pool"), "the model has no layer `conv3` (did you mean");
    expect_failure(pack("pool..conv2"), "`pool` runs after `conv2`");
    place.write("trunk.nb", nbg(2, 1));
    expect_failure(pack(), "trunk.nb: has 2 inputs, the section has 1: `relu1/out:0`");
    place.write("trunk.nb", nbg(1, 3));
    expect_failure(pack(), "has 3 outputs, the section has 1: `pooled`");
    place.write("trunk.nb", "text");
    expect_failure(pack(), "trunk.nb: the NBG is shorter than its header");
    place.write("trunk.nb", std::string(200, 'x'));
    expect_failure(pack(), "does not begin with 'VPMN'");
    expect_failure({"pack-npu", "small.onnx", "--section", "fc", "--nbg", "trunk.nb", "-o", "npu.tmx"},
                   "must be a .tmx file", 2);
    EXPECT_FALSE(place.exists("npu.tmx"));
}

TEST_F(NpuTest, TheMetaFileDecidesShapesAndQuantization) {
    convert();
    const auto meta = [&](const std::string& input, const std::string& output) {
        place.write("nbg_meta.json", R"({"Inputs": {"a": )" + input + R"(}, "Outputs": {"b": )" + output + "}}");
        return with(pack(), {"--meta", "nbg_meta.json"});
    };
    const std::string u8 = R"("quantize": {"qtype": "u8", "scale": 0.02, "zero_point": 10}})";
    const std::string i16 = R"("quantize": {"qtype": "i16", "fl": 12}})";
    const std::string in = R"({"shape": [1, 8, 8, 8], )", out = R"({"shape": [1, 8, 1, 1], )";
    const json packed = json::parse(run(with(meta(in + u8, out + i16), {"--json"})));
    EXPECT_EQ(packed["inputs"][0]["type"], "uint8");
    EXPECT_EQ(packed["inputs"][0]["zero_point"], 10);
    EXPECT_EQ(packed["inputs"][0]["conversions"][0], "Requantize");
    EXPECT_EQ(packed["outputs"][0]["type"], "int16");
    EXPECT_EQ(packed["outputs"][0]["scale"], 1.0 / 4096);
    run(meta(in + R"("dtype": "float32"})", out + R"("dtype": "float32"})"));
    run({"run", "npu.tmx", "--input", "x.npy", "--output", "after"});

    expect_failure(meta(R"({"shape": [1, 8, 8, 9], )" + u8, out + i16),
                   "`a` is 1x8x8x9 in the NBG, `relu1/out:0` is 1x8x8x8 in the model");
    expect_failure(meta(in + R"("quantize": {"qtype": "f16"}})", out + i16), "type `f16`");
    expect_failure(meta(in + R"("quantize": {"qtype": "u8", "scale": 0}})", out + i16), "scale is not positive");
    expect_failure(meta(in + R"("quantize": {"qtype": "u8", "scale": 1, "zero_point": 256}})", out + i16),
                   "zero point 256 is not one of type `u8`");
    expect_failure(meta(in + R"("quantize": {"qtype": "i8"}})", out + i16), "is no nbg_meta.json");
    place.write("nbg_meta.json", R"({"Inputs": {}, "Outputs": {}})");
    expect_failure(with(pack(), {"--meta", "nbg_meta.json"}), "describes 0 Inputs, the NBG has 1");
}

TEST_F(NpuTest, FlashRefusesTheNbgOfAnotherBoard) {
    convert();
    run(pack());
    const auto board = [&](const std::string& npu) {
        place.write("board.yaml", "summary: a test\ncpu: {architecture: " TEST_ARCHITECTURE
                                  ", cores: 1, clock_mhz: 1000, features: []}\ntarget: generic\n"
                                  "memory: {total_mib: 64, model_mib: 16}\n" +
                                      npu +
                                      "models: /data/models\ntmx: /usr/bin/tmx\ntransport: {kind: local, address: " +
                                      place.path("root") + "}\n");
    };
    std::filesystem::create_directories(place.path("root/usr/bin"));
    std::filesystem::create_symlink(TMX_PROGRAM, place.path("root/usr/bin/tmx"));
    const std::vector<std::string> flash = {"flash", "npu.tmx", "--board", "./board.yaml"};
    board("npu: {target_id: 0x10000016, viplite: \"1.13\"}\n");
    expect_failure(flash, "is for an NPU with target 0xEE, board ./board.yaml has target 0x10000016");
    board("");
    expect_failure(flash, "board ./board.yaml has no NPU");
    EXPECT_FALSE(place.exists("root/data"));
    run(with(flash, {"--force"}));
    board("npu: {target_id: 0xEE, viplite: \"1.8\"}\n");
    EXPECT_NE(run(flash).find("npu: version"), std::string::npos);
}

}  // namespace
}  // namespace tinamix::tests
