// What tmx bench says about clock, governor, temperature and throttling, on sysfs folders made here.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "tmx_json_reader.h"
#include "tmx_program.h"
#include "tmx_test_model.h"

namespace tmx::tool {
namespace {

class ProcessorTest : public testing::Test {
  protected:
    ProcessorTest() { folder_.write("net.tmx", test_model()); }

    void sysfs(const std::string& name, const std::string& text) const {
        const std::filesystem::path path = folder_.path("sys/" + name);
        std::filesystem::create_directories(path.parent_path());
        folder_.write("sys/" + name, text + "\n");
    }
    /// The same for whichever core the run happens to be on.
    void cpufreq(const std::string& name, const std::string& text) const {
        for (long core = 0; core < sysconf(_SC_NPROCESSORS_CONF); ++core) {
            sysfs("devices/system/cpu/cpu" + std::to_string(core) + "/cpufreq/" + name, text);
        }
    }
    void clock(const std::string& now, const std::string& allowed, const std::string& highest) const {
        cpufreq("scaling_cur_freq", now);
        cpufreq("scaling_max_freq", allowed);
        cpufreq("cpuinfo_max_freq", highest);
        cpufreq("scaling_governor", "schedutil");
    }
    ProgramResult bench(const std::string& options = "") const {
        return run_tmx(folder_, "bench net.tmx --runs 2 " + options, "export TMX_SYSFS=" + folder_.path("sys"));
    }
    Json processor() const {
        const auto json = read_json(bench("--json").out);
        EXPECT_TRUE(json);
        return json ? (*json)["processor"] : Json();
    }
    void expect_text(const std::string& part) const {
        const ProgramResult result = bench();
        EXPECT_EQ(result.status, 0) << result.err;
        EXPECT_NE(result.out.find(part), std::string::npos) << part << "\n" << result.out;
    }

    TemporaryFolder folder_;
};

TEST_F(ProcessorTest, AtItsHighestClockItIsNotThrottled) {
    clock("1416000", "1416000", "1416000");
    sysfs("class/thermal/thermal_zone0/temp", "41500");
    sysfs("class/thermal/thermal_zone1/temp", "47250");
    sysfs("class/thermal/cooling_device0/type", "thermal-cpufreq-0");
    sysfs("class/thermal/cooling_device0/cur_state", "0");
    const Json found = processor();
    EXPECT_EQ(found["clock_mhz"].number, 1416);
    EXPECT_EQ(found["lowest_clock_mhz"].number, 1416);
    EXPECT_EQ(found["highest_clock_mhz"].number, 1416);
    EXPECT_EQ(found["governor"].string, "schedutil");
    EXPECT_EQ(found["celsius_after"].number, 47.25);
    EXPECT_FALSE(found["throttled"].boolean);
    expect_text("clock      1416 MHz of 1416 (core ");
    expect_text("governor schedutil)");
    expect_text("heat       47 C before, 47 C after, at most 47 C");
    EXPECT_EQ(bench().out.find("THROTTLED"), std::string::npos);
}

TEST_F(ProcessorTest, ALowerClockIsThrottled) {
    clock("1008000", "1416000", "1416000");
    EXPECT_TRUE(processor()["throttled"].boolean);
    EXPECT_EQ(processor()["reason"].string, "the clock was down to 1008 MHz");
    expect_text("THROTTLED  the clock was down to 1008 MHz: these times are not its best");
}

TEST_F(ProcessorTest, ALowerLimitIsThrottled) {
    clock("1200000", "1200000", "1416000");
    EXPECT_EQ(processor()["reason"].string, "the clock was not allowed above 1200 MHz");
}

TEST_F(ProcessorTest, CoolingOfTheProcessorIsThrottledAndThatOfOthersIsNot) {
    clock("1416000", "1416000", "1416000");
    sysfs("class/thermal/cooling_device0/type", "pwm-fan");
    sysfs("class/thermal/cooling_device0/cur_state", "3");
    EXPECT_FALSE(processor()["throttled"].boolean);
    sysfs("class/thermal/cooling_device1/type", "cpufreq-cpu0");
    sysfs("class/thermal/cooling_device1/cur_state", "1");
    EXPECT_TRUE(processor()["throttled"].boolean);
    EXPECT_EQ(processor()["reason"].string, "the kernel cools the processor by slowing it down");
}

TEST_F(ProcessorTest, WhatTheKernelDoesNotTellIsSaid) {
    std::filesystem::create_directories(folder_.path("sys"));
    Json found = processor();
    EXPECT_FALSE(found.has("clock_mhz"));
    EXPECT_FALSE(found.has("celsius_after"));
    EXPECT_FALSE(found["throttled"].boolean);
    expect_text("clock      the kernel does not tell");
    // Sensors that are off or broken, and kernels that give whole degrees.
    sysfs("class/thermal/thermal_zone0/temp", "-274000");
    sysfs("class/thermal/thermal_zone1/temp", "");
    EXPECT_FALSE(processor().has("celsius_after"));
    sysfs("class/thermal/thermal_zone2/temp", "52");
    found = processor();
    EXPECT_EQ(found["celsius_after"].number, 52);
}

}  // namespace
}  // namespace tmx::tool
