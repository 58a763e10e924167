// One section of a model on the NPU: what the file says about it, and what the driver made of it.
#ifndef TINAMIX_RUNTIME_NPU_NPU_CALL_H_
#define TINAMIX_RUNTIME_NPU_NPU_CALL_H_

#include "npu/nbg_header.h"
#include "tensor.h"

namespace tmx::npu {

inline constexpr int32_t kMaxInputs = 16;
inline constexpr int32_t kMaxOutputs = 8;

struct Border {
    const runtime::Tensor* tensor;
    bool as_uint8;  ///< the NBG holds the int8 code plus 128
};

/// State of an NpuCall op (op.h). Filled when the model is verified.
struct NpuCall {
    const uint8_t* nbg;
    uint64_t nbg_bytes;
    NbgHeader header;
    int32_t input_count;
    int32_t output_count;
    Border inputs[kMaxInputs];
    Border outputs[kMaxOutputs];
};

}  // namespace tmx::npu

#endif  // TINAMIX_RUNTIME_NPU_NPU_CALL_H_
