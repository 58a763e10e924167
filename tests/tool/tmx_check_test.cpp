// Golden files: what is written is accepted, every change of it is refused, and differences are found and named.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tinamix.h"
#include "tmx_json_reader.h"
#include "tmx_program.h"
#include "tmx_test_model.h"
#include "tool/golden_file.h"

namespace tmx::tool {
namespace {

class CheckTest : public testing::Test {
  protected:
    CheckTest() : model_(test_model()) { folder_.write("net.tmx", model_); }

    bool opens(const std::string& bytes) {
        GoldenFile file;
        error_.clear();
        return file.parse("x.golden", bytes.data(), bytes.size(), &error_);
    }
    /// `tmx check` on the golden file of the model, altered.
    ProgramResult check(const std::function<void(format::GoldenT&)>& change = {}, const std::string& options = "") {
        format::GoldenT golden = test_golden(model_);
        if (change) change(golden);
        folder_.write("net.golden", golden_bytes(golden));
        return run_tmx(folder_, "check net.tmx net.golden " + options);
    }
    void expect_refused(const ProgramResult& result, const std::string& message) {
        EXPECT_EQ(result.status, 1);
        EXPECT_EQ(result.out, "");
        EXPECT_NE(result.err.find("net.golden: " + message), std::string::npos) << result.err;
    }

    TemporaryFolder folder_;
    std::string model_;
    Text error_;
};

TEST_F(CheckTest, TheSameBitsAreExact) {
    const ProgramResult result = check();
    EXPECT_EQ(result.status, 0) << result.out << result.err;
    EXPECT_NE(result.out.find("all 4 tensors exact"), std::string::npos) << result.out;
    EXPECT_EQ(result.out.find("DIFFERS"), std::string::npos);
    EXPECT_EQ(check({}, "--threads 2").status, 0);
    const auto json = read_json(check({}, "--json").out);
    ASSERT_TRUE(json);
    EXPECT_TRUE((*json)["exact"].boolean);
    EXPECT_EQ((*json)["tensors"].size(), 4U);
    EXPECT_EQ((*json)["unchecked"].number, 0);
    ASSERT_EQ((*json)["outputs"].size(), 2U);
    EXPECT_EQ((*json)["outputs"][0]["max_abs"].number, 0.25);  // the test's float outputs lie that far away
    EXPECT_GT((*json)["outputs"][1]["cosine"].number, 0.99);
    EXPECT_FALSE(json->has("first_differing_layer"));
}

TEST_F(CheckTest, ADifferenceIsNamedByItsFirstLayer) {
    const auto change = [](format::GoldenT& golden) {
        golden.digests[3]->digest ^= 1;
        golden.digests[1]->digest ^= uint64_t{1} << 63;
    };
    const ProgramResult result = check(change);
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.out.find("2 of 4 tensors differ, the first in layer `pool/2` (tensor `pool:0`)"),
              std::string::npos)
        << result.out;
    const ProgramResult as_json = check(change, "--json");
    EXPECT_EQ(as_json.status, 1);
    const auto json = read_json(as_json.out);
    ASSERT_TRUE(json);
    EXPECT_FALSE((*json)["exact"].boolean);
    EXPECT_EQ((*json)["differing"].number, 2);
    EXPECT_EQ((*json)["first_differing_layer"].string, "pool/2");
    EXPECT_EQ((*json)["first_differing_tensor"].string, "pool:0");
    EXPECT_TRUE((*json)["tensors"][0]["exact"].boolean);
    EXPECT_FALSE((*json)["tensors"][1]["exact"].boolean);
}

TEST_F(CheckTest, InputsAndAliasesCanHaveDigestsToo) {
    const auto add = [](uint32_t tensor, const char* name, uint64_t digest) {
        return [=](format::GoldenT& golden) {
            golden.digests.push_back(std::make_unique<format::GoldenDigestT>());
            golden.digests.back()->tensor = tensor;
            golden.digests.back()->name = name;
            golden.digests.back()->digest = digest;
        };
    };
    const uint64_t pooled = test_golden(model_).digests[1]->digest;
    EXPECT_EQ(check(add(3, "flat", pooled)).status, 0) << "an alias holds the bytes of its owner";
    const ProgramResult wrong = check(add(0, "image", 1));
    EXPECT_EQ(wrong.status, 1);
    EXPECT_NE(wrong.out.find("the first in layer `(input)` (tensor `image`)"), std::string::npos) << wrong.out;
}

TEST_F(CheckTest, TensorsWithoutDigestAreCounted) {
    const ProgramResult result = check([](format::GoldenT& golden) { golden.digests.pop_back(); });
    EXPECT_EQ(result.status, 0);
    EXPECT_NE(result.out.find("all 3 tensors exact, 1 without a digest"), std::string::npos) << result.out;
}

TEST_F(CheckTest, LayersAreComparedWhereTheFileHasTheirFloatValues) {
    EXPECT_FALSE((*read_json(check({}, "--json").out))["tensors"][1].has("cosine"));
    // pool:0 is what dequantized codes can be: multiples of 0.25.
    const auto change = [](format::GoldenT& golden) { golden.digests[1]->float_values.assign(8, 0.5F); };
    const ProgramResult text = check(change);
    EXPECT_EQ(text.status, 0) << text.err;
    EXPECT_NE(text.out.find("cosine to float  SNR dB  max abs error\n"), std::string::npos) << text.out;
    const auto json = read_json(check(change, "--json").out);
    ASSERT_TRUE(json);
    EXPECT_FALSE((*json)["tensors"][0].has("cosine"));
    const Json& pooled = (*json)["tensors"][1];
    EXPECT_GT(pooled["cosine"].number, 0);
    EXPECT_LT(pooled["cosine"].number, 1);
    EXPECT_GT(pooled["max_abs"].number, 0);
    EXPECT_TRUE(pooled["exact"].boolean);
    expect_refused(check([](format::GoldenT& golden) { golden.digests[1]->float_values.assign(9, 0); }),
                   "corrupt: its float values of tensor `pool:0` are 9, the tensor has 8");
}

TEST_F(CheckTest, AGoldenFileOfAnotherModelIsRefused) {
    expect_refused(check([](format::GoldenT& golden) { ++golden.model_checksum; }), "belongs to another model");
    expect_refused(check([](format::GoldenT& golden) { golden.inputs.clear(); }),
                   "holds 0 inputs, but the model has 1");
    expect_refused(check([](format::GoldenT& golden) { golden.inputs[0]->name = "picture"; }),
                   "input 0 is `picture` 1x1x4x4, but the model has `image` 1x1x4x4");
    expect_refused(check([](format::GoldenT& golden) {
                       golden.float_outputs[0]->shape = {8, 1};
                   }),
                   "output 0 is `scores` 8x1, but the model has `scores` 1x8");
    expect_refused(check([](format::GoldenT& golden) { golden.digests[0]->tensor = 99; }), "corrupt: its digest");
    expect_refused(check([](format::GoldenT& golden) { golden.digests[0]->name = "conv2"; }), "corrupt: its digest");
    expect_refused(check([](format::GoldenT& golden) {
                       golden.digests[1]->tensor = golden.digests[0]->tensor;
                       golden.digests[1]->name = golden.digests[0]->name;
                   }),
                   "corrupt: its digest of tensor 1 `conv1/out` stands there twice");
}

TEST_F(CheckTest, ContentThatCannotBeIsRefused) {
    const auto refused = [this](const std::function<void(format::GoldenT&)>& change) {
        format::GoldenT golden = test_golden(model_);
        change(golden);
        return !opens(golden_bytes(golden));
    };
    EXPECT_FALSE(refused([](format::GoldenT&) {}));
    EXPECT_TRUE(refused([](format::GoldenT& golden) { golden.digests.clear(); }));
    EXPECT_TRUE(refused([](format::GoldenT& golden) { golden.inputs[0]->values.pop_back(); }));
    EXPECT_TRUE(refused([](format::GoldenT& golden) { golden.inputs[0]->shape = {-4, -4}; }));
    EXPECT_TRUE(refused([](format::GoldenT& golden) { golden.inputs[0]->shape = {65536, 65536, 65536, 65536}; }));
    EXPECT_TRUE(refused([](format::GoldenT& golden) { golden.inputs[0]->shape = {1, 1, 1, 1, 1, 1, 16}; }));
    EXPECT_TRUE(refused([](format::GoldenT& golden) { golden.float_outputs[1]->shape = {0, 32}; }));
}

TEST_F(CheckTest, EveryChangedByteAndEveryTruncationIsRefused) {
    const std::string good = golden_bytes(test_golden(model_));
    ASSERT_TRUE(opens(good)) << error_.c_str();
    for (size_t i = 0; i < good.size(); ++i) {
        for (const int flip : {0x01, 0x80, 0xFF}) {
            std::string bad = good;
            bad[i] = static_cast<char>(bad[i] ^ flip);
            ASSERT_FALSE(opens(bad)) << "byte " << i;
            ASSERT_NE(error_.size(), 0U);
        }
        ASSERT_FALSE(opens(good.substr(0, i))) << "cut to " << i;
    }
    EXPECT_FALSE(opens(good + '\0'));
    EXPECT_FALSE(opens(good + good));
    folder_.write("x.golden",
                  std::string(good).replace(good.size() / 2, 1, 1, static_cast<char>(~good[good.size() / 2])));
    EXPECT_NE(run_tmx(folder_, "check net.tmx x.golden").err.find("x.golden: wrong checksum"), std::string::npos);
}

TEST_F(CheckTest, ChangesUnderARecomputedChecksumNeverCrash) {
    const std::string good = golden_bytes(test_golden(model_));
    const size_t covered = good.size() - 8;
    for (size_t i = 0; i < covered - 8; ++i) {
        for (const int flip : {0x01, 0x80, 0xFF}) {
            std::string bad = good.substr(0, covered);
            bad[i] = static_cast<char>(bad[i] ^ flip);
            const uint64_t digest = tmx_digest(bad.data(), bad.size());
            for (int shift = 0; shift < 64; shift += 8) bad += static_cast<char>(digest >> shift & 255);
            GoldenFile file;
            Text error;
            if (!file.parse("x.golden", bad.data(), bad.size(), &error)) {
                ASSERT_NE(error.size(), 0U);
                continue;
            }
            // Accepted: then everything in it can be read. (Values and names may of course have changed.)
            uint64_t sum = 0;
            for (uint32_t f = 0; f < file.frame_count(); ++f) {
                const GoldenFrame frame = file.frame(f);
                for (const auto* digest_entry : *frame.digests) sum += digest_entry->name()->size();
                for (const auto* array : *frame.inputs) sum += array->values()->size();
            }
            ASSERT_NE(sum, 0U);
        }
    }
}

TEST_F(CheckTest, OtherFilesAreRefused) {
    folder_.write("x.golden", model_);
    EXPECT_NE(run_tmx(folder_, "check net.tmx x.golden").err.find("x.golden: not a golden file"), std::string::npos);
    folder_.write("x.golden", "");
    EXPECT_NE(run_tmx(folder_, "check net.tmx x.golden").err.find("only 0 bytes"), std::string::npos);
    EXPECT_NE(run_tmx(folder_, "check net.tmx none.golden").err.find("No such file"), std::string::npos);
}

}  // namespace
}  // namespace tmx::tool
