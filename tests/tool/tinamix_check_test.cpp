// tinamix check and bench: what comes back from a board, beside the simulation and the float network.
#include <nlohmann/json.hpp>

#include "tinamix_board.h"

namespace tinamix::tests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class CheckTest : public BoardTest {
  protected:
    json check(std::vector<std::string> arguments, int status = 0) const {
        arguments.insert(arguments.begin(), "check");
        arguments.insert(arguments.end(), {"--board", "local.yaml", "--json"});
        const Outcome outcome = place.tinamix(arguments);
        EXPECT_EQ(outcome.status, status) << outcome.err;
        return json::parse(outcome.out, nullptr, false);
    }
    /// A board on which `sed SCRIPT` has been at what its tmx says.
    void falsify(const std::string& sed) const {
        fs::remove(place.path("root/usr/bin/tmx"));
        script("root/usr/bin/tmx", std::string("#!/bin/sh\n'") + TMX_PROGRAM + "' \"$@\" | sed '" + sed + "'\n");
    }
    static void expect_same(const json& pair) {
        EXPECT_NEAR(pair["simulation"]["cosine"].get<double>(), pair["board"]["cosine"].get<double>(), 1e-8);
        EXPECT_NEAR(pair["simulation"]["snr_db"].get<double>(), pair["board"]["snr_db"].get<double>(), 1e-5);
        EXPECT_NEAR(pair["simulation"]["max_abs"].get<double>(), pair["board"]["max_abs"].get<double>(), 1e-6);
    }
};

TEST_F(CheckTest, ASimilarityStandsBesideThatOfTheSimulation) {
    const json report = check({"v1.tmx", "v1.golden"});
    EXPECT_TRUE(report["exact"]);
    EXPECT_TRUE(report["passed"]);
    EXPECT_EQ(report["frames"], 1);
    EXPECT_GT(report["outputs"][0]["simulation"]["cosine"], 0.9);
    expect_same(report["outputs"][0]);
    for (const json& tensor : report["tensors"]) EXPECT_FALSE(tensor.contains("board"));
}

TEST_F(CheckTest, ADifferenceIsNamedByItsFirstLayer) {
    falsify("s/\"exact\": true/\"exact\": false/");
    const Outcome differing =
        place.tinamix({"check", "v1.tmx", "v1.golden", "--board", "local.yaml", "--html", "bad.html"});
    EXPECT_EQ(differing.status, 1);
    EXPECT_NE(differing.out.find(" tensors differ from the simulation, the first in layer `"), std::string::npos)
        << differing.out << differing.err;
    EXPECT_NE(place.read("bad.html").find("differs</span>"), std::string::npos);
    EXPECT_FALSE(check({"v1.tmx", "v1.golden"}, 1)["first_differing"]["layer"].get<std::string>().empty());
    expect_failure({"check", "v1.tmx", "v2.golden", "--board", "local.yaml"}, "belongs to another model");
    expect_failure({"check", "v1.tmx", "small.onnx", "--board", "local.yaml"}, "is not a golden file");
}

TEST_F(CheckTest, LimitsDecideTheExitStatusAndAreNamed) {
    EXPECT_TRUE(check({"v1.tmx", "v1.golden", "--min-cosine", "0.9", "--min-snr", "1", "--max-abs", "10"})["passed"]);
    for (const auto& [option, value, message] : {std::tuple{"--min-cosine", "1", "cosine 0.9"},
                                                 {"--min-snr", "900", "900 is wanted"},
                                                 {"--max-abs", "0", "at most 0 is wanted"}}) {
        const json report = check({"v1.tmx", "v1.golden", option, value, "--html", "limit.html"}, 1);
        EXPECT_TRUE(report["exact"]);
        ASSERT_EQ(report["missed_limits"].size(), 1U) << option;
        EXPECT_NE(report["missed_limits"][0].get<std::string>().find(message), std::string::npos) << report;
        EXPECT_NE(place.read("limit.html").find("below the limit</span>"), std::string::npos);
    }
    // What is no number misses every limit.
    falsify("s/\"max_abs\": [-0-9.e]*/\"max_abs\": null/");
    EXPECT_EQ(check({"v1.tmx", "v1.golden", "--max-abs", "1e30"}, 1)["missed_limits"].size(), 1U);
}

TEST_F(CheckTest, LayersStandAgainstTheFloatNetworkWhereTheGoldenFileHasThem) {
    const json made = json::parse(
        run({"golden", "small.onnx", "v1.tmx", "--input", "x.npy", "--float-layers", "-o", "layers.golden", "--json"}));
    EXPECT_EQ(made["float_layers"], 4) << "relu1, conv2, pool, fc";
    const json report = check({"v1.tmx", "layers.golden", "--html", "layers.html"});
    size_t layers = 0;
    for (const json& tensor : report["tensors"]) {
        if (!tensor.contains("board")) continue;
        ++layers;
        expect_same(tensor);
        EXPECT_GT(tensor["board"]["cosine"], 0.9) << tensor;
    }
    EXPECT_EQ(layers, made["float_layers"]);
    const std::string text = run({"check", "v1.tmx", "layers.golden", "--board", "local.yaml"});
    EXPECT_NE(text.find("layer "), std::string::npos) << text;
    EXPECT_NE(text.find("relu1"), std::string::npos) << text;
    EXPECT_NE(place.read("layers.html").find("<svg class=\"chart\""), std::string::npos);
    // The store's own check takes such a file too.
    run({"flash", "v1.tmx", "--board", "local.yaml", "--golden", "layers.golden"});
}

/// Both sides have to be at the same frame, with the states that the frames before left behind.
TEST_F(CheckTest, NetworksWithStatesAreComparedAtTheFrameThatTheBoardNames) {
    place.write("net.onnx", recurrent_network());
    formats::write_npy(place.path("frames.npy"), recurrent_frames(40, 2));
    run({"convert", "net.onnx", "-o", "net.tmx", "--data", "frames.npy", "--state", "s_next=s", "--precision", "int8"});
    run({"golden", "net.onnx", "net.tmx", "--data", "frames.npy", "--samples", "9", "--float-layers", "-o",
         "net.golden"});
    json report = check({"net.tmx", "net.golden"});
    EXPECT_EQ(report["frames"], 9);
    EXPECT_EQ(report["frame"], 8);
    expect_same(report["outputs"][0]);
    for (const json& tensor : report["tensors"]) {
        if (tensor.contains("board")) expect_same(tensor);
    }
    EXPECT_NE(run({"check", "net.tmx", "net.golden", "--board", "local.yaml"}).find("exact in each of 9 frames"),
              std::string::npos);
    falsify("s/\"frame\": 8/\"frame\": 77/");
    expect_failure({"check", "net.tmx", "net.golden", "--board", "local.yaml"}, "names a frame that is not there");
}

TEST_F(CheckTest, BenchBringsBackClockTemperatureAndThrottling) {
    const auto sysfs = [this](const std::string& name, const std::string& text) {
        const fs::path path = place.path("sys/" + name);
        fs::create_directories(path.parent_path());
        place.write("sys/" + name, text + "\n");
    };
    setenv("TMX_SYSFS", place.path("sys").c_str(), 1);
    const std::vector<std::string> bench = {"bench", "v1.tmx", "--board", "ssh.yaml", "--runs", "3"};
    EXPECT_NE(run(bench).find("the board does not tell its clock"), std::string::npos);
    for (const auto& entry : fs::directory_iterator("/sys/devices/system/cpu")) {
        const std::string core = entry.path().filename();
        if (core.find_first_of("0123456789") == std::string::npos) continue;
        const std::string folder = "devices/system/cpu/" + core + "/cpufreq/";
        sysfs(folder + "scaling_cur_freq", "1008000");
        sysfs(folder + "scaling_max_freq", "1008000");
        sysfs(folder + "cpuinfo_max_freq", "1512000");
        sysfs(folder + "scaling_governor", "ondemand");
    }
    sysfs("class/thermal/thermal_zone0/temp", "71000");
    const std::string text = run(bench);
    EXPECT_NE(text.find("clock 1008 MHz, at least 1008, of 1512 (core "), std::string::npos) << text;
    EXPECT_NE(text.find("governor ondemand"), std::string::npos) << text;
    EXPECT_NE(text.find("temperature 71 C before, 71 C after"), std::string::npos) << text;
    EXPECT_NE(text.find("THROTTLED: the clock was not allowed above 1008 MHz"), std::string::npos) << text;
    EXPECT_NE(text.find("relu1"), std::string::npos) << text;
    std::vector<std::string> as_json = bench;
    as_json.push_back("--json");
    EXPECT_TRUE(json::parse(run(as_json))["processor"]["throttled"]);
}

}  // namespace
}  // namespace tinamix::tests
