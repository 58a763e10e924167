// Targets and the packing of their kernels.
#include <algorithm>
#include <array>

#include "diagnostics/error.h"
#include "pack/pack.h"

namespace tinamix::pack {

namespace {

// generic: 16 output channels by 4 (int8 dot product), 2 (16-bit multiply-add pairs) or 1 (float32) input channels; the
// dot product kernels of t527 read it too.
// a53 (Cortex-A53, NEON without dot product): w8a8 multiplies 16 input channels of 4 output channels at a time.
// v853 (Cortex-A7): 8 output channels, what 4 pixels of 32-bit sums leave room for; pairs of input channels where an
// instruction adds pairs (kernels/neon32).
// w16a16 on every ARM: one input channel at a time by 8 output channels, whose sums are of two registers each.
// k1 (RISC-V vectors): one input channel at a time times 64 output channels, the 32-bit sums of eight registers of 256
// bits. The width is the file's, not the processor's: other vector lengths read the same 64 in parts.
struct Profile {
    const char* name;
    Target::Packing packing[4];
};
constexpr std::array<Profile, 5> kProfiles{{
    {"generic", {{16, 4}, {16, 2}, {16, 2}, {16, 1}}},
    {"t527", {{16, 4}, {16, 2}, {8, 1}, {16, 1}}},
    {"a53", {{4, 16}, {16, 2}, {8, 1}, {16, 1}}},
    {"v853", {{8, 2}, {8, 1}, {8, 1}, {16, 1}}},
    {"k1", {{64, 1}, {64, 1}, {64, 1}, {64, 1}}},
}};

const Profile& profile_from_name(const std::string& name) {
    for (const Profile& profile : kProfiles) {
        if (name == profile.name) return profile;
    }
    throw Error("target", "unknown target `" + name + "`", did_you_mean(name, target_names()));
}

}  // namespace

Target target_from_name(const std::string& name) {
    Target target;
    target.name = name;
    std::vector<std::string> seen;
    for (size_t begin = 0; begin <= name.size();) {
        const size_t end = std::min(name.find(',', begin), name.size());
        const std::string one = name.substr(begin, end - begin);
        const Profile& profile = profile_from_name(one);
        if (std::find(seen.begin(), seen.end(), one) != seen.end()) {
            throw Error("target", "`" + one + "` is named twice in `" + name + "`");
        }
        seen.push_back(one);
        for (int precision = 0; precision < 4; ++precision) {
            std::vector<Target::Packing>& packings = target.packings[precision];
            const Target::Packing& packing = profile.packing[precision];
            if (std::find(packings.begin(), packings.end(), packing) == packings.end()) packings.push_back(packing);
        }
        begin = end + 1;
    }
    return target;
}

std::vector<std::string> target_names() {
    std::vector<std::string> names;
    for (const Profile& profile : kProfiles) names.push_back(profile.name);
    return names;
}

}  // namespace tinamix::pack
