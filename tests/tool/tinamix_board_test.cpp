// Boards from the host: profiles, keys, and flash, check and bench over each transport. The boards are folders of this
// machine; ssh and adb are scripts that do there what the real ones do (tests/boards_check.sh uses the real ones).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "formats/npy.h"
#include "tinamix_network.h"
#include "tinamix_program.h"

namespace tinamix::tests {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// Options and host first, then the command. TINAMIX_FAKE says how the board behaves.
constexpr const char* kFakeSsh = R"sh(#!/bin/sh
while [ $# -gt 1 ]; do shift; done
case "$TINAMIX_FAKE" in
    off) echo "ssh: connect to host board port 22: No route to host" >&2; exit 255 ;;
    slow) sleep 30 ;;
    foreign) [ "$1" = "uname -m" ] && { echo mips; exit 0; } ;;
    full) case "$1" in *df*) echo "/dev/x 100 90 10 90% /x"; exit 0 ;; esac ;;
esac
exec /bin/sh -c "$1"
)sh";
constexpr const char* kFakeAdb = R"sh(#!/bin/sh
[ "$1" = -s ] && shift 2
case "$1" in
    connect) if [ "$TINAMIX_FAKE" = off ]; then echo "failed to connect to $2"; else echo "connected to $2"; fi ;;
    shell) /bin/sh -c "$2"; exit 0 ;;   # as old adbd: no exit status
    push) cp "$2" "$3" ;;
    *) exit 9 ;;
esac
)sh";

class BoardTest : public testing::Test {
  protected:
    void SetUp() override {
        place.write("small.onnx", small_network());
        formats::write_npy(place.path("x.npy"), small_samples(1));
        formats::write_npy(place.path("calibration.npy"), small_samples(16, 2));
        script("bin/ssh", kFakeSsh);
        script("bin/adb", kFakeAdb);
        const char* path = getenv("PATH");
        old_path_ = path == nullptr ? "" : path;
        setenv("PATH", (place.path("bin") + ":" + old_path_).c_str(), 1);
        board("local", "kind: local, address: " + place.path("root"));
        // Over these the board's absolute paths are the machine's own.
        board("ssh", "kind: ssh, address: root@board:2222", place.path("root"));
        board("adb", "kind: adb, address: 'board:5555'", place.path("root"));
        fs::create_directories(place.path("root/usr/bin"));
        fs::create_symlink(TMX_PROGRAM, place.path("root/usr/bin/tmx"));
        model("v1", 1);
        model("v2", 2);
    }
    void TearDown() override {
        setenv("PATH", old_path_.c_str(), 1);
        unsetenv("TINAMIX_FAKE");
    }
    void script(const std::string& name, const std::string& text) const {
        place.write(name, text);
        fs::permissions(place.path(name), fs::perms::owner_all);
    }
    void board(const std::string& name, const std::string& transport, const std::string& root = "",
               const std::string& memory = "total_mib: 64, model_mib: 16") const {
        place.write(name + ".yaml", "summary: a test\ncpu: {architecture: " TEST_ARCHITECTURE
                                    ", cores: 1, clock_mhz: 1000, features: []}\ntarget: generic\nmemory: {" +
                                        memory + "}\nmodels: " + root + "/data/models\ntmx: " + root +
                                        "/usr/bin/tmx\ntransport: {" + transport + "}\n");
    }
    void model(const std::string& name, int version) const {
        run({"convert", "small.onnx", "-o", name + ".tmx", "--data", "calibration.npy", "--model-version",
             std::to_string(version), "--precision", version == 1 ? "int8" : "int16"});
        run({"golden", "small.onnx", name + ".tmx", "--input", "x.npy", "-o", name + ".golden"});
    }
    std::string run(const std::vector<std::string>& arguments) const {
        const Outcome outcome = place.tinamix(arguments);
        EXPECT_EQ(outcome.status, 0) << arguments[0] << ": " << outcome.err;
        return outcome.out;
    }
    void expect_failure(const std::vector<std::string>& arguments, const std::string& message, int status = 1) const {
        const Outcome outcome = place.tinamix(arguments);
        EXPECT_EQ(outcome.status, status) << arguments[0];
        EXPECT_NE(outcome.err.find(message), std::string::npos) << outcome.err;
    }

    Workplace place;
    std::string old_path_;
};

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
        EXPECT_TRUE(bench["board"].contains("throttled")) << transport;
        for (const auto& entry : fs::directory_iterator(place.path("root/data/models"))) {
            EXPECT_EQ(entry.path().filename().string().find(".upload"), std::string::npos)
                << "left over: " << entry.path();
        }
    }
}

TEST_F(BoardTest, CheckNamesWhatDiffersAndKeepsThresholds) {
    const json report = json::parse(run({"check", "v1.tmx", "v1.golden", "--board", "local.yaml", "--json"}));
    EXPECT_TRUE(report["exact"]);
    EXPECT_GT(report["outputs"][0]["simulation"]["cosine"], 0.9);
    EXPECT_NEAR(report["outputs"][0]["simulation"]["cosine"].get<double>(),
                report["outputs"][0]["board"]["cosine"].get<double>(), 1e-6);
    EXPECT_EQ(place.tinamix({"check", "v1.tmx", "v1.golden", "--board", "local.yaml", "--min-cosine", "1"}).status, 1);
    // A board that computes something else: its tmx says so.
    fs::remove(place.path("root/usr/bin/tmx"));
    script("root/usr/bin/tmx",
           std::string("#!/bin/sh\n'") + TMX_PROGRAM + "' \"$@\" | sed 's/\"exact\": true/\"exact\": false/'\n");
    const Outcome differing =
        place.tinamix({"check", "v1.tmx", "v1.golden", "--board", "local.yaml", "--html", "bad.html"});
    EXPECT_EQ(differing.status, 1);
    EXPECT_NE(differing.out.find(" tensors differ from the simulation, the first in layer `"), std::string::npos)
        << differing.out << differing.err;
    EXPECT_NE(place.read("bad.html").find("differs</span>"), std::string::npos);
    expect_failure({"check", "v1.tmx", "v2.golden", "--board", "local.yaml"}, "belongs to another model");
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
