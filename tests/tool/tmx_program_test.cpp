// tmx from the command line: help, usage errors, info, run, bench.
#include "tmx_program.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "tmx_json_reader.h"
#include "tmx_test_model.h"
#include "tool/npy.h"

namespace tmx::tool {
namespace {

class ProgramTest : public testing::Test {
  protected:
    ProgramTest() {
        folder_.write("net.tmx", test_model());
        const int32_t shape[] = {1, 1, 4, 4};
        Text error;
        EXPECT_TRUE(write_npy(folder_.path("image.npy").c_str(), TMX_FLOAT32, shape, 4, test_image(), &error));
    }
    ProgramResult tmx(const std::string& arguments) const { return run_tmx(folder_, arguments); }
    void expect_failure(const std::string& arguments, int status, const std::string& message) const {
        const ProgramResult result = tmx(arguments);
        EXPECT_EQ(result.status, status) << arguments << "\n" << result.err;
        EXPECT_EQ(result.out, "") << arguments;
        EXPECT_NE(result.err.find(message), std::string::npos) << arguments << "\n" << result.err;
        EXPECT_EQ(result.err.find('\n'), result.err.size() - 1) << "one line: " << result.err;
    }
    std::vector<float> floats(const std::string& name, const std::vector<int32_t>& shape) const {
        NpyArray array;
        Text error;
        if (!read_npy(folder_.path(name).c_str(), &array, &error)) {
            ADD_FAILURE() << error.c_str();
            return {};
        }
        EXPECT_EQ(array.type, TMX_FLOAT32);
        EXPECT_EQ(shape, std::vector<int32_t>(array.shape, array.shape + array.rank)) << name;
        std::vector<float> values(array.elements);
        memcpy(values.data(), array.data, values.size() * sizeof(float));
        return values;
    }

    TemporaryFolder folder_;
};

TEST_F(ProgramTest, HelpNamesEveryCommandAndOption) {
    const ProgramResult help = tmx("--help");
    EXPECT_EQ(help.status, 0);
    for (const char* command : {"info", "run", "bench", "check"}) {
        EXPECT_NE(help.out.find(std::string("\n  ") + command), std::string::npos) << command;
        const ProgramResult own = tmx(std::string(command) + " --help");
        EXPECT_EQ(own.status, 0);
        EXPECT_EQ(own.err, "");
        EXPECT_NE(own.out.find("Usage: tmx " + std::string(command) + " MODEL.tmx"), std::string::npos);
        EXPECT_NE(own.out.find("Examples:\n  t"), std::string::npos);
        EXPECT_EQ(tmx(std::string(command) + " net.tmx -h").out, own.out);
    }
    const std::string bench = tmx("bench --help").out;
    for (const char* option : {"--threads N", "--runs N", "--warmup N", "--max-seconds S", "--input FILE.npy",
                               "--profile", "--trace FILE", "--json", "--help"}) {
        EXPECT_NE(bench.find(std::string("\n  ") + option), std::string::npos) << option;
    }
    const ProgramResult version = tmx("--version");
    EXPECT_EQ(version.status, 0);
    EXPECT_EQ(version.out, std::string("tmx ") + tmx_version() + "\n");
}

TEST_F(ProgramTest, WrongUsageNamesTheNearestChoice) {
    expect_failure("", 2, "a command is missing");
    expect_failure("bnech net.tmx", 2, "unknown command `bnech` (did you mean `bench`?)");
    expect_failure("convert", 2, "unknown command `convert` (commands are info, run, bench, check");
    expect_failure("--versoin", 2, "unknown option `--versoin` (did you mean `--version`?)");
    expect_failure("info", 2, "MODEL.tmx is missing");
    expect_failure("check net.tmx", 2, "MODEL.golden is missing");
    expect_failure("info net.tmx more", 2, "unexpected `more`");
    expect_failure("bench net.tmx --thread 2", 2, "unknown option `--thread` (did you mean `--threads`?)");
    expect_failure("bench net.tmx --threads", 2, "option `--threads` needs a value");
    expect_failure("bench net.tmx --threads 0", 2, "--threads `0`: expected a whole number from 1 to 8");
    expect_failure("bench net.tmx --threads 9", 2, "from 1 to 8");
    expect_failure("bench net.tmx --threads=2x", 2, "from 1 to 8");
    expect_failure("bench net.tmx --runs 99999999999999999999", 2, "expected a whole number");
    expect_failure("bench net.tmx --max-seconds nan", 2, "expected a number above 0");
    expect_failure("bench net.tmx --json --json", 2, "`--json` is given twice");
    expect_failure("bench net.tmx --json=yes", 2, "`--json` takes no value");
    expect_failure("run net.tmx --output out", 2, "option `--input FILE.npy` is missing");
    expect_failure("run net.tmx --input image.npy", 2, "option `--output DIR` is missing");
    expect_failure("run net.tmx --input image.npy --input image.npy --output out", 2, "net.tmx has 1 inputs (image)");
    EXPECT_FALSE(std::filesystem::exists(folder_.path("out")));
}

TEST_F(ProgramTest, FilesThatAreNoModelsAreErrors) {
    folder_.write("text.tmx", "no model at all, only text that goes on for a while\n");
    std::string damaged = test_model();
    damaged[damaged.size() / 2] ^= 1;
    folder_.write("damaged.tmx", damaged);
    for (const char* command : {"info %", "bench %", "run % --input image.npy --output out", "check % net.golden"}) {
        const auto with = [command](const char* file) {
            return std::string(command).replace(strcspn(command, "%"), 1, file);
        };
        expect_failure(with("none.tmx"), 1, "No such file or directory");
        expect_failure(with("text.tmx"), 1, "TMX_NOT_A_MODEL");
        expect_failure(with("damaged.tmx"), 1, "damaged.tmx: ");
    }
}

TEST_F(ProgramTest, InfoDescribesTheModel) {
    const ProgramResult text = tmx("info net.tmx");
    EXPECT_EQ(text.status, 0) << text.err;
    for (const char* part : {"tmx tests", "generic", "image", "1x1x4x4", "int8 1x4x4x1", "conv1", "Conv+Relu", "w8a8",
                             "1x4x4x1 -> 1x4x4x2", "384"}) {
        EXPECT_NE(text.out.find(part), std::string::npos) << part << "\n" << text.out;
    }
    const auto json = read_json(tmx("info net.tmx --json").out);
    ASSERT_TRUE(json);
    EXPECT_EQ((*json)["arena_bytes"].number, 384);
    EXPECT_EQ((*json)["file_bytes"].number, static_cast<double>(test_model().size()));
    EXPECT_EQ((*json)["settings"].string, "{\"precision\": \"int8\"}");
    EXPECT_EQ((*json)["inputs"][0]["name"].string, "image");
    EXPECT_EQ((*json)["inputs"][0]["zero_point"].number, -10);
    EXPECT_EQ((*json)["inputs"][0]["onnx_shape"].size(), 4U);
    ASSERT_EQ((*json)["ops"].size(), 4U);
    EXPECT_EQ((*json)["ops"][0]["macs"].number, 32);
    EXPECT_NE((*json)["ops"][0]["kernel"].string, "");
    EXPECT_EQ((*json)["ops"][2]["precision"].string, "w16a16");
    ASSERT_EQ((*json)["outputs"].size(), 2U);
    EXPECT_EQ((*json)["outputs"][1]["name"].string, "conv1/out");
}

TEST_F(ProgramTest, APackingThatNoKernelReadsIsSaid) {
    EXPECT_EQ(tmx("run net.tmx --input image.npy --output packed").err, "");
    folder_.write("odd.tmx", test_model([](format::ModelT& model) {
                      model.target = "other";
                      model.ops[0]->options.AsConv2D()->weights.resize(1);
                  }));
    const auto json = read_json(tmx("info odd.tmx --json").out);
    ASSERT_TRUE(json);
    EXPECT_EQ((*json)["ops"][0]["kernel"].string, "w8a8_conv__reference");
    if ((*json)["isa"].string == "reference") GTEST_SKIP() << "this processor has no kernels of its own";
    EXPECT_EQ((*json)["unread_packings"].number, 1);
    const std::string note = "1 convolution runs the slow reference: the file is packed for other, which ";
    EXPECT_NE(tmx("info odd.tmx").out.find("packing   " + note), std::string::npos);
    const ProgramResult odd = tmx("run odd.tmx --input image.npy --output odd");
    EXPECT_EQ(odd.status, 0);
    EXPECT_EQ(odd.err.find("tmx run: note: " + note), 0U) << odd.err;
    EXPECT_EQ(odd.err.find('\n'), odd.err.size() - 1) << odd.err;
    EXPECT_EQ(floats("packed/out_1.npy", {1, 2, 4, 4}), floats("odd/out_1.npy", {1, 2, 4, 4}));
}

TEST_F(ProgramTest, HostileNamesStayHarmless) {
    folder_.write("net.tmx", test_model([](format::ModelT& model) {
                      model.ops[0]->layer = "evil \"\\\x1b[2J\n\xFF layer";
                      model.tensors[0]->name = "../../im\"age\n";
                      model.producer = "\xC3(";
                  }));
    const ProgramResult text = tmx("info net.tmx");
    EXPECT_EQ(text.status, 0);
    EXPECT_EQ(text.out.find('\x1b'), std::string::npos);
    for (const char* command : {"info net.tmx --json", "bench net.tmx --runs 1 --profile --json"}) {
        const auto json = read_json(tmx(command).out);
        ASSERT_TRUE(json) << command;
        EXPECT_EQ((*json)["producer"].string, "\xEF\xBF\xBD(");
    }
    ASSERT_EQ(tmx("run net.tmx --input image.npy --output out --dump-all").status, 0);
    EXPECT_TRUE(std::filesystem::exists(folder_.path("out/..%2F..%2Fim%22age%0A.npy")));
    EXPECT_TRUE(read_json(folder_.read("out/meta.json")));
}

TEST_F(ProgramTest, RunWritesOutputsInOnnxOrder) {
    const ProgramResult result = tmx("run net.tmx --input image.npy --output deep/out");
    ASSERT_EQ(result.status, 0) << result.err;
    const format::GoldenT golden = test_golden(test_model());
    for (int i = 0; i < 2; ++i) {
        std::vector<float> expected = golden.float_outputs[static_cast<size_t>(i)]->values;
        for (float& value : expected) value -= 0.25F;
        EXPECT_EQ(
            floats("deep/out/out_" + std::to_string(i) + ".npy", golden.float_outputs[static_cast<size_t>(i)]->shape),
            expected);
    }
    const auto meta = read_json(folder_.read("deep/out/meta.json"));
    ASSERT_TRUE(meta);
    EXPECT_EQ((*meta)["inputs"][0].string, "image");
    EXPECT_EQ((*meta)["outputs"][0].string, "scores");
    EXPECT_EQ((*meta)["outputs"][1].string, "conv1/out");
    EXPECT_EQ((*meta)["tensors"]["conv1/out"].string, "out_1.npy");
    EXPECT_FALSE(std::filesystem::exists(folder_.path("deep/out/scores.npy")));
}

TEST_F(ProgramTest, DumpAllWritesInputsOpOutputsAndAliases) {
    ASSERT_EQ(tmx("run net.tmx --input image.npy --output out --dump-all --threads 2").status, 0);
    const auto meta = read_json(folder_.read("out/meta.json"));
    ASSERT_TRUE(meta);
    const std::map<std::string, std::string> files = {
        {"image", "image.npy"}, {"conv1/out", "conv1%2Fout.npy"}, {"pool:0", "pool%3A0.npy"},
        {"flat", "flat.npy"},   {"flat#wide", "flat%23wide.npy"}, {"scores", "scores.npy"},
    };
    EXPECT_EQ((*meta)["tensors"].members.size(), files.size());
    for (const auto& [name, file] : files) {
        EXPECT_EQ((*meta)["tensors"][name].string, file);
        EXPECT_TRUE(std::filesystem::exists(folder_.path("out/" + file))) << file;
    }
    // The input as quantized: multiples of its scale 0.5, and 33.3 rounds to 33.5.
    EXPECT_EQ(floats("out/image.npy", {1, 1, 4, 4})[5], 33.5F);
    EXPECT_EQ(floats("out/flat.npy", {1, 8}), floats("out/scores.npy", {1, 8}));
    EXPECT_EQ(floats("out/conv1%2Fout.npy", {1, 2, 4, 4}), floats("out/out_1.npy", {1, 2, 4, 4}));
}

TEST_F(ProgramTest, RawKeepsTheStoredCodes) {
    const std::vector<int8_t> codes = {-128, -50, -10, 0, 1, 2, 3, 4, 50, 60, 70, 80, 90, 100, 126, 127};
    const int32_t shape[] = {1, 4, 4, 1};
    Text error;
    ASSERT_TRUE(write_npy(folder_.path("codes.npy").c_str(), TMX_INT8, shape, 4, codes.data(), &error));
    const ProgramResult result = tmx("run net.tmx --raw --input codes.npy --output out --dump-all");
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_EQ(folder_.read("out/image.npy"), folder_.read("codes.npy"));
    NpyArray array;
    ASSERT_TRUE(read_npy(folder_.path("out/out_1.npy").c_str(), &array, &error));
    EXPECT_EQ(array.type, TMX_INT8);
    EXPECT_EQ(std::vector<int32_t>(array.shape, array.shape + 4), (std::vector<int32_t>{1, 4, 4, 2}));
    ASSERT_TRUE(read_npy(folder_.path("out/flat%23wide.npy").c_str(), &array, &error));
    EXPECT_EQ(array.type, TMX_INT16);
    EXPECT_TRUE((*read_json(folder_.read("out/meta.json")))["raw"].boolean);
}

TEST_F(ProgramTest, OutputFilesAreNotOverwrittenByTensorsOfThatName) {
    folder_.write("net.tmx", test_model([](format::ModelT& model) { model.tensors[2]->name = "out_1"; }));
    ASSERT_EQ(tmx("run net.tmx --input image.npy --output out --dump-all").status, 0);
    EXPECT_EQ(folder_.read("out/out_1.npy"), folder_.read("out/conv1%2Fout.npy"));
    const auto meta = read_json(folder_.read("out/meta.json"));
    ASSERT_TRUE(meta);
    EXPECT_EQ((*meta)["tensors"]["out_1"].string, "%6Fut_1.npy");
}

TEST_F(ProgramTest, WrongInputsAreErrorsThatSayWhatIsExpected) {
    const std::vector<float> values(32);
    const int32_t wrong[] = {1, 4, 4, 1}, larger[] = {2, 1, 4, 4};
    Text error;
    ASSERT_TRUE(write_npy(folder_.path("nhwc.npy").c_str(), TMX_FLOAT32, wrong, 4, values.data(), &error));
    ASSERT_TRUE(write_npy(folder_.path("two.npy").c_str(), TMX_FLOAT32, larger, 4, values.data(), &error));
    ASSERT_TRUE(write_npy(folder_.path("codes.npy").c_str(), TMX_INT8, wrong, 4, values.data(), &error));
    folder_.write("text.npy", "text");
    const auto run = [](const char* file) { return std::string("run net.tmx --output out --input ") + file; };
    expect_failure(run("nhwc.npy"), 1, "nhwc.npy: holds float32 1x4x4x1, but input `image` takes float32 1x1x4x4");
    expect_failure(run("two.npy"), 1, "two.npy: holds float32 2x1x4x4");
    expect_failure(run("codes.npy"), 1, "codes.npy: holds int8 1x4x4x1, but input `image` takes float32 1x1x4x4");
    expect_failure(run("image.npy --raw"), 1, "takes int8 1x4x4x1 (as stored, because of --raw)");
    expect_failure(run("text.npy"), 1, "text.npy: not a .npy file");
    expect_failure(run("none.npy"), 1, "none.npy: No such file or directory");
    EXPECT_FALSE(std::filesystem::exists(folder_.path("out")));
    folder_.write("file", "");
    expect_failure("run net.tmx --input image.npy --output file", 1, "file: not a folder");
    expect_failure("run net.tmx --input image.npy --output /dev/null/x", 1, "/dev/null");
}

TEST_F(ProgramTest, AFullDiskIsAnErrorAndLeavesNoPartialFile) {
    expect_failure("run net.tmx --input image.npy --output /proc/self/x", 1, "/proc/self/x");
    const ProgramResult full = tmx("info net.tmx >/dev/full");
    EXPECT_EQ(full.status, 1);
    EXPECT_EQ(full.err, "tmx: standard output: No space left on device\n");
    // Every write fails, as on a full disk.
    const std::string no_room = "trap '' XFSZ && ulimit -f 0";
    EXPECT_EQ(run_tmx(folder_, "bench net.tmx --runs 1 --trace trace.json >/dev/null", no_room).status, 1);
    EXPECT_EQ(run_tmx(folder_, "run net.tmx --input image.npy --output out", no_room).status, 1);
    EXPECT_EQ(folder_.file_count(), 3U) << "net.tmx, image.npy, and the folder";
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path("out")));
}

TEST_F(ProgramTest, BenchReportsTimesMemoryAndLayers) {
    const ProgramResult text = tmx("bench net.tmx --runs 5 --warmup 1 --profile --threads 2");
    EXPECT_EQ(text.status, 0) << text.err;
    for (const char* part : {"load ", "first run ", "runs       5, after 1 to warm up", "p50 ", "p90 ", "p99 ", "mean ",
                             "arena ", "weights ", "RSS ", "2 threads", "conv1", "w16a16"}) {
        EXPECT_NE(text.out.find(part), std::string::npos) << part << "\n" << text.out;
    }
    const ProgramResult result = tmx("bench net.tmx --runs 5 --profile --json --trace trace.json --input image.npy");
    ASSERT_EQ(result.status, 0) << result.err;
    const auto json = read_json(result.out);
    ASSERT_TRUE(json) << result.out;
    EXPECT_EQ((*json)["runs"].number, 5);
    EXPECT_EQ((*json)["inputs"].string, "files");
    EXPECT_LE((*json)["min_ms"].number, (*json)["p50_ms"].number);
    EXPECT_LE((*json)["p50_ms"].number, (*json)["p90_ms"].number);
    EXPECT_LE((*json)["p90_ms"].number, (*json)["p99_ms"].number);
    EXPECT_LE((*json)["p99_ms"].number, (*json)["max_ms"].number);
    EXPECT_GT((*json)["rss_bytes"].number, 0);
    EXPECT_GE((*json)["peak_rss_bytes"].number, (*json)["rss_bytes"].number);
    ASSERT_EQ((*json)["layers"].size(), 4U);
    double shares = 0;
    for (const Json& layer : (*json)["layers"].items) shares += layer["share"].number;
    EXPECT_NEAR(shares, 1, 1e-6);
    const auto trace = read_json(folder_.read("trace.json"));
    ASSERT_TRUE(trace);
    const auto& events = (*trace)["traceEvents"].items;
    ASSERT_EQ(events.size(), 4U);
    for (size_t i = 0; i < events.size(); ++i) {
        EXPECT_EQ(events[i]["ph"].string, "X");
        if (i > 0) {
            EXPECT_GE(events[i]["ts"].number, events[i - 1]["ts"].number);
        }
    }
}

TEST_F(ProgramTest, BenchStopsAtTheTimeLimitAfterOneRun) {
    const auto json = read_json(tmx("bench net.tmx --runs 1000000 --max-seconds 1e-9 --json").out);
    ASSERT_TRUE(json);
    EXPECT_EQ((*json)["runs"].number, 1);
    EXPECT_EQ((*json)["wanted_runs"].number, 1000000);
    EXPECT_FALSE(json->has("layers"));
}

}  // namespace
}  // namespace tmx::tool
