// `convert --report`: what it writes, for every kind of conversion, and that the same command writes the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "formats/npy.h"
#include "tinamix_network.h"
#include "tinamix_program.h"

namespace tinamix::tests {
namespace {

using nlohmann::json;

class TinamixReport : public testing::Test {
  protected:
    void SetUp() override {
        place.write("small.onnx", small_network());
        formats::write_npy(place.path("data.npy"), small_samples(40, 2));
    }
    /// The report of a conversion with these options, which must succeed.
    json report(const std::vector<std::string>& options, const std::string& folder = "report") {
        std::vector<std::string> arguments{"convert",  "small.onnx", "-o", "small.tmx", "--data",
                                           "data.npy", "--samples",  "24", "--report",  folder};
        arguments.insert(arguments.end(), options.begin(), options.end());
        const Outcome outcome = place.tinamix(arguments);
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        EXPECT_TRUE(place.exists(folder + "/report.html"));
        EXPECT_TRUE(place.exists(folder + "/report.md"));
        return json::parse(place.read(folder + "/report.json"));
    }
    static std::vector<std::string> names(const json& list) {
        std::vector<std::string> names;
        for (const json& item : list) names.push_back(item["name"]);
        return names;
    }
    static const json& converted(const json& report) {
        for (const json& variant : report["variants"]) {
            if (variant["converted"]) return variant;
        }
        throw std::runtime_error("nothing was converted");
    }
    Workplace place;
};

using Names = std::vector<std::string>;

TEST_F(TinamixReport, HasWhatWasConvertedBesideFloatAndInt16) {
    const json made = report({});
    EXPECT_EQ(names(made["variants"]), (Names{"float", "int8", "int16"}));
    EXPECT_EQ(converted(made)["name"], "int8");
    EXPECT_EQ(made["judged_samples"], 16) << "those of the 40 that were not calibrated on";
    EXPECT_TRUE(made["held_out"]);
    EXPECT_EQ(converted(made)["file_bytes"], place.read("small.tmx").size());
    const double int8 = made["variants"][1]["outputs"][0]["cosine"],
                 int16 = made["variants"][2]["outputs"][0]["cosine"];
    EXPECT_LT(int8, int16);
    EXPECT_GT(int8, 0.99);
    EXPECT_GT(made["repairs"].size(), 0U);
    EXPECT_FALSE(made.contains("mixes"));
}

TEST_F(TinamixReport, ComparesEveryLayerAloneAndTogether) {
    const json made = report({});
    Names layers;
    for (const json& layer : made["layers"]) {
        layers.push_back(layer["name"]);
        for (const char* part : {"alone", "cumulative"}) {
            EXPECT_GT(layer[part]["cosine"], 0.99) << layer["name"];
            EXPECT_GT(layer[part]["mean_square"], 0) << layer["name"];
            EXPECT_LE(layer[part]["mean_abs"], layer[part]["max_abs"]) << layer["name"];
            EXPECT_LE(layer[part]["mean_square"].get<double>(), std::pow(layer[part]["max_abs"].get<double>(), 2));
        }
        EXPECT_GT(layer["kurtosis"], 0) << layer["name"];
        uint64_t counted = 0;
        for (const uint64_t count : layer["values"]["counts"]) counted += count;
        EXPECT_GT(counted, 0U) << layer["name"];
        EXPECT_LT(layer["values"]["clip_low"], layer["values"]["clip_high"]) << layer["name"];
    }
    EXPECT_EQ(layers, (Names{"relu1", "conv2", "pool", "fc"}));
}

TEST_F(TinamixReport, OfAMixShowsEveryMixAndListsTheFront) {
    const json made = report({"--precision", "mixed", "--target-cosine", "0.99995"});
    EXPECT_EQ(names(made["variants"]), (Names{"float", "int8", "mixed", "int16"}));
    EXPECT_EQ(converted(made)["name"], "mixed");
    EXPECT_NEAR(made["target_loss"], 5e-5, 1e-12);
    size_t chosen = 0;
    for (const json& mix : made["mixes"]) {
        chosen += mix["chosen"] ? 1 : 0;
        if (mix["on_front"]) {
            EXPECT_TRUE(place.exists("report/" + mix["layers_file"].get<std::string>())) << mix;
        }
    }
    EXPECT_EQ(chosen, 1U);
}

TEST_F(TinamixReport, WorksForInt16ForListsAndForFloat) {
    EXPECT_EQ(converted(report({"--precision", "int16"}))["name"], "int16");
    place.write("list.yaml", "layers:\n  fc: w16a16\n");
    const json listed = report({"--layers", "list.yaml"});
    EXPECT_EQ(names(listed["variants"]), (Names{"float", "int8", "int8 with --layers", "int16"}));
    const json real = report({"--precision", "float"});
    EXPECT_EQ(names(real["variants"]), (Names{"float"}));
    EXPECT_GT(converted(real)["outputs"][0]["cosine"], 0.9999999);
}

TEST_F(TinamixReport, FollowsTheStatesOfASequence) {
    place.write("net.onnx", recurrent_network());
    formats::write_npy(place.path("frames.npy"), recurrent_frames(30, 5));
    const Outcome outcome = place.tinamix({"convert", "net.onnx", "-o", "net.tmx", "--data", "frames.npy", "--state",
                                           "s_next=s", "--precision", "int16", "--report", "states"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    const json made = json::parse(place.read("states/report.json"));
    EXPECT_FALSE(made["held_out"]) << "frames are one sequence";
    EXPECT_EQ(made["judged_samples"], 30);
    EXPECT_GT(converted(made)["outputs"][0]["cosine"], 0.999);
    for (const json& layer : made["layers"]) {
        if (!layer.contains("cumulative")) continue;
        EXPECT_GT(layer["cumulative"]["cosine"], 0.999) << "states are kept between frames: " << layer["name"];
        EXPECT_GT(layer["alone"]["cosine"], 0.999) << layer["name"];
    }
}

TEST_F(TinamixReport, SaysHowToDoItAgain) {
    const json made = report({"--threads", "1"});
    const json& settings = made["settings"];
    EXPECT_NE(settings["network"].get<std::string>().find("xxh64 "), std::string::npos);
    EXPECT_NE(settings["calibrated on"].get<std::string>().find("24 samples, xxh64 "), std::string::npos);
    EXPECT_EQ(settings["--samples"], "24");
    EXPECT_EQ(settings["--data"], "data.npy");
    EXPECT_FALSE(made["tinamix"].get<std::string>().empty());
}

TEST_F(TinamixReport, NeedsSamples) {
    const Outcome none =
        place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--precision", "float", "--report", "r"});
    EXPECT_EQ(none.status, 2);
    EXPECT_NE(none.err.find("--data"), std::string::npos) << none.err;
    const Outcome alone =
        place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--data", "data.npy", "--report-samples", "3"});
    EXPECT_EQ(alone.status, 2);
    EXPECT_NE(alone.err.find("--report FOLDER"), std::string::npos) << alone.err;
}

/// The same command writes the same bytes, twice and with two threads: files, lists and pages.
TEST_F(TinamixReport, AndEverythingElseIsTheSameEveryTime) {
    for (const char* precision : {"int8", "int16", "mixed"}) {
        const auto made = [&](const std::string& threads) {
            std::filesystem::remove_all(place.path("same"));
            std::vector<std::string> options{"--precision", precision, "--threads", threads};
            if (std::string(precision) == "mixed") options.insert(options.end(), {"--target-cosine", "0.99995"});
            report(options, "same");
            std::string all = place.read("small.tmx");
            std::vector<std::filesystem::path> files;
            for (const auto& entry : std::filesystem::recursive_directory_iterator(place.path("same"))) {
                if (entry.is_regular_file()) files.push_back(entry.path());
            }
            std::sort(files.begin(), files.end());
            EXPECT_GE(files.size(), 3U);
            for (const auto& file : files) {
                std::string text = place.read(std::filesystem::relative(file, place.folder()).string());
                // The one thing that differs on purpose: a report says what it was told.
                for (const std::string& said : {"--threads</td><td class=\"text\">" + threads, "--threads: " + threads,
                                                "\"--threads\": \"" + threads + "\""}) {
                    const size_t at = text.find(said);
                    if (at != std::string::npos) text.erase(at, said.size());
                }
                all += "\n" + file.filename().string() + "\n" + text;
            }
            return all;
        };
        const std::string first = made("1");
        EXPECT_EQ(first, made("1")) << precision;
        EXPECT_EQ(first, made("2")) << precision << " on two threads";
    }
}

}  // namespace
}  // namespace tinamix::tests
