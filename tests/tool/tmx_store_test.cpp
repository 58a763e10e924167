// The store from the command line: what people see. What it promises is tested in tests/store.
#include <gtest/gtest.h>

#include "tmx_json_reader.h"
#include "tmx_program.h"
#include "tmx_test_model.h"

namespace tmx::tool {
namespace {

class StoreProgramTest : public testing::Test {
  protected:
    StoreProgramTest() {
        const std::string model = test_model([](format::ModelT& graph) {
            for (const auto& op : graph.ops) {
                if (auto* conv = op->options.AsConv2D()) conv->weights.erase(conv->weights.begin());
            }
        });
        folder_.write("net.tmx", model);
        folder_.write("net.golden", golden_bytes(test_golden(model)));
    }
    ProgramResult tmx(const std::string& arguments) const { return run_tmx(folder_, arguments); }
    std::string failure(const std::string& arguments, int status) const {
        const ProgramResult result = tmx(arguments);
        EXPECT_EQ(result.status, status) << arguments;
        EXPECT_EQ(result.out, "") << arguments;
        return result.err;
    }

    TemporaryFolder folder_;
};

TEST_F(StoreProgramTest, InstallListReportRemove) {
    ProgramResult result = tmx("install net.tmx --golden net.golden --name net --store store");
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.out.find("net: version "), std::string::npos) << result.out;
    EXPECT_NE(result.out.find(" installed and active, golden check: all 4 tensors exact\n"), std::string::npos)
        << result.out;
    result = tmx("install net.tmx --name net --store store --json");
    const auto outcome = read_json(result.out);
    ASSERT_TRUE(outcome) << result.out;
    EXPECT_FALSE((*outcome)["changed"].boolean);

    result = tmx("list --store store --verify");
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.out.find("active"), std::string::npos) << result.out;
    const auto list = read_json(tmx("list --store store --json").out);
    ASSERT_TRUE(list);
    EXPECT_TRUE((*list)["intact"].boolean);
    ASSERT_EQ((*list)["models"].size(), 1U);
    const Json& version = (*list)["models"][0]["versions"][0];
    EXPECT_TRUE(version["active"].boolean && version["intact"].boolean);
    EXPECT_EQ(version["version"].string, (*outcome)["version"].string);

    EXPECT_EQ(tmx("report net healthy --store store").status, 0);
    EXPECT_EQ(tmx("gc --store store").out, "0 files removed, 0 bytes; 0 kept because a process has them open\n");
    EXPECT_EQ(tmx("remove net --store store").out, "net: removed\n");
    EXPECT_EQ(tmx("list --store store").out, "the store is empty\n");
}

TEST_F(StoreProgramTest, MistakesAreNamed) {
    EXPECT_NE(failure("install net.tmx --name net", 2).find("which store? Give --store DIR, or set TMX_STORE"),
              std::string::npos);
    EXPECT_NE(failure("install net.tmx --store store", 2).find("option `--name NAME` is missing"), std::string::npos);
    EXPECT_NE(failure("install net.tmx --name a/b --store store", 1).find("cannot be the name of a model"),
              std::string::npos);
    EXPECT_NE(failure("install net.tmx --name net --trial 100 --store store", 2).find("from 0 to 99"),
              std::string::npos);
    EXPECT_NE(failure("list --store none", 1).find("'none' is not a store of models"), std::string::npos);
    EXPECT_NE(failure("report net well --store store", 2).find("expected `healthy` or `failed`"), std::string::npos);
    ASSERT_EQ(tmx("install net.tmx --name net --store store").status, 0);
    EXPECT_NE(failure("rollback net --store store", 1).find("no previous version"), std::string::npos);
    EXPECT_NE(failure("remove other --store store", 1).find("no model is installed as 'other'"), std::string::npos);
    EXPECT_NE(failure("install net.tmx --name net --store /proc/none", 1).find("cannot make the folder"),
              std::string::npos);
}

TEST_F(StoreProgramTest, ADamagedStoreIsShownAsSuch) {
    ASSERT_EQ(tmx("install net.tmx --name net --store store").status, 0);
    std::string slot = folder_.read("store/slots/net");
    slot[20] = static_cast<char>(slot[20] ^ 1);
    std::filesystem::remove(folder_.path("store/slots/net"));
    folder_.write("store/slots/net", slot);
    const ProgramResult result = tmx("list --store store");
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.out.find("DAMAGED"), std::string::npos) << result.out;
}

/// A model from before the board had a key is whole, but no longer trusted.
TEST_F(StoreProgramTest, WhatIsWholeButNotTrustedIsListedAsThat) {
    ASSERT_EQ(tmx("install net.tmx --name net --store store").status, 0);
    std::filesystem::create_directory(folder_.path("store/keys"));
    // RFC 8032, 7.1, test 1.
    folder_.write("store/keys/factory.pub",
                  "tinamix-public-key d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\n");
    const ProgramResult result = tmx("list --verify --store store");
    EXPECT_EQ(result.status, 1);
    EXPECT_NE(result.out.find("active, NOT TRUSTED"), std::string::npos) << result.out;
    EXPECT_EQ(result.out.find("DAMAGED"), std::string::npos) << result.out;
    EXPECT_NE(result.out.find(": the model is not signed"), std::string::npos) << result.out;
    const auto json = read_json(tmx("list --verify --store store --json").out);
    ASSERT_TRUE(json);
    EXPECT_EQ((*json)["models"][0]["versions"][0]["status"].string, "TMX_BAD_SIGNATURE");
    EXPECT_GT((*json)["models"][0]["versions"][0]["bytes"].number, 0);
    EXPECT_EQ(tmx("list --store store").status, 0) << "signatures are looked at by --verify";
}

}  // namespace
}  // namespace tmx::tool
