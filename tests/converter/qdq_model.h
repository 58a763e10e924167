// Writes a float graph as an ONNX model that is quantized with QuantizeLinear and DequantizeLinear, the way
// quantization tools do it: a pair behind every tensor, int8 or int16 weights, int32 biases.
#pragma once

#include <onnx/onnx_pb.h>

#include "calibrate/ranges.h"
#include "ir/graph.h"

namespace tinamix {

struct QdqOptions {
    int32_t activations = onnx::TensorProto::INT8;  ///< INT8, UINT8, INT16 or UINT16
    int32_t weights = onnx::TensorProto::INT8;      ///< INT8 or UINT8 (zero point 128)
    bool per_channel = true;
    int64_t opset = 13;
    /// "" or "com.microsoft", of the Q and D nodes.
    const char* domain = "";
};

/// `graph` is optimized: batch norms and biases are in the convolutions. Conv, Gemm and MatMul by a constant get
/// quantized weights. The names of inputs and outputs are kept; tensor `t` is quantized as `t_q`.
onnx::ModelProto qdq_model(const ir::Graph& graph, const calibrate::Ranges& ranges, const QdqOptions& options = {});

}  // namespace tinamix
