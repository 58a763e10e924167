// Targets and the packing of their kernels.
#include <array>

#include "diagnostics/error.h"
#include "pack/pack.h"

namespace tinamix::pack {

namespace {

// The generic packing has 16 output channels by 4 (int8 dot product), 2 (16-bit multiply-add pairs) or 1 (float32)
// input channels, and the dot product kernels (t527) read it. A53: w8a8 multiplies 16 input channels of 4 output
// channels at a time.
const std::array<Target, 3> kTargets{
    Target{},
    Target{"t527", {{16, 4}, {16, 2}, {16, 2}, {16, 1}}},
    Target{"a53", {{4, 16}, {16, 2}, {16, 2}, {16, 1}}},
};

}  // namespace

Target target_from_name(const std::string& name) {
    for (const Target& target : kTargets) {
        if (target.name == name) return target;
    }
    throw Error("target", "unknown target `" + name + "`", did_you_mean(name, target_names()));
}

std::vector<std::string> target_names() {
    std::vector<std::string> names;
    for (const Target& target : kTargets) names.push_back(target.name);
    return names;
}

}  // namespace tinamix::pack
