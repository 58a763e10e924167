// Targets and the packing of their kernels.
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
const std::array<Target, 5> kTargets{
    Target{},
    Target{"t527", {{16, 4}, {16, 2}, {8, 1}, {16, 1}}},
    Target{"a53", {{4, 16}, {16, 2}, {8, 1}, {16, 1}}},
    Target{"v853", {{8, 2}, {8, 1}, {8, 1}, {16, 1}}},
    Target{"k1", {{64, 1}, {64, 1}, {64, 1}, {64, 1}}},
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
