// The command line contract of tinamix: help, exit statuses, and every bad input as one clear line.
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "formats/npy.h"
#include "tinamix_network.h"
#include "tinamix_program.h"

namespace tinamix::tests {
namespace {

using testing::AssertionFailure;
using testing::AssertionResult;
using testing::AssertionSuccess;

/// One line "tinamix: error: ..." on stderr that contains every one of `parts`, and the exit status.
AssertionResult fails_with(const Outcome& outcome, int status, const std::vector<std::string>& parts) {
    if (outcome.status != status) {
        return AssertionFailure() << "exit status " << outcome.status << ", stderr: " << outcome.err;
    }
    if (!outcome.err.starts_with("tinamix: error: ") || std::count(outcome.err.begin(), outcome.err.end(), '\n') != 1) {
        return AssertionFailure() << "not one error line: " << outcome.err;
    }
    for (const std::string& part : parts) {
        if (outcome.err.find(part) == std::string::npos) {
            return AssertionFailure() << "`" << part << "` is not in: " << outcome.err;
        }
    }
    return AssertionSuccess();
}

class TinamixContract : public testing::Test {
  protected:
    void SetUp() override {
        place.write("small.onnx", small_network());
        formats::write_npy(place.path("x.npy"), small_samples(1));
        formats::write_npy(place.path("calibration.npy"), small_samples(6, 2));
    }
    /// Converts and expects success.
    void convert(const std::string& output, std::vector<std::string> options = {"--data", "calibration.npy"}) {
        std::vector<std::string> arguments{"convert", "small.onnx", "-o", output};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const Outcome outcome = place.tinamix(arguments);
        ASSERT_EQ(outcome.status, 0) << outcome.err;
    }
    Workplace place;
};

TEST_F(TinamixContract, HelpOfEveryCommandShowsItsOptionsAndExamples) {
    const std::vector<std::pair<std::string, std::vector<std::string>>> wanted{
        {"inspect", {"FILE", "--json"}},
        {"run", {"--input", "--output", "--dump-all", "--raw", "--threads"}},
        {"convert", {"--output",    "--data",         "--ranges",         "--precision",
                     "--layers",    "--target",       "--config",         "--calibration-method",
                     "--repair",    "--samples",      "--resize",         "--crop",
                     "--letterbox", "--pixel-format", "--mean",           "--std",
                     "--layout",    "--shape",        "--constant-input", "--json"}},
        {"calibrate", {"--data", "--output", "--config", "--calibration-method", "--samples"}},
        {"compare", {"--min-cosine", "--columns", "--json"}},
        {"golden", {"--input", "--output"}},
        {"eval", {"--data", "--labels", "--samples", "--config", "--json"}}};
    const Outcome all = place.tinamix({"--help"});
    EXPECT_EQ(all.status, 0);
    for (const auto& [command, options] : wanted) {
        EXPECT_NE(all.out.find(command), std::string::npos);
        const Outcome help = place.tinamix({command, "--help"});
        EXPECT_EQ(help.status, 0);
        EXPECT_NE(help.out.find("Examples:\n  tinamix " + command), std::string::npos) << help.out;
        for (const std::string& option : options)
            EXPECT_NE(help.out.find(option), std::string::npos) << command << option;
    }
}

TEST_F(TinamixContract, VersionIsPrinted) {
    const Outcome outcome = place.tinamix({"--version"});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_TRUE(outcome.out.starts_with("tinamix ")) << outcome.out;
}

TEST_F(TinamixContract, WrongUsageExitsWithTwoAndNamesTheNearest) {
    EXPECT_TRUE(fails_with(place.tinamix({}), 2, {"command is missing"}));
    EXPECT_TRUE(fails_with(place.tinamix({"covert"}), 2, {"`convert`"}));
    EXPECT_TRUE(fails_with(place.tinamix({"convert", "small.onnx", "--calibration-methd", "kl"}), 2,
                           {"--calibration-methd", "`--calibration-method`"}));
    EXPECT_TRUE(fails_with(place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--precision", "int9"}), 2,
                           {"--precision", "`int9`", "int8"}));
    EXPECT_TRUE(fails_with(place.tinamix({"convert", "small.onnx"}), 2, {"--output is missing"}));
    EXPECT_TRUE(fails_with(place.tinamix({"convert", "small.onnx", "-o", "a.tmx"}), 2, {"--data"}));
    EXPECT_TRUE(fails_with(place.tinamix({"run", "small.onnx", "surplus", "-o", "d"}), 2, {"surplus"}));
    EXPECT_TRUE(
        fails_with(place.tinamix({"run", "small.onnx", "-o", "d", "--threads", "0"}), 2, {"--threads", "1..8"}));
    EXPECT_TRUE(fails_with(
        place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--data", "x.npy", "--crop", "8", "--letterbox", "0"}),
        2, {"--crop", "--letterbox"}));
}

TEST_F(TinamixContract, MissingFilesAreNamed) {
    EXPECT_TRUE(fails_with(place.tinamix({"inspect", "absent.onnx"}), 1, {"absent.onnx"}));
    EXPECT_TRUE(fails_with(place.tinamix({"inspect", "absent.tmx"}), 1, {"absent.tmx"}));
    EXPECT_TRUE(fails_with(place.tinamix({"inspect", "model.pt"}), 1, {"model.pt"}));
    EXPECT_TRUE(fails_with(place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--data", "absent"}), 1, {"absent"}));
}

TEST_F(TinamixContract, UnknownYamlKeyNamesFileLineAndNearestKey) {
    place.write("convert.yaml", "data: calibration.npy\n\ncalibration_tpye: kl\n");
    EXPECT_TRUE(fails_with(place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--config", "convert.yaml"}), 1,
                           {"convert.yaml:3", "calibration_tpye", "`calibration_method`"}));
    place.write("convert.yaml", "data: calibration.npy\nprecision: int12\n");
    EXPECT_TRUE(fails_with(place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--config", "convert.yaml"}), 1,
                           {"convert.yaml:2", "precision", "int12"}));
    EXPECT_FALSE(place.exists("a.tmx"));
}

TEST_F(TinamixContract, WrongInputShapeIsNamed) {
    formats::write_npy(place.path("wide.npy"), ir::Tensor(ir::ElementType::kFloat32, {1, 3, 8, 9}));
    EXPECT_TRUE(fails_with(place.tinamix({"run", "small.onnx", "--input", "wide.npy", "--output", "d"}), 1,
                           {"wide.npy", "1x3x8x9", "1x3x8x8", "`x`"}));
    convert("a.tmx");
    EXPECT_TRUE(fails_with(place.tinamix({"run", "a.tmx", "--input", "wide.npy", "--output", "d"}), 1,
                           {"wide.npy", "1x3x8x9", "1x3x8x8"}));
    EXPECT_TRUE(
        fails_with(place.tinamix({"convert", "small.onnx", "-o", "b.tmx", "--data", "wide.npy"}), 1, {"wide.npy"}));
    EXPECT_TRUE(fails_with(place.tinamix({"run", "a.tmx", "--output", "d"}), 1, {"`x`", "missing"}));
    EXPECT_TRUE(fails_with(place.tinamix({"run", "a.tmx", "--input", "y=x.npy", "--output", "d"}), 1, {"`y`"}));
    EXPECT_FALSE(place.exists("d"));
}

TEST_F(TinamixContract, NanInCalibrationDataIsAnError) {
    ir::Tensor samples = small_samples(3);
    samples.data<float>()[200] = std::numeric_limits<float>::quiet_NaN();
    formats::write_npy(place.path("nan.npy"), samples);
    const auto before = place.listing();
    EXPECT_TRUE(fails_with(place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--data", "nan.npy"}), 1,
                           {"nan.npy", "NaN"}));
    EXPECT_TRUE(fails_with(place.tinamix({"calibrate", "small.onnx", "-o", "r.yaml", "--data", "nan.npy"}), 1,
                           {"nan.npy", "NaN"}));
    EXPECT_EQ(place.listing(), before);
}

TEST_F(TinamixContract, UnreadablePictureIsNamed) {
    place.write("pictures/broken.png", "\x89PNG\r\n\x1a\nand then nothing");
    EXPECT_TRUE(
        fails_with(place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--data", "pictures", "--resize", "8x8"}), 1,
                   {"broken.png"}));
    EXPECT_FALSE(place.exists("a.tmx"));
}

TEST_F(TinamixContract, UnknownLayerIsFoundBeforeCalibrationAndNamesTheNearest) {
    place.write("layers.yaml", "layers:\n  conv2: w16a16\n  cnv1: w8a16\n");
    // The data do not exist: the rules must be looked at first.
    EXPECT_TRUE(fails_with(
        place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--data", "calibration.npy", "--layers", "layers.yaml"}),
        1, {"layers.yaml:3", "cnv1", "`conv1`"}));
    EXPECT_TRUE(fails_with(
        place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--data", "absent.npy", "--layers", "layers.yaml"}), 1,
        {"cnv1"}));
    place.write("convert.yaml", "data: calibration.npy\nlayers:\n  \"conv9*\": w16a16\n");
    EXPECT_TRUE(fails_with(place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--config", "convert.yaml"}), 1,
                           {"convert.yaml:3", "conv9*"}));
}

TEST_F(TinamixContract, UnknownOperatorNamesNodeAndOperator) {
    // One that only the float executor has, and one that nobody has.
    for (const char* op : {"GlobalLpPool", "GlobalOddPool"}) {
        place.write("strange.onnx", small_network(op));
        EXPECT_TRUE(
            fails_with(place.tinamix({"convert", "strange.onnx", "-o", "a.tmx", "--data", "x.npy"}), 1, {"pool", op}));
    }
    EXPECT_TRUE(fails_with(place.tinamix({"run", "strange.onnx", "--input", "x.npy", "-o", "out"}), 1,
                           {"pool", "GlobalOddPool", "did you mean `GlobalLpPool`"}));
}

TEST_F(TinamixContract, InspectShowsAModelThatCannotBeConverted) {
    place.write("strange.onnx", small_network("GlobalOddPool"));
    const Outcome shown = place.tinamix({"inspect", "strange.onnx"});
    EXPECT_EQ(shown.status, 0);
    EXPECT_NE(shown.out.find("conv1"), std::string::npos);
    EXPECT_NE(shown.out.find("GlobalOddPool `pool`: opset"), std::string::npos) << shown.out;
}

TEST_F(TinamixContract, TruncatedModelFileIsRefused) {
    convert("a.tmx");
    const std::string whole = place.read("a.tmx");
    place.write("half.tmx", whole.substr(0, whole.size() / 2));
    EXPECT_TRUE(fails_with(place.tinamix({"inspect", "half.tmx"}), 1, {"half.tmx"}));
    std::string flipped = whole;
    flipped[whole.size() / 3] = static_cast<char>(flipped[whole.size() / 3] ^ 4);
    place.write("flipped.tmx", flipped);
    EXPECT_TRUE(
        fails_with(place.tinamix({"run", "flipped.tmx", "--input", "x.npy", "--output", "d"}), 1, {"checksum"}));
    EXPECT_FALSE(place.exists("d"));
}

TEST_F(TinamixContract, FileLimitLeavesNothingBehind) {
    convert("a.tmx");
    const auto before = place.listing();
    constexpr size_t kLimit = 512;
    EXPECT_TRUE(fails_with(place.tinamix({"convert", "small.onnx", "-o", "b.tmx", "--data", "calibration.npy"}, kLimit),
                           1, {"b.tmx"}));
    EXPECT_TRUE(
        fails_with(place.tinamix({"run", "small.onnx", "--input", "x.npy", "--output", "d", "--dump-all"}, kLimit), 1,
                   {"too large"}));
    EXPECT_TRUE(
        fails_with(place.tinamix({"calibrate", "small.onnx", "--data", "calibration.npy", "-o", "r.yaml"}, kLimit), 1,
                   {"r.yaml"}));
    EXPECT_TRUE(
        fails_with(place.tinamix({"golden", "small.onnx", "a.tmx", "--input", "x.npy", "-o", "a.golden"}, kLimit), 1,
                   {"a.golden"}));
    EXPECT_EQ(place.listing(), before);
}

TEST_F(TinamixContract, FullDiskLeavesNothingBehind) {
    const std::string full = place.path("full");
    std::filesystem::create_directory(full);
    if (mount("tmpfs", full.c_str(), "tmpfs", 0, "size=4k") != 0) GTEST_SKIP() << "may not mount a small tmpfs here";
    place.write("full/filler", std::string(4096, 'x'));
    const auto before = place.listing();
    EXPECT_TRUE(fails_with(place.tinamix({"convert", "small.onnx", "-o", "full/a.tmx", "--data", "calibration.npy"}), 1,
                           {"full/a.tmx", "No space left"}));
    EXPECT_TRUE(fails_with(place.tinamix({"run", "small.onnx", "--input", "x.npy", "--output", "full/d"}), 1,
                           {"No space left"}));
    EXPECT_EQ(place.listing(), before);
    umount(full.c_str());
}

}  // namespace
}  // namespace tinamix::tests
