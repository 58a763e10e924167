// A verified tensor: what the file says about it, checked, with its memory resolved.
#ifndef TINAMIX_RUNTIME_TENSOR_H_
#define TINAMIX_RUNTIME_TENSOR_H_

#include <stddef.h>
#include <stdint.h>

#include "error_text.h"
#include "graph_format.h"
#include "kernels/kernel_types.h"

namespace tmx::runtime {

using kernels::kMaxRank;

/// Kernels count elements and rows in 32 bits; half of that leaves room for window arithmetic.
inline constexpr int64_t kMaxTensorElements = int64_t{1} << 30;

struct Tensor {
    const char* name;
    format::DataType type;
    bool constant;
    bool derived;
    uint8_t onnx_axes[kMaxRank];  ///< always filled; identity where the file says nothing
    int32_t rank;
    int32_t shape[kMaxRank];  ///< storage order
    float scale;
    int32_t zero_point;
    int32_t alias_of;  ///< or -1
    int32_t owner;     ///< alias_of, or the tensor itself
    uint64_t offset;   ///< in the arena, or in the weight segment
    size_t elements;
    size_t bytes;
    void* data;
};

/// 1, 2 or 4.
inline int32_t element_bytes(format::DataType type) {
    return type == format::DataType::Int8 ? 1 : type == format::DataType::Int16 ? 2 : 4;
}
const char* type_name(format::DataType type);
/// Codes with a scale: neither real numbers nor indices.
inline bool is_quantized(format::DataType type) {
    return type == format::DataType::Int8 || type == format::DataType::Int16;
}

/// Memory that tensors may lie in.
struct TensorMemory {
    uint8_t* arena;  ///< null as long as there is none
    uint64_t arena_bytes;
    const uint8_t* weights;
    uint64_t weights_bytes;
};

/// Fills tensors[0 .. file.tensors()->size()) from the file, or says which tensor is wrong and why (TMX_CORRUPT_MODEL).
tmx_status read_tensors(const format::Model& file, const TensorMemory& memory, Tensor* tensors, ErrorText& error);

/// Same element type and quantization: codes of one are codes of the other.
bool same_quantization(const Tensor& a, const Tensor& b);

}  // namespace tmx::runtime

#endif  // TINAMIX_RUNTIME_TENSOR_H_
