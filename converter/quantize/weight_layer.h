// What a Conv, Gemm or MatMul is as a matrix product: which elements of its input meet which weights.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "ir/graph.h"

namespace tinamix::quantize {

/// outputs[o] = bias[o] + sum over i of weights[o][i] * column[i], for every position of the output; the output
/// channels split evenly over `groups`, each with its own columns.
struct WeightLayer {
    int node = -1;
    ir::ValueId input = ir::kNoValue, weights = ir::kNoValue, bias = ir::kNoValue;
    bool takes_bias = false;  ///< the operator has a place for a bias, used or not
    int64_t groups = 1;
    int64_t channels = 0;   ///< output channels of all groups
    int64_t inputs = 0;     ///< length of a column
    int64_t positions = 0;  ///< columns of one inference, per group

    /// The constant weights as [channels][inputs], and back to the shape of the ONNX tensor.
    std::vector<float> rows(const ir::Graph& graph) const;
    ir::Tensor tensor(const ir::Graph& graph, const std::vector<float>& rows) const;

    /// Offsets into the input (ONNX order) of column `position` of `group`; -1 where padding is read.
    void offsets(int64_t group, int64_t position, std::vector<int64_t>& result) const;

    /// One spatial dimension of a convolution.
    struct Axis {
        int64_t kernel, stride, dilation, pad, input, output;
    };
    std::vector<Axis> axes;             ///< height and width of a convolution; empty for a matrix product
    bool weights_by_input_row = false;  ///< the ONNX tensor is [inputs][channels]
};

/// Nothing for any other operator, for weights that are not constant, and for a Gemm that scales or transposes its
/// input.
std::optional<WeightLayer> weight_layer(const ir::Graph& graph, int node);

}  // namespace tinamix::quantize
