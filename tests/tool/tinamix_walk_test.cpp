// A network's walk through all commands: what one writes the next reads, and equal requests give equal bytes.
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "formats/npy.h"
#include "golden_generated.h"
#include "tinamix.h"
#include "tinamix_network.h"
#include "tinamix_program.h"

namespace tinamix::tests {
namespace {

using nlohmann::json;

class TinamixWalk : public testing::Test {
  protected:
    void SetUp() override {
        place.write("small.onnx", small_network());
        formats::write_npy(place.path("x.npy"), small_samples(1));
        formats::write_npy(place.path("calibration.npy"), small_samples(16, 2));
    }
    std::string tinamix(const std::vector<std::string>& arguments) {
        const Outcome outcome = place.tinamix(arguments);
        EXPECT_EQ(outcome.status, 0) << arguments[0] << ": " << outcome.err;
        return outcome.out;
    }
    json tinamix_json(std::vector<std::string> arguments) {
        arguments.emplace_back("--json");
        return json::parse(tinamix(arguments));
    }
    void convert(const std::string& output, const std::vector<std::string>& options = {}) {
        std::vector<std::string> arguments{"convert", "small.onnx", "-o", output, "--data", "calibration.npy"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        tinamix(arguments);
    }
    /// The codes of the input x.npy for a model, as --raw wants them, in `output`.
    void write_codes(const std::string& model, const std::string& output) {
        tmx_model* opened = nullptr;
        ASSERT_EQ(tmx_model_open(place.path(model).c_str(), nullptr, &opened), TMX_OK) << tmx_last_error(nullptr);
        const std::vector<float> values = formats::read_npy(place.path("x.npy")).to_floats();
        ASSERT_EQ(tmx_input_set_f32(opened, 0, values.data(), values.size()), TMX_OK);
        tmx_tensor input;
        ASSERT_EQ(tmx_input(opened, 0, &input), TMX_OK);
        ASSERT_EQ(input.type, TMX_INT8);
        ir::Tensor codes(ir::ElementType::kInt8, ir::Shape(input.shape, input.shape + input.rank));
        std::memcpy(codes.raw(), input.data, input.bytes);
        tmx_model_close(opened);
        formats::write_npy(place.path(output), codes);
    }
    Workplace place;
};

TEST_F(TinamixWalk, InspectCountsTheLayersOfAnOnnxModel) {
    const json facts = tinamix_json({"inspect", "small.onnx"});
    EXPECT_EQ(facts["inputs"][0]["name"], "x");
    EXPECT_EQ(facts["inputs"][0]["shape"], json({1, 3, 8, 8}));
    EXPECT_EQ(facts["layer_count"], 6);
    // conv1 8*64 outputs of 27 products, conv2 8*64 of 9, fc 5 of 8.
    EXPECT_EQ(facts["macs"], 8 * 64 * 27 + 8 * 64 * 9 + 5 * 8);
    EXPECT_EQ(facts["parameters"], 8 * 27 + 8 + 8 * 9 + 5 * 8 + 5);
}

TEST_F(TinamixWalk, EveryPrecisionIsCloseToFloatAndKeepsItsArenaSmall) {
    tinamix({"run", "small.onnx", "--input", "x.npy", "--output", "float"});
    const std::vector<std::pair<std::string, std::string>> bounds{
        {"int8", "0.99"}, {"int16", "0.9999"}, {"float", "0.9999999"}};
    for (const auto& [precision, cosine] : bounds) {
        convert("a.tmx", {"--precision", precision});
        tinamix({"run", "a.tmx", "--input", "x.npy", "--output", precision});
        tinamix({"compare", "float", precision, "--min-cosine", cosine});
        const json facts = tinamix_json({"inspect", "a.tmx"});
        EXPECT_GT(facts["arena_lower_bound_bytes"], 0);
        EXPECT_GE(facts["arena_bytes"], facts["arena_lower_bound_bytes"]);
        EXPECT_EQ(facts["macs"], 8 * 64 * 27 + 8 * 64 * 9 + 5 * 8);
    }
    EXPECT_EQ(place.tinamix({"compare", "float", "int8", "--min-cosine", "1"}).status, 1);
}

TEST_F(TinamixWalk, EqualConversionsGiveEqualBytes) {
    convert("a.tmx", {"--threads", "1"});
    convert("b.tmx", {"--threads", "2"});
    EXPECT_EQ(place.read("a.tmx"), place.read("b.tmx"));
    EXPECT_EQ(place.read("a.tmx").find(place.folder().string()), std::string::npos);
}

TEST_F(TinamixWalk, RangesFileGivesTheSameTensorsAsCalibratingInPlace) {
    for (const char* method : {"minmax", "kl", "mse"}) {
        tinamix(
            {"calibrate", "small.onnx", "--data", "calibration.npy", "-o", "r.yaml", "--calibration-method", method});
        convert("a.tmx", {"--calibration-method", method, "--repair", "none"});
        tinamix({"convert", "small.onnx", "-o", "b.tmx", "--ranges", "r.yaml"});
        tinamix({"run", "a.tmx", "--input", "x.npy", "--output", "a", "--dump-all"});
        tinamix({"run", "b.tmx", "--input", "x.npy", "--output", "b", "--dump-all", "--threads", "2"});
        const json comparison = tinamix_json({"compare", "a", "b"});
        for (const json& tensor : comparison["tensors"]) EXPECT_EQ(tensor["equal"], true) << tensor;
    }
}

TEST_F(TinamixWalk, RepairsAreChosenOrListedAndReported) {
    const auto repair_of = [&](const std::vector<std::string>& options) {
        std::vector<std::string> arguments{"convert", "small.onnx", "-o", "a.tmx", "--data", "calibration.npy"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        return tinamix_json(arguments).value("repair", json());
    };
    const json chosen = repair_of({});
    std::vector<std::string> tried;
    double error = chosen["error_before"];
    for (const json& step : chosen["tried"]) {
        tried.push_back(step["repair"]);
        EXPECT_EQ(step["kept"].get<bool>(), step["error"].get<double>() < error) << step;
        if (step["kept"]) error = step["error"];
    }
    EXPECT_EQ(chosen["error"], error);
    for (const char* name : {"equalize", "bias", "rounding", "scale", "outputs"}) {
        EXPECT_EQ(std::count(tried.begin(), tried.end(), name), 1) << name;
    }
    EXPECT_LE(chosen["error"].get<double>(), chosen["error_before"].get<double>());
    EXPECT_EQ(repair_of({"--repair", "bias"})["made"], "bias");
    EXPECT_EQ(repair_of({"--repair", "rounding,bias"})["made"], "bias,rounding");
    EXPECT_EQ(tinamix_json({"inspect", "a.tmx"})["settings"]["calibration"]["repair"], "bias,rounding");
    EXPECT_EQ(repair_of({"--repair", "equalize,scale"})["made"], "equalize,scale");
    EXPECT_EQ(repair_of({"--repair", "outputs"})["made"], "outputs");
    const json layers = tinamix_json({"inspect", "a.tmx"})["settings"]["layers"];
    EXPECT_EQ(layers, json({{{"name", "fc"}, {"precision", "w8a16"}}}));
    EXPECT_TRUE(repair_of({"--repair", "none"}).is_null());
    EXPECT_TRUE(repair_of({"--precision", "int16"}).is_null());
    const Outcome wrong = place.tinamix(
        {"convert", "small.onnx", "-o", "a.tmx", "--data", "calibration.npy", "--repair", "bias,ronding"});
    EXPECT_EQ(wrong.status, 2);
    EXPECT_NE(wrong.err.find("unknown repair `ronding` (did you mean `rounding`?)"), std::string::npos) << wrong.err;
}

TEST_F(TinamixWalk, YamlHoldsEveryOptionAndTheCommandLineWins) {
    place.write("settings/convert.yaml",
                "model: ../small.onnx\noutput: made.tmx\ndata: {x: ../calibration.npy}\nprecision: int16\nsamples: 4\n"
                "mean: [0, 0, 0]\nstd: 1\nshape: {x: [1, 3, 8, 8]}\nlayers:\n  fc: w8a16\nlabels: later.tsv\n");
    tinamix({"convert", "--config", "settings/convert.yaml"});
    json facts = tinamix_json({"inspect", "settings/made.tmx"});
    EXPECT_EQ(facts["precisions"].contains("w16a16"), true);
    EXPECT_EQ(facts["precisions"]["w8a16"]["layers"], 1);
    EXPECT_EQ(facts["settings"]["calibration"]["samples"], 4);
    tinamix({"convert", "--config", "settings/convert.yaml", "--precision", "int8", "--samples", "3", "-o", "b.tmx"});
    facts = tinamix_json({"inspect", "b.tmx"});
    EXPECT_EQ(facts["precisions"].contains("w8a8"), true);
    EXPECT_EQ(facts["settings"]["calibration"]["samples"], 3);
}

TEST_F(TinamixWalk, FloatPrecisionNeedsNoData) {
    tinamix({"convert", "small.onnx", "-o", "f.tmx", "--precision", "float"});
    EXPECT_EQ(tinamix_json({"inspect", "f.tmx"})["precisions"].size(), 1U);
}

TEST_F(TinamixWalk, FewerSamplesThanAskedForAreMentioned) {
    const Outcome outcome =
        place.tinamix({"convert", "small.onnx", "-o", "a.tmx", "--data", "calibration.npy", "--samples", "40"});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_NE(outcome.err.find("16 samples found, --samples asked for 40"), std::string::npos) << outcome.err;
}

TEST_F(TinamixWalk, DumpAllWritesEveryTensorUnderItsOnnxName) {
    tinamix({"run", "small.onnx", "--input", "x.npy", "--output", "float", "--dump-all"});
    convert("a.tmx", {"--precision", "int16"});
    tinamix({"run", "a.tmx", "--input", "x=x.npy", "--output", "sim", "--dump-all"});
    const json meta = json::parse(place.read("float/meta.json"));
    EXPECT_EQ(meta["tensors"]["relu1/out:0"], "relu1%2Fout%3A0.npy");
    EXPECT_EQ(meta["inputs"], json({"x"}));
    EXPECT_EQ(meta["outputs"], json({"scores"}));
    for (const char* name : {"x", "conv1_out", "relu1/out:0", "conv2_out", "pooled", "flat", "scores"}) {
        ASSERT_TRUE(meta["tensors"].contains(name)) << name;
        EXPECT_TRUE(place.exists("float/" + meta["tensors"][name].get<std::string>()));
    }
    const json comparison = tinamix_json({"compare", "float", "sim", "--min-cosine", "0.999"});
    EXPECT_GE(comparison["tensors"].size(), 6U);
    // Only what the converter added has no counterpart.
    for (const std::string name : comparison["only_in_b"]) EXPECT_NE(name.find('#'), std::string::npos) << name;
}

TEST_F(TinamixWalk, RawResultsAreCodesInStorageOrder) {
    convert("a.tmx");
    write_codes("a.tmx", "codes.npy");
    tinamix({"run", "a.tmx", "--input", "codes.npy", "--output", "one", "--dump-all", "--raw"});
    const json meta = json::parse(place.read("one/meta.json"));
    const ir::Tensor relu = formats::read_npy(place.path("one/" + meta["tensors"]["relu1/out:0"].get<std::string>()));
    EXPECT_EQ(relu.type(), ir::ElementType::kInt8);
    EXPECT_EQ(relu.shape(), (ir::Shape{1, 8, 8, 8}));
    EXPECT_EQ(place.read("one/x.npy"), place.read("codes.npy"));
    // The same inference through the float interface, seen as float32 in ONNX order.
    tinamix({"run", "a.tmx", "--input", "x.npy", "--output", "two"});
    const json facts = tinamix_json({"inspect", "a.tmx"})["outputs"][0];
    const std::vector<float> codes = formats::read_npy(place.path("one/out_0.npy")).to_floats();
    const std::vector<float> values = formats::read_npy(place.path("two/out_0.npy")).to_floats();
    for (size_t i = 0; i < codes.size(); ++i) {
        EXPECT_EQ(values[i], (codes[i] - facts["zero_point"].get<float>()) * facts["scale"].get<float>());
    }
}

TEST_F(TinamixWalk, GoldenHoldsTheDigestOfEveryOpsOutputs) {
    convert("a.tmx");
    tinamix({"golden", "small.onnx", "a.tmx", "--input", "x.npy", "-o", "a.golden"});
    const std::string bytes = place.read("a.golden");
    ASSERT_GT(bytes.size(), 16U);
    EXPECT_EQ(bytes.substr(bytes.size() - 16, 8), "TMGTRAIL");
    uint64_t digest = 0;
    std::memcpy(&digest, bytes.data() + bytes.size() - 8, 8);
    EXPECT_EQ(digest, tmx_digest(bytes.data(), bytes.size() - 8));
    flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size() - 16);
    ASSERT_TRUE(tmx::format::VerifyGoldenBuffer(verifier));
    const tmx::format::Golden& golden = *tmx::format::GetGolden(bytes.data());
    EXPECT_EQ(golden.inputs()->size(), 1U);
    EXPECT_EQ(golden.float_outputs()->Get(0)->values()->size(), 5U);
    const json facts = tinamix_json({"inspect", "a.tmx"});
    EXPECT_EQ(golden.digests()->size(), facts["layer_count"].get<size_t>());

    write_codes("a.tmx", "codes.npy");
    tinamix({"run", "a.tmx", "--input", "codes.npy", "--output", "sim", "--dump-all", "--raw"});
    const json meta = json::parse(place.read("sim/meta.json"));
    for (const auto* entry : *golden.digests()) {
        const ir::Tensor codes =
            formats::read_npy(place.path("sim/" + meta["tensors"][entry->name()->str()].get<std::string>()));
        EXPECT_EQ(entry->digest(), tmx_digest(codes.raw(), codes.bytes())) << entry->name()->str();
    }
}

TEST_F(TinamixWalk, GoldenRefusesAnotherNetwork) {
    convert("a.tmx");
    place.write("other.onnx", small_network("GlobalMaxPool"));
    std::string renamed = small_network();
    for (size_t at = 0; (at = renamed.find("scores", at)) != std::string::npos;) renamed.replace(at, 6, "SCORES");
    place.write("renamed.onnx", renamed);
    const Outcome outcome = place.tinamix({"golden", "renamed.onnx", "a.tmx", "--input", "x.npy", "-o", "a.golden"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.err.find("`SCORES`"), std::string::npos) << outcome.err;
    EXPECT_FALSE(place.exists("a.golden"));
}

TEST_F(TinamixWalk, EvalAgreesWithTheFloatNetworkThatMadeTheLabels) {
    // The labels are what the float network says: it has 100 %, and int16 all but the same.
    std::string labels = "index\tlabel\n";
    for (int64_t i = 0; i < 12; ++i) {
        const ir::Tensor all = formats::read_npy(place.path("calibration.npy"));
        ir::Tensor one(ir::ElementType::kFloat32, {1, 3, 8, 8});
        std::memcpy(one.raw(), all.raw() + static_cast<size_t>(i) * one.bytes(), one.bytes());
        formats::write_npy(place.path("one.npy"), one);
        tinamix({"run", "small.onnx", "--input", "one.npy", "--output", "one"});
        const std::vector<float> scores = formats::read_npy(place.path("one/out_0.npy")).to_floats();
        const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
        labels += std::to_string(i) + "\t" + std::to_string(best + 7) + "\n";
    }
    place.write("labels.tsv", labels);
    const std::vector<std::string> options{"--data",     "calibration.npy", "--labels",
                                           "labels.tsv", "--label-offset",  "-7"};
    const auto eval = [&](const std::string& file) {
        std::vector<std::string> arguments{"eval", file};
        arguments.insert(arguments.end(), options.begin(), options.end());
        return tinamix_json(arguments);
    };
    const json of_float = eval("small.onnx");
    EXPECT_EQ(of_float["samples"], 12);
    EXPECT_EQ(of_float["top1"], 12);
    convert("a.tmx", {"--precision", "int16"});
    EXPECT_GE(eval("a.tmx")["top1"], 11);
    EXPECT_EQ(eval("a.tmx")["top5"], 12);
    const Outcome outcome = place.tinamix({"eval", "a.tmx", "--data", "calibration.npy", "--labels", "labels.tsv"});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_NE(outcome.err.find("--label-offset"), std::string::npos) << outcome.err;
}

TEST_F(TinamixWalk, EvalComparesWithTheModelItWasMadeFrom) {
    const auto fidelity = [&](const std::vector<std::string>& options) {
        std::vector<std::string> arguments{"eval",        "a.tmx",      "--task", "fidelity",
                                           "--reference", "small.onnx", "--data", "calibration.npy"};
        arguments.insert(arguments.end(), options.begin(), options.end());
        return tinamix_json(arguments);
    };
    convert("a.tmx", {"--samples", "8"});
    const json all = fidelity({}), rest = fidelity({"--leave-out", "8"});
    EXPECT_EQ(all["samples"], 16);
    EXPECT_EQ(rest["samples"], 8);
    EXPECT_GT(rest["outputs"][0]["mean_cosine"], 0.99);
    EXPECT_GE(rest["outputs"][0]["mean_cosine"], rest["outputs"][0]["least_cosine"]);
    convert("a.tmx", {"--precision", "float"});
    EXPECT_GT(fidelity({})["outputs"][0]["mean_cosine"], 0.9999999);
    EXPECT_EQ(fidelity({})["outputs"][0]["top1_agreement_percent"], 100);
    EXPECT_EQ(place.tinamix({"eval", "a.tmx", "--task", "fidelity", "--data", "calibration.npy"}).status, 2);
    const Outcome other =
        place.tinamix({"eval", "a.tmx", "--data", "calibration.npy", "--labels", "l.tsv", "--reference", "small.onnx"});
    EXPECT_NE(other.err.find("is for --task fidelity"), std::string::npos) << other.err;
}

TEST_F(TinamixWalk, CompareReportsWhatDiffers) {
    place.write("a/x", "");
    formats::write_npy(place.path("a/same.npy"), ir::Tensor::from<float>({1, 4}, {1, 2, 3, 4}));
    formats::write_npy(place.path("a/shape.npy"), ir::Tensor::from<float>({4}, {1, 2, 3, 4}));
    formats::write_npy(place.path("a/lonely.npy"), ir::Tensor::from<float>({1}, {1}));
    place.write("b/x", "");
    formats::write_npy(place.path("b/same.npy"), ir::Tensor::from<float>({1, 4}, {1, 2, 4, 3}));
    formats::write_npy(place.path("b/shape.npy"), ir::Tensor::from<float>({2, 2}, {1, 2, 3, 4}));
    const json report = tinamix_json({"compare", "a", "b"});
    EXPECT_EQ(report["only_in_a"], json({"lonely"}));
    ASSERT_EQ(report["tensors"].size(), 2U);
    EXPECT_NEAR(report["tensors"][0]["cosine"], 29.0 / 30, 1e-12);
    EXPECT_EQ(report["tensors"][0]["max_abs"], 1);
    EXPECT_EQ(report["tensors"][0]["top1_agreement"], 0);
    EXPECT_EQ(report["tensors"][0]["top5_agreement"], 1);
    EXPECT_NE(report["tensors"][1]["problem"].get<std::string>().find("2x2"), std::string::npos);
    EXPECT_EQ(place.tinamix({"compare", "a", "b", "--min-cosine", "0.5"}).status, 1);
    EXPECT_EQ(place.tinamix({"compare", "a/same.npy", "b/same.npy", "--min-cosine", "0.9"}).status, 0);
    EXPECT_EQ(place.tinamix({"compare", "a/same.npy", "b/same.npy", "--min-cosine", "1", "--columns", "0..1"}).status,
              0);
    EXPECT_EQ(place.tinamix({"compare", "a/same.npy", "b/same.npy", "--columns", "0..4"}).status, 1);
}

}  // namespace
}  // namespace tinamix::tests
