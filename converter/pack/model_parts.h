// A model file taken apart, changed, and put together again without what nothing uses any more.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tinamix_generated.h"

namespace tinamix::pack {

struct ModelParts {
    tmx::format::ModelT model;
    std::vector<uint8_t> weights;
    uint32_t model_version = 0;
};

/// `file` is a complete model file that tmx_model_open accepts.
ModelParts read_model_parts(const std::string& file);

/// Appends bytes to the weight segment.
tmx::format::Span add_to_weights(ModelParts& parts, const std::string& bytes);

/// Drops tensors that no op, input, output or state needs (names of memory that is needed stay), and bytes of the
/// weight segment that no op and no constant names.
void drop_unused(ModelParts& parts);

}  // namespace tinamix::pack
