// Boards that are folders of this machine; ssh and adb are scripts that do there what the real ones do
// (tests/boards_check.sh uses the real ones).
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "formats/npy.h"
#include "tinamix_network.h"
#include "tinamix_program.h"

namespace tinamix::tests {

// Options and host first, then the command. TINAMIX_FAKE says how the board behaves.
inline constexpr const char* kFakeSsh = R"sh(#!/bin/sh
while [ $# -gt 1 ]; do shift; done
case "$TINAMIX_FAKE" in
    off) echo "ssh: connect to host board port 22: No route to host" >&2; exit 255 ;;
    slow) sleep 30 ;;
    foreign) [ "$1" = "uname -m" ] && { echo mips; exit 0; } ;;
    full) case "$1" in *df*) echo "/dev/x 100 90 10 90% /x"; exit 0 ;; esac ;;
esac
exec /bin/sh -c "$1"
)sh";
inline constexpr const char* kFakeAdb = R"sh(#!/bin/sh
[ "$1" = -s ] && shift 2
case "$1" in
    get-state) if [ "$TINAMIX_FAKE" = restarted ] && [ ! -e "$0.again" ]; then echo "error: device offline" >&2; exit 1; fi
        echo device ;;
    disconnect) touch "$0.again" ;;
    connect) if [ "$TINAMIX_FAKE" = off ]; then echo "failed to connect to $2"; else echo "connected to $2"; fi ;;
    shell) /bin/sh -c "$2"; exit 0 ;;   # as old adbd: no exit status
    push) cp "$2" "$3" ;;
    *) exit 9 ;;
esac
)sh";

class BoardTest : public testing::Test {
  protected:
    void SetUp() override {
        namespace fs = std::filesystem;
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
        unsetenv("TMX_SYSFS");
    }
    void script(const std::string& name, const std::string& text) const {
        place.write(name, text);
        std::filesystem::permissions(place.path(name), std::filesystem::perms::owner_all);
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

}  // namespace tinamix::tests
