// Boards from the host: profiles, keys, and flash, check and bench over each transport.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tinamix_board.h"

namespace tinamix::tests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

TEST_F(BoardTest, ProfilesAreListedShownAndChecked) {
    const json boards = json::parse(run({"boards", "--json"}));
    for (const char* name :
         {"v853", "v851s", "t527", "a733", "k1", "k230", "d1", "virtual/arm64", "virtual/armhf", "virtual/riscv64"}) {
        EXPECT_TRUE(std::any_of(boards.begin(), boards.end(), [&](const json& b) { return b["name"] == name; }))
            << name;
    }
    EXPECT_NE(run({"boards"}).find("Allwinner V853"), std::string::npos);
    const json v853 = json::parse(run({"boards", "v853", "--json"}));
    EXPECT_EQ(v853["npu"]["target_id"], "0xEE");
    EXPECT_EQ(v853["cpu"]["architecture"], "armv7");
    EXPECT_NE(run({"boards", "d1"}).find("reference kernels"), std::string::npos);
    expect_failure({"boards", "v835"}, "unknown board `v835` (did you mean `v853`");
    EXPECT_EQ(v853["costs"], "v853");
    EXPECT_NE(run({"boards", "d1"}).find("no table"), std::string::npos);
    place.write("wrong.yaml", "summary: x\ncpu: {architecture: arm9, cores: 1, clock_mhz: 1, features: []}\n");
    expect_failure({"boards", "wrong.yaml"}, "wrong.yaml:2: `cpu.architecture` cannot be `arm9`");
}

TEST_F(BoardTest, ConvertTakesBoardsAsTargetsAndWarnsWhenAModelDoesNotFit) {
    const std::vector<std::string> convert = {"convert", "small.onnx",      "-o",      "b.tmx",
                                              "--data",  "calibration.npy", "--target"};
    const auto with = [&convert](const std::string& target) {
        std::vector<std::string> arguments = convert;
        arguments.push_back(target);
        return arguments;
    };
    Outcome outcome = place.tinamix(with("v851s,v853"));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.err.find("warning"), std::string::npos) << outcome.err;
    EXPECT_EQ(json::parse(run({"inspect", "b.tmx", "--json"}))["target"], "v853");
    for (const auto& [target, costs] : {std::pair{"a733", "t527"}, {"k230", "k1"}, {"virtual/arm64", "a53"}}) {
        std::vector<std::string> arguments = with(target);
        arguments.push_back("--json");
        EXPECT_EQ(json::parse(run(arguments))["predicted"]["board"], costs);
    }
    board("tiny", "kind: local", "", "total_mib: 1, model_mib: 0.001");
    outcome = place.tinamix(with("tiny.yaml"));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_NE(outcome.err.find("more than the 0.001 MB that board tiny.yaml has for a model"), std::string::npos)
        << outcome.err;
    expect_failure(with("v854"), "unknown target `v854`", 2);
}

TEST_F(BoardTest, FlashUpdatesAndComesBackOverEveryTransport) {
    for (const char* transport : {"local", "ssh", "adb"}) {
        const std::string yaml = std::string(transport) + ".yaml";
        fs::remove_all(place.path("root/data"));
        std::string said = run({"flash", "v1.tmx", "--board", yaml, "--golden", "v1.golden", "--name", "net"});
        EXPECT_NE(said.find("installed and active, golden check: all "), std::string::npos) << transport << said;
        const json second =
            json::parse(run({"flash", "v2.tmx", "--board", yaml, "--golden", "v2.golden", "--name", "net", "--json"}));
        EXPECT_TRUE(second["changed"]) << transport;
        EXPECT_TRUE(second["on_trial"]) << transport;
        EXPECT_EQ(second["model_version"], 2) << transport;
        expect_failure({"flash", "v1.tmx", "--board", yaml, "--name", "net"}, "TMX_DOWNGRADE");
        expect_failure({"flash", "v1.tmx", "--board", yaml, "--golden", "v2.golden", "--name", "net", "--force"},
                       "belongs to another model");
        said = run({"check", "v2.tmx", "v2.golden", "--board", yaml, "--html", "check.html"});
        EXPECT_NE(said.find(" tensors exact"), std::string::npos) << transport << said;
        EXPECT_NE(place.read("check.html").find("bit for bit"), std::string::npos);
        const json bench = json::parse(run({"bench", "v2.tmx", "--board", yaml, "--runs", "3", "--json"}));
        EXPECT_EQ(bench["runs"], 3) << transport;
        EXPECT_TRUE(bench["processor"].contains("throttled")) << transport;
        for (const auto& entry : fs::directory_iterator(place.path("root/data/models"))) {
            EXPECT_EQ(entry.path().filename().string().find(".upload"), std::string::npos)
                << "left over: " << entry.path();
        }
    }
}

TEST_F(BoardTest, BoardsThatAreAbsentFullForeignOrSlowAreNamed) {
    const std::vector<std::string> flash = {"flash", "v1.tmx", "--board", "ssh.yaml", "--timeout", "1"};
    const auto as = [&](const char* behaviour, const std::string& message) {
        setenv("TINAMIX_FAKE", behaviour, 1);
        expect_failure(flash, message);
    };
    as("off", "not reachable: ssh: connect to host board port 22: No route to host");
    as("slow", "no answer for 1 s");
    as("foreign", "is a mips system, but board ssh.yaml is " TEST_ARCHITECTURE);
    as("full", "has 0.0 MB free");
    setenv("TINAMIX_FAKE", "off", 1);
    expect_failure({"flash", "v1.tmx", "--board", "adb.yaml"}, "not reachable: failed to connect to board:5555");
    setenv("TINAMIX_FAKE", "restarted", 1);
    run({"flash", "v1.tmx", "--board", "adb.yaml"});
    EXPECT_TRUE(place.exists("bin/adb.again")) << "the connection of before the restart is given up";
    unsetenv("TINAMIX_FAKE");
    fs::remove(place.path("root/usr/bin/tmx"));
    expect_failure(flash, "--tmx FILE brings a tmx along");
    run({"flash", "v1.tmx", "--board", "ssh.yaml", "--tmx", TMX_PROGRAM});
    expect_failure({"flash", "v1.tmx"}, "--board", 2);
    expect_failure({"flash", "small.onnx", "--board", "ssh.yaml"}, "must be a .tmx file", 2);
    expect_failure({"flash", "v1.tmx", "--board", "ssh.yaml", "--transport", "usb"}, "usb", 2);
    expect_failure({"flash", "v1.tmx", "--board", "t527"}, "give --address user@host");
}

TEST_F(BoardTest, BoardsWithAKeyTakeSignedModelsOnly) {
    const std::string said = run({"keygen", "-o", "factory"});
    EXPECT_NE(said.find("factory.key: secret"), std::string::npos);
    EXPECT_EQ(fs::status(place.path("factory.key")).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    expect_failure({"keygen", "-o", "factory"}, "keys are not overwritten");
    fs::create_directories(place.path("root/data/models/keys"));
    fs::copy_file(place.path("factory.pub"), place.path("root/data/models/keys/factory.pub"));
    const std::vector<std::string> flash = {"flash", "v1.tmx", "--board", "local.yaml", "--golden", "v1.golden"};
    expect_failure(flash, "TMX_BAD_SIGNATURE");
    EXPECT_EQ(place.tinamix({"sign", "v1.tmx", "--verify", "factory.pub"}).status, 1);
    EXPECT_NE(run({"sign", "v1.tmx", "--key", "factory.key"}).find("signed by key "), std::string::npos);
    EXPECT_EQ(run({"sign", "v1.tmx", "--verify", "factory.pub"}), "v1.tmx: signed by factory.pub\n");
    run(flash);
    run({"keygen", "-o", "other"});
    run({"sign", "v2.tmx", "--key", "other.key", "-o", "v2.signed.tmx"});
    expect_failure({"flash", "v2.signed.tmx", "--board", "local.yaml", "--name", "v1"},
                   "which this board does not trust");
    expect_failure({"sign", "v1.tmx", "--key", "factory.pub"}, "is a public key");
    expect_failure({"sign", "v1.tmx", "--key", "small.onnx"}, "is not a secret key");
    std::string damaged = place.read("v2.tmx");
    damaged[100] = static_cast<char>(damaged[100] ^ 1);
    place.write("damaged.tmx", damaged);
    expect_failure({"sign", "damaged.tmx", "--key", "factory.key"}, "wrong checksum");
}

}  // namespace
}  // namespace tinamix::tests
