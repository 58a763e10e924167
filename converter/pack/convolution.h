// What Conv, ConvTranspose, Gemm and MatMul by a constant have in common: filters, quantized and packed, in an op.
#pragma once

#include <string>
#include <vector>

#include "pack/lowering.h"

namespace tinamix::pack {

/// Filters as [output][tap][input of the group], outputs group by group; bias possibly empty.
struct Filters {
    std::vector<float> weights, bias;
    int64_t groups = 1, out_channels = 0, taps = 1, group_inputs = 1;
    /// What a model that comes quantized states, per output channel; else empty (stated_filters.cpp).
    std::vector<float> stated_scale = {};
    std::vector<int32_t> stated_bias = {};
};

/// Fills in what the model states about the weights and the bias of an integer layer: the scales of the former, along
/// `output_axis`, and the integers of the latter where they count in steps of input scale times weight scale. Throws
/// Error for weights without kernels.
void take_stated(const Lowering& lowering, const ir::Node& node, int64_t output_axis, Filters& filters);

/// One convolution as the file has it.
struct Convolution {
    int source;               ///< tensor, an image
    ir::Shape input, output;  ///< images
    tmx::format::Window2D window;
    Filters filters;
    int result;  ///< tensor, an image
};

/// Emits a Conv2D, or a DepthwiseConv2D where every group has one input channel: for several filters per channel the
/// input's channels are repeated first. The result has the quantization of `fused`, and its layer's name.
void emit_convolution(Lowering& lowering, const ir::Node& node, const FusedOutput& fused, Convolution convolution);

}  // namespace tinamix::pack
