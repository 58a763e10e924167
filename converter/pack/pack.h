// Quantized graph -> model file: layouts, borders, packed weights, tables, memory plan, FlatBuffer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "quantize/plan.h"

namespace tinamix::pack {

/// What the file is packed for: one board profile, or several.
struct Target {
    /// "generic", "v853,t527".
    std::string name;
    struct Packing {
        int nr, kr;
        bool operator==(const Packing&) const = default;
    };
    /// Packings of convolution weights per precision (w8a8, w8a16, w16a16, f32): what the profiles' kernels read, in
    /// the order of the profiles, each once. The file carries all of them.
    std::vector<Packing> packings[4];
};
/// Profiles separated by commas. Throws Error with the nearest name, or if a profile is named twice.
Target target_from_name(const std::string& name);
/// Of single profiles.
std::vector<std::string> target_names();

/// The complete bytes of the .tmx file, deterministic. `settings` is JSON that the file carries; `model_version` what
/// its publisher counts (0: not said).
std::vector<uint8_t> pack(const ir::Graph& graph, const quantize::Plan& plan, const Target& target,
                          const std::string& settings, uint32_t model_version = 0);

}  // namespace tinamix::pack
