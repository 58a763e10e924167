// Reading sysfs; see processor_state.h. Files: Documentation/ABI of the Linux kernel, cpufreq and thermal.
#include "tool/processor_state.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool/session.h"

namespace tmx::tool {
namespace {

constexpr uint64_t kLookEvery = 100000000;  // nanoseconds
/// Less than this part of the highest clock is a lower one, and no rounding of it.
constexpr double kFullClock = 0.95;
constexpr double kKilohertzPerMegahertz = 1000;
/// Sensors give thousandths of a degree. Those of some older kernels give degrees: no processor is that cold.
constexpr double kLeastMillidegrees = 1000;
constexpr double kColdest = -60, kHottest = 200;

/// The first word of a file, or "" when it cannot be read: sensors that are off are errors of read.
struct Word {
    char text[64];

    explicit Word(const char* path) : text{} {
        FILE* file = fopen(path, "re");
        if (file == nullptr) return;
        if (fscanf(file, "%63s", text) != 1) text[0] = '\0';
        fclose(file);
    }
    double number() const { return strtod(text, nullptr); }
};

const char* sysfs() {
    const char* folder = getenv("TMX_SYSFS");
    return folder == nullptr || folder[0] == '\0' ? "/sys" : folder;
}

Word cpufreq(int core, const char* name) {
    Text path;
    path.format("%s/devices/system/cpu/cpu%d/cpufreq/%s", sysfs(), core, name);
    return Word(path.c_str());
}

/// Calls visit(folder of the device) for the entries of class/thermal that begin with `prefix`.
template <typename Visit>
void each_thermal(const char* prefix, Visit visit) {
    Text folder, path;
    folder.format("%s/class/thermal", sysfs());
    DIR* entries = opendir(folder.c_str());
    if (entries == nullptr) return;
    while (const struct dirent* entry = readdir(entries)) {
        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0) continue;
        path.clear();
        path.format("%s/%s", folder.c_str(), entry->d_name);
        visit(path.c_str());
    }
    closedir(entries);
}

double warmest_zone() {
    double warmest = 0;
    each_thermal("thermal_zone", [&warmest](const char* zone) {
        Text path;
        path.format("%s/temp", zone);
        double celsius = Word(path.c_str()).number();
        if (celsius >= kLeastMillidegrees || celsius <= -kLeastMillidegrees) celsius /= 1000;
        if (celsius > warmest && celsius > kColdest && celsius < kHottest) warmest = celsius;
    });
    return warmest;
}

bool processor_is_cooled() {
    bool cooled = false;
    each_thermal("cooling_device", [&cooled](const char* device) {
        Text type, state;
        type.format("%s/type", device);
        state.format("%s/cur_state", device);
        // "thermal-cpufreq-0", "cpufreq-cpu0", "cpu-throttling"; fans and backlights are cooling devices too.
        cooled = cooled || (strstr(Word(type.c_str()).text, "cpu") != nullptr && Word(state.c_str()).number() > 0);
    });
    return cooled;
}

void lower(double* least, double value) {
    if (value > 0 && (*least == 0 || value < *least)) *least = value;
}

}  // namespace

ProcessorState processor_state() {
    ProcessorState state = {};
    const int core = sched_getcpu();
    state.core = core < 0 ? 0 : core;
    state.clock_mhz = cpufreq(state.core, "scaling_cur_freq").number() / kKilohertzPerMegahertz;
    state.highest_mhz = cpufreq(state.core, "cpuinfo_max_freq").number() / kKilohertzPerMegahertz;
    state.allowed_mhz = cpufreq(state.core, "scaling_max_freq").number() / kKilohertzPerMegahertz;
    snprintf(state.governor, sizeof(state.governor), "%.31s", cpufreq(state.core, "scaling_governor").text);
    state.celsius = warmest_zone();
    state.cooling = processor_is_cooled();
    return state;
}

void ProcessorWatch::take(const ProcessorState& state) {
    if (looks_ == 0) first_ = state;
    ++looks_;
    last_ = state;
    lower(&lowest_mhz_, state.clock_mhz);
    lower(&least_allowed_mhz_, state.allowed_mhz);
    if (state.clock_mhz > highest_seen_mhz_) highest_seen_mhz_ = state.clock_mhz;
    if (state.celsius > warmest_) warmest_ = state.celsius;
    cooling_ = cooling_ || state.cooling;
}

void ProcessorWatch::look() {
    const uint64_t now = now_nanoseconds();
    if (now < next_look_) return;
    next_look_ = now + kLookEvery;
    take(processor_state());
}

void ProcessorWatch::finish() { take(processor_state()); }

bool ProcessorWatch::throttled() const {
    const double full = kFullClock * last_.highest_mhz;
    return cooling_ || (lowest_mhz_ > 0 && lowest_mhz_ < full) || (least_allowed_mhz_ > 0 && least_allowed_mhz_ < full);
}

void ProcessorWatch::append_reason(Text* out) const {
    const double full = kFullClock * last_.highest_mhz;
    if (cooling_) {
        out->append("the kernel cools the processor by slowing it down");
    } else if (least_allowed_mhz_ > 0 && least_allowed_mhz_ < full) {
        out->format("the clock was not allowed above %.0f MHz", least_allowed_mhz_);
    } else {
        out->format("the clock was down to %.0f MHz", lowest_mhz_);
    }
}

void ProcessorWatch::append_text(Text* out) const {
    if (!knows_clock()) {
        out->append("clock      the kernel does not tell\n");
    } else {
        out->format("clock      %.0f MHz", lowest_mhz_);
        if (highest_seen_mhz_ > lowest_mhz_) out->format(" to %.0f MHz", highest_seen_mhz_);
        out->format(" of %.0f (core %d, governor ", last_.highest_mhz, last_.core);
        out->append_printable(last_.governor[0] == '\0' ? "unknown" : last_.governor);
        out->append(")\n");
    }
    if (warmest_ > 0) {
        out->format("heat       %.0f C before, %.0f C after, at most %.0f C\n", first_.celsius, last_.celsius,
                    warmest_);
    }
    if (throttled()) {
        out->append("THROTTLED  ");
        append_reason(out);
        out->append(": these times are not its best\n");
    }
}

void ProcessorWatch::write_json(JsonWriter* json) const {
    json->key("processor");
    json->begin_object();
    if (knows_clock()) {
        json->member_integer("core", last_.core);
        json->member_real("lowest_clock_mhz", lowest_mhz_);
        json->member_real("clock_mhz", last_.clock_mhz);
        json->member_real("allowed_clock_mhz", least_allowed_mhz_);
        json->member_real("highest_clock_mhz", last_.highest_mhz);
        json->member("governor", last_.governor);
    }
    if (warmest_ > 0) {
        json->member_real("celsius_before", first_.celsius);
        json->member_real("celsius_after", last_.celsius);
        json->member_real("celsius_highest", warmest_);
    }
    json->member_boolean("throttled", throttled());
    if (throttled()) {
        Text reason;
        append_reason(&reason);
        json->member("reason", reason.c_str());
    }
    json->end_object();
}

}  // namespace tmx::tool
