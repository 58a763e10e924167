// Quantized graph -> model file: layouts, borders, packed weights, tables, memory plan, FlatBuffer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "quantize/plan.h"

namespace tinamix::pack {

/// What the file is packed for.
struct Target {
    std::string name = "generic";
    /// Packing of convolution weights per precision (w8a8, w8a16, w16a16, f32).
    struct Packing {
        int nr, kr;
    };
    Packing packing[4] = {{16, 4}, {16, 2}, {16, 2}, {16, 1}};
};
/// Throws Error with the nearest name.
Target target_from_name(const std::string& name);
std::vector<std::string> target_names();

/// The complete bytes of the .tmx file, deterministic. `settings` is JSON that the file carries.
std::vector<uint8_t> pack(const ir::Graph& graph, const quantize::Plan& plan, const Target& target,
                          const std::string& settings);

}  // namespace tinamix::pack
