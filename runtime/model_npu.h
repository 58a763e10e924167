// Sections for an NPU of an open model: who runs each of them.
#ifndef TINAMIX_RUNTIME_MODEL_NPU_H_
#define TINAMIX_RUNTIME_MODEL_NPU_H_

#include "model.h"

namespace tmx::runtime {

/// Connects each section with the NPU, or decides for its CPU copy (tmx_options::npu). The ops have been prepared.
tmx_status connect_npu(const tmx_options& options, tmx_model* model, ErrorText& error);

/// Runs NPU section number `section` on the NPU. TMX_NPU_UNAVAILABLE where the CPU copy runs from the beginning.
tmx_status run_npu_call(tmx_model& model, int32_t section);

/// False if the driver may still use the model's memory.
bool disconnect_npu(tmx_model* model);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_MODEL_NPU_H_
