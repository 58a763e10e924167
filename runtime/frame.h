// The outer frame of a model file: trailer, checksum, and the FlatBuffer's own structure. Behind this stage the graph
// may be read through the generated accessors, but nothing it says may be believed yet (graph_verifier.h).
#ifndef TINAMIX_RUNTIME_FRAME_H_
#define TINAMIX_RUNTIME_FRAME_H_

#include <stddef.h>
#include <stdint.h>

#include "error_text.h"
#include "graph_format.h"

namespace tmx::runtime {

struct Frame {
    const format::Model* graph;
    const uint8_t* weights;
    uint64_t weights_bytes;
    uint64_t checksum;
    uint64_t key_id;
    uint32_t model_version;
};

/// Checks `bytes` bytes at `data` (64-byte aligned) and fills *frame. `skip_checksum`: do not read the weights.
/// TMX_NOT_A_MODEL, TMX_TOO_NEW, TMX_BAD_CHECKSUM or TMX_CORRUPT_MODEL.
tmx_status open_frame(const uint8_t* data, size_t bytes, bool skip_checksum, Frame* frame, ErrorText& error);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_FRAME_H_
