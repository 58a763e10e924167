// What the converter's search needs beyond the public interface: many models over one set of constants, and ops run one
// at a time, so that a trial computes only what differs from a model that has already run.
#ifndef TINAMIX_RUNTIME_PARTS_H_
#define TINAMIX_RUNTIME_PARTS_H_

#include <stdint.h>

#include "graph_format.h"
#include "tinamix.h"

namespace tmx::runtime {

/// Opens a graph whose weight segment lies elsewhere. Both are the caller's, outlive the model, and the segment starts
/// on 64 bytes. The FlatBuffer itself must be well formed (it comes from the same process); what it says is verified
/// like that of any file. The message of a failure is tmx_last_error(NULL).
[[nodiscard]] tmx_status open_parts(const format::Model& graph, const uint8_t* weights, uint64_t weights_bytes,
                                    const tmx_options& options, tmx_model** model);

/// Computes op `op` from what the arena holds. The observer is not called.
void run_one_op(tmx_model& model, int32_t op);

/// Writes float32 values in ONNX order, as many as it has elements, to tensor `tensor`: quantized and reordered as an
/// input would be. Not for constants.
void write_tensor(const tmx_model& model, int32_t tensor, const float* values);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_PARTS_H_
