// The last steps of packing, for whoever has the file's tables and the weight segment: offsets in the arena, and bytes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tinamix_generated.h"

namespace tinamix::pack {

/// Bytes of the tensor's elements.
uint64_t tensor_bytes(const tmx::format::TensorT& tensor);

/// Gives every tensor in the arena and every scratch area its offset, a multiple of `alignment` (64 or a multiple of
/// it), and sets arena_bytes. Both ways through a section for an NPU keep what they need.
void place_in_arena(tmx::format::ModelT& model, uint64_t alignment);

/// The file: FlatBuffer, `weights`, trailer. Sets model.weights_bytes.
std::vector<uint8_t> model_image(tmx::format::ModelT& model, std::span<const uint8_t> weights, uint32_t model_version);

}  // namespace tinamix::pack
