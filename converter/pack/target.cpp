// Targets and the packing of their kernels.
#include <array>

#include "diagnostics/error.h"
#include "pack/pack.h"

namespace tinamix::pack {

namespace {

// One packing serves all processors for now: 16 output channels by 4 (int8 dot product), 2 (16-bit multiply-add pairs)
// or 1 (float32) input channels.
const std::array<Target, 1> kTargets{Target{}};

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
