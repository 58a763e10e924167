// Mixed precision through the program: what it promises about files, lists, pins and repetition.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "formats/npy.h"
#include "tinamix_network.h"
#include "tinamix_program.h"

namespace tinamix::tests {
namespace {

using nlohmann::json;

class TinamixSearch : public testing::Test {
  protected:
    void SetUp() override {
        place.write("small.onnx", small_network());
        formats::write_npy(place.path("calibration.npy"), small_samples(16, 2));
        formats::write_npy(place.path("other.npy"), small_samples(10, 3));
    }
    json convert(const std::string& output, const std::vector<std::string>& options) {
        std::vector<std::string> arguments{"convert",         "small.onnx", "-o",          output, "--data",
                                           "calibration.npy", "--json",     "--precision", "mixed"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const Outcome outcome = place.tinamix(arguments);
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        return json::parse(outcome.out);
    }
    Workplace place;
};

TEST_F(TinamixSearch, ReachesItsTargetAndIsTheSameOnTwoThreads) {
    const json one = convert("one.tmx", {"--target-cosine", "0.99995"});
    convert("two.tmx", {"--target-cosine", "0.99995", "--threads", "2"});
    EXPECT_EQ(place.read("one.tmx"), place.read("two.tmx"));
    EXPECT_TRUE(one["search"]["reached"]);
    EXPECT_GE(one["search"]["mixed"]["cosine"]["scores"], 0.99995);
    EXPECT_LE(one["search"]["mixed"]["ms"], one["search"]["int16"]["ms"]);
    EXPECT_NEAR(one["predicted"]["ms"], one["search"]["mixed"]["ms"], 1e-9);
}

TEST_F(TinamixSearch, ListsOfTheFrontConvertToWhatTheySay) {
    convert("mixed.tmx", {"--target-cosine", "0.99995", "--front", "front", "--repair", "none"});
    const json search = json::parse(place.read("front/search.json"));
    ASSERT_GE(search["front"].size(), 2U);
    EXPECT_FALSE(search["groups"].empty());
    EXPECT_FALSE(search["layers"].empty());
    for (const json& point : search["front"]) {
        const Outcome outcome =
            place.tinamix({"convert", "small.onnx", "-o", "listed.tmx", "--data", "calibration.npy", "--repair", "none",
                           "--json", "--layers", "front/" + point["layers"].get<std::string>()});
        ASSERT_EQ(outcome.status, 0) << outcome.err;
        EXPECT_NEAR(json::parse(outcome.out)["predicted"]["ms"], point["ms"], 1e-9);
    }
}

TEST_F(TinamixSearch, LeavesPinnedLayersAlone) {
    const json kept = convert("kept.tmx", {"--keep", "fc=int16", "--only-int8", "conv*", "--layer-costs"});
    for (const json& layer : kept["predicted"]["layers"]) {
        if (layer["name"] == "fc") {
            EXPECT_EQ(layer["precision"], "w16a16");
        }
        if (layer["name"] == "conv2") {
            EXPECT_EQ(layer["precision"], "w8a8");
        }
    }
}

TEST_F(TinamixSearch, GoesOnFromItsLog) {
    convert("first.tmx", {"--target-cosine", "0.99995", "--resume", "log.json"});
    const std::string log = place.read("log.json");
    convert("second.tmx", {"--target-cosine", "0.99995", "--resume", "log.json"});
    EXPECT_EQ(place.read("log.json"), log);
    EXPECT_EQ(place.read("first.tmx"), place.read("second.tmx"));
    const Outcome other = place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--data", "other.npy", "--precision",
                                         "mixed", "--resume", "log.json"});
    EXPECT_EQ(other.status, 1);
    EXPECT_NE(other.err.find("log.json"), std::string::npos) << other.err;
}

TEST_F(TinamixSearch, SaysWhatASearchNeeds) {
    const auto fails = [&](const std::vector<std::string>& options, const std::string& word) {
        std::vector<std::string> arguments{"convert", "small.onnx", "-o", "a.tmx", "--data", "calibration.npy"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const Outcome outcome = place.tinamix(arguments);
        EXPECT_EQ(outcome.status, 2) << outcome.out;
        EXPECT_NE(outcome.err.find(word), std::string::npos) << outcome.err;
    };
    fails({"--target-cosine", "0.9"}, "--precision mixed");
    fails({"--precision", "mixed", "--keep", "fc"}, "NAME=PRECISION");
    fails({"--precision", "mixed", "--board", "t572"}, "t527");
    EXPECT_EQ(place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--precision", "mixed"}).status, 2);
}

TEST_F(TinamixSearch, SensitivityNamesEveryGroup) {
    const Outcome outcome = place.tinamix({"sensitivity", "small.onnx", "--data", "calibration.npy", "--json"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const json found = json::parse(outcome.out);
    ASSERT_EQ(found["groups"].size(), 3U);
    for (const json& group : found["groups"]) {
        for (const char* key : {"name", "layers", "share", "alone", "relieved", "more_ms", "entropy", "kurtosis"}) {
            EXPECT_TRUE(group.contains(key)) << key;
        }
    }
}

TEST_F(TinamixSearch, ModelsAreComparedOverSamples) {
    convert("mixed.tmx", {});
    const Outcome outcome =
        place.tinamix({"compare", "small.onnx", "mixed.tmx", "--data", "other.npy", "--json", "--min-cosine", "0.9"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const json found = json::parse(outcome.out);
    EXPECT_EQ(found["samples"], 10);
    EXPECT_EQ(found["outputs"][0]["name"], "scores");
    EXPECT_GT(found["outputs"][0]["mean_cosine"], 0.99);
    EXPECT_TRUE(found["outputs"][0].contains("top1_agreement"));
}

TEST_F(TinamixSearch, ReachesWhateverMetricIsAskedFor) {
    const json snr = convert("snr.tmx", {"--metric", "snr", "--max-drop", "0.000005"});
    EXPECT_TRUE(snr["search"]["reached"]);
    EXPECT_LE(snr["search"]["mixed"]["drop"]["scores"], 0.000005);
    EXPECT_GT(snr["search"]["int8"]["drop"]["scores"], 0.000005);
    const json top = convert("top.tmx", {"--metric", "top1", "--max-drop", "0.2"});
    EXPECT_TRUE(top["search"]["reached"]);
    EXPECT_LE(top["search"]["mixed"]["drop"]["scores"], 0.2);
    const json cosine = convert("cosine.tmx", {"--max-drop", "0.00005"});
    EXPECT_GE(cosine["search"]["mixed"]["cosine"]["scores"], 0.99995);
    const json two = convert("two.tmx", {"--compare-tensors", "scores:0.3,flat:0.7"});
    EXPECT_EQ(two["search"]["mixed"]["cosine"].size(), 1U);
}

TEST_F(TinamixSearch, LetsAProgramJudge) {
    // Minus the mean of all differences to what the first call, which is float's, has seen.
    place.write("score.py", R"py(import os, sys
import numpy as np
folder, kept = sys.argv[-1], sys.argv[-2]
names = open(os.path.join(folder, 'samples.txt')).read().split()
found = np.stack([np.load(os.path.join(folder, str(i), 'scores.npy')) for i in range(len(names))])
if not os.path.exists(kept): np.save(kept, found)
print('scored', len(names), 'samples')
print(-np.abs(found - np.load(kept)).mean())
)py");
    const json judged =
        convert("judged.tmx",
                {"--metric", "command", "--metric-command",
                 "/usr/bin/python3 " + place.path("score.py") + " " + place.path("float.npy"), "--max-drop", "0.002"});
    EXPECT_LE(judged["search"]["mixed"]["drop"]["all outputs"], 0.002);
    EXPECT_LT(judged["search"]["int16"]["drop"]["all outputs"], judged["search"]["int8"]["drop"]["all outputs"]);
    for (const auto& [command, message] : {std::pair{"false", "status 1"}, std::pair{"echo none", "no number"}}) {
        const Outcome outcome =
            place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--data", "calibration.npy", "--precision", "mixed",
                           "--metric", "command", "--metric-command", command});
        EXPECT_EQ(outcome.status, 1);
        EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
    }
}

TEST_F(TinamixSearch, RefusesMetricsThatMakeNoSense) {
    const auto error = [&](const std::vector<std::string>& options) {
        std::vector<std::string> arguments{"convert", "small.onnx",      "-o",          "a.tmx",
                                           "--data",  "calibration.npy", "--precision", "mixed"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const Outcome outcome = place.tinamix(arguments);
        EXPECT_NE(outcome.status, 0);
        return outcome.err;
    };
    EXPECT_NE(error({"--metric", "command"}).find("--metric-command"), std::string::npos);
    EXPECT_NE(error({"--metric", "snr", "--target-cosine", "0.9"}).find("--max-drop"), std::string::npos);
    EXPECT_NE(error({"--top-k", "3"}).find("--metric topk"), std::string::npos);
    EXPECT_NE(error({"--compare-tensors", "scorse:1"}).find("`scores`"), std::string::npos);
    EXPECT_NE(error({"--compare-tensors", "scores:0"}).find("NAME:WEIGHT"), std::string::npos);
    EXPECT_NE(error({"--metric", "topk", "--top-k", "5"}).find("not a row of more"), std::string::npos);
}

}  // namespace
}  // namespace tinamix::tests
