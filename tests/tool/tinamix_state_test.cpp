// --state OUT=IN through the commands: conversion, runs over frames, golden files of several frames.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "formats/npy.h"
#include "tinamix_network.h"
#include "tinamix_program.h"

namespace tinamix::tests {
namespace {

using nlohmann::json;

class TinamixState : public testing::Test {
  protected:
    void SetUp() override {
        place.write("net.onnx", recurrent_network());
        formats::write_npy(place.path("calibration.npy"), recurrent_frames(200, 1));
        formats::write_npy(place.path("frames.npy"), recurrent_frames(100, 2));
    }
    std::string tinamix(const std::vector<std::string>& arguments) {
        const Outcome outcome = place.tinamix(arguments);
        EXPECT_EQ(outcome.status, 0) << arguments[0] << ": " << outcome.err;
        return outcome.out;
    }
    void convert(const std::string& precision) {
        tinamix({"convert", "net.onnx", "-o", "net.tmx", "--data", "calibration.npy", "--state", "s_next=s",
                 "--precision", precision});
    }
    void expect_failure(const std::vector<std::string>& arguments, int status, const std::string& message) {
        const Outcome outcome = place.tinamix(arguments);
        EXPECT_EQ(outcome.status, status) << outcome.err;
        EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
    }
    Workplace place;
};

TEST_F(TinamixState, EveryPrecisionFollowsFloatOverAHundredFrames) {
    tinamix({"run", "net.onnx", "--input", "frames.npy", "--state", "s_next=s", "--output", "float"});
    EXPECT_EQ(formats::read_npy(place.path("float/out_0.npy")).shape(), (ir::Shape{100, 1, 3}));
    EXPECT_FALSE(place.exists("float/out_1.npy"));
    const std::vector<std::pair<std::string, std::string>> bounds{
        {"int8", "0.995"}, {"int16", "0.99999"}, {"float", "0.9999999"}};
    for (const auto& [precision, cosine] : bounds) {
        convert(precision);
        tinamix({"run", "net.tmx", "--input", "frames.npy", "--output", precision});
        tinamix({"compare", "float", precision, "--min-cosine", cosine});
        tinamix({"run", "net.tmx", "--input", "frames.npy", "--output", "again", "--threads", "2"});
        EXPECT_EQ(place.read(precision + "/out_0.npy"), place.read("again/out_0.npy"));
    }
}

TEST_F(TinamixState, AGoldenFileHoldsTheFramesThatItWasGiven) {
    convert("int16");
    const auto frames = [&](std::vector<std::string> options) {
        std::vector<std::string> arguments{"golden", "net.onnx", "net.tmx", "-o", "net.golden", "--json"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        return json::parse(tinamix(arguments))["frames"];
    };
    EXPECT_EQ(frames({"--data", "frames.npy", "--samples", "7"}), 7);
    EXPECT_EQ(frames({"--data", "frames.npy"}), 100);
    formats::write_npy(place.path("one.npy"), recurrent_frames(1, 2).reshaped({1, 4}));
    EXPECT_EQ(frames({"--input", "one.npy"}), 1);
}

TEST_F(TinamixState, WhatCannotBeAStateIsAnError) {
    const auto with = [](const std::string& state) {
        return std::vector<std::string>{"convert", "net.onnx",        "-o",      "net.tmx",
                                        "--data",  "calibration.npy", "--state", state};
    };
    expect_failure(with("s_nxt=s"), 1, "the model has no output `s_nxt` (left) (did you mean `s_next`?)");
    expect_failure(with("s_next=t"), 1, "the model has no input `t` (left)");
    expect_failure(with("y=s"), 1, "a state is float32 of one shape");
    expect_failure(with("s_next"), 2, "`s_next` is not OUT=IN");
    EXPECT_FALSE(place.exists("net.tmx"));
    convert("int16");
    expect_failure({"run", "net.tmx", "--input", "frames.npy", "--state", "s_next=s", "--output", "out"}, 2,
                   "a .tmx file knows its states");
    expect_failure({"run", "net.tmx", "--input", "frames.npy", "--output", "out", "--dump-all"}, 2,
                   "dumps one run; the inputs hold frames");
    EXPECT_FALSE(place.exists("out"));
}

TEST_F(TinamixState, WhatLooksLikeOneIsMentioned) {
    formats::write_npy(place.path("state.npy"), ir::Tensor(ir::ElementType::kFloat32, {200, 1, 6}));
    const Outcome outcome =
        place.tinamix({"convert", "net.onnx", "-o", "net.tmx", "--data", "x=calibration.npy", "--data", "s=state.npy"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_NE(outcome.err.find("say --state s_next=s"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace tinamix::tests
