// Conv, Gemm and MatMul by a constant: quantize the filters per output channel, pack them, describe the op.
#include <algorithm>

#include "diagnostics/error.h"
#include "kernels/kernel_table.h"
#include "pack/lowering.h"
#include "pack/weight_packing.h"
#include "quantize/weights.h"

namespace tinamix::pack {

namespace fb = tmx::format;
using quantize::NumberFormat;
using quantize::Precision;
using quantize::Quantization;

namespace {

/// Filters as [out][tap][in], bias possibly empty.
struct Filters {
    std::vector<float> weights, bias;
    FilterBank bank;
};

struct PackedFilters {
    std::unique_ptr<fb::PackedWeightsT> weights;
    std::unique_ptr<fb::OutputStageT> output;
    fb::Accumulator accumulator = fb::Accumulator::Int32;
};

std::unique_ptr<fb::Span> span(const fb::Span& value) { return std::make_unique<fb::Span>(value); }

std::unique_ptr<fb::PackedWeightsT> packed_weights(const fb::Span& where, fb::DataType type, const FilterBank& bank) {
    auto packed = std::make_unique<fb::PackedWeightsT>();
    packed->type = type;
    packed->span = span(where);
    packed->nr = static_cast<uint8_t>(bank.nr);
    packed->kr = static_cast<uint8_t>(bank.kr);
    return packed;
}

PackedFilters pack_float(Lowering& lowering, Filters filters, const FusedOutput& fused) {
    PackedFilters result;
    filters.bias.resize(static_cast<size_t>(filters.bank.out_channels));
    result.weights = packed_weights(lowering.weights().add(pack_filters<float>(filters.bank, filters.weights)),
                                    fb::DataType::Float32, filters.bank);
    result.output = std::make_unique<fb::OutputStageT>();
    result.output->bias = span(lowering.weights().add(filters.bias));
    set_f32_clamp(*result.output, fused.bounds);
    return result;
}

PackedFilters pack_integer(Lowering& lowering, const ir::Node& node, const Filters& filters, const FusedOutput& fused) {
    const Quantization& output = lowering.form(fused.value);
    const Precision precision = lowering.precision(node);
    quantize::LayerWeights layer;
    layer.weights = filters.weights;
    layer.bias = filters.bias;
    layer.channels = filters.bank.out_channels;
    layer.inputs = filters.bank.in_channels_per_group;
    layer.input = lowering.input_form(node, 0);
    layer.output = output;
    layer.precision = precision;
    layer.where = node.name;
    const quantize::QuantizedWeights quantized = quantize::quantize_weights(layer);

    PackedFilters result;
    const bool wide_weights = precision == Precision::kW16A16;
    const fb::Span weights = wide_weights ? lowering.weights().add(pack_filters<int16_t>(filters.bank, quantized.codes))
                                          : lowering.weights().add(pack_filters<int8_t>(filters.bank, quantized.codes));
    result.weights = packed_weights(weights, wide_weights ? fb::DataType::Int16 : fb::DataType::Int8, filters.bank);
    result.output = std::make_unique<fb::OutputStageT>();
    result.accumulator = quantized.wide_accumulator ? fb::Accumulator::Int64 : fb::Accumulator::Int32;
    result.output->bias =
        span(quantized.wide_accumulator
                 ? lowering.weights().add(quantized.bias)
                 : lowering.weights().add(std::vector<int32_t>(quantized.bias.begin(), quantized.bias.end())));
    std::vector<int32_t> multipliers;
    std::vector<uint8_t> shifts;
    for (const quantize::Rescale& rescale : quantized.rescale) {
        multipliers.push_back(rescale.multiplier);
        shifts.push_back(static_cast<uint8_t>(rescale.shift));
    }
    result.output->multipliers = span(lowering.weights().add(multipliers));
    result.output->shifts = span(lowering.weights().add(shifts));
    const quantize::CodeRange codes = quantize::clamp_codes(output, fused.bounds.lo, fused.bounds.hi);
    result.output->clamp_min = codes.min;
    result.output->clamp_max = codes.max;
    return result;
}

PackedFilters pack_layer(Lowering& lowering, const ir::Node& node, Filters filters, const FusedOutput& fused) {
    if (lowering.precision(node) == Precision::kF32) return pack_float(lowering, std::move(filters), fused);
    return pack_integer(lowering, node, filters, fused);
}

int32_t element_bytes(NumberFormat format) {
    return format == NumberFormat::kInt8 ? 1 : format == NumberFormat::kInt16 ? 2 : 4;
}

/// `row_channels`: what the padding row of the kernels must hold, per group.
uint64_t scratch_bytes(const fb::Window2D& window, const WindowSize& size, int64_t row_channels, NumberFormat format) {
    tmx::kernels::Window kernel_window{window.kernel_h(),   window.kernel_w(),   window.stride_h(), window.stride_w(),
                                       window.dilation_h(), window.dilation_w(), window.pad_top(),  window.pad_left()};
    return tmx::kernels::conv_scratch_bytes(static_cast<int32_t>(size.in_h), static_cast<int32_t>(size.in_w),
                                            static_cast<int32_t>(size.out_h), static_cast<int32_t>(size.out_w),
                                            kernel_window, static_cast<int32_t>(row_channels), element_bytes(format));
}

/// ONNX weights [out][in/groups][kh][kw] as [out][tap][in].
std::vector<float> taps_outside(const ir::Tensor& weights) {
    const ir::Shape& shape = weights.shape();
    return to_storage(weights.to_floats(), shape, Layout{0, 2, 3, 1});
}

void emit_fully_connected(Lowering& lowering, const ir::Node& node, Filters filters) {
    const ir::ValueId input = node.inputs[0];
    const ir::Shape& shape = lowering.shape(input);
    const int64_t depth = shape.back(), rows = ir::element_count(shape) / depth;
    const int64_t out_channels = filters.bank.out_channels;
    const int source =
        lowering.view(lowering.read(node, 0, identity_layout(shape.size())), ir::Shape{1, 1, rows, depth});
    const FusedOutput fused = lowering.fuse_activation(node);

    PackedFilters packed = pack_layer(lowering, node, std::move(filters), fused);
    fb::Conv2DT options;
    options.window = std::make_unique<fb::Window2D>(1, 1, 1, 1, 1, 1, 0, 0, 0, 0);
    options.weights.push_back(std::move(packed.weights));
    options.output = std::move(packed.output);
    options.accumulator = packed.accumulator;
    const int rows_tensor = lowering.derive(lowering.graph().value(fused.value).name + "#rows",
                                            lowering.form(fused.value), ir::Shape{1, 1, rows, out_channels});
    fb::OpT& op = lowering.emit(fused.layer, fused.onnx_type, lowering.precision(node), std::move(options), {source},
                                {rows_tensor});
    op.macs = static_cast<uint64_t>(rows * depth * out_channels);
    lowering.define_alias(fused.value, rows_tensor, identity_layout(lowering.shape(fused.value).size()));
}

}  // namespace

void lower_conv(Lowering& lowering, const ir::Node& node) {
    const ir::Tensor& weights = lowering.constant_input(node, 1);
    const ir::Shape& input = lowering.shape(node.inputs[0]);
    if (input.size() != 4) {
        throw Error(node.name,
                    "Conv over " + std::to_string(input.size()) + " dimensions; only images (4) are supported");
    }
    const ir::Shape& kernel = weights.shape();
    const ir::Shape& output = lowering.shape(node.outputs[0]);
    const int64_t groups = node.integer("group", 1), taps = kernel[2] * kernel[3];
    const int source = lowering.read(node, 0, channels_last(4));
    const FusedOutput fused = lowering.fuse_activation(node);
    const WindowSize size{input[2], input[3], output[2], output[3]};
    const fb::Window2D window = window_options(node, size, kernel[2], kernel[3]);

    const bool depthwise = groups == input[1] && kernel[0] == input[1] && groups > 1;
    const Target::Packing& blocks = lowering.target().packing[static_cast<int>(lowering.precision(node))];
    Filters filters;
    filters.weights = taps_outside(weights);
    if (node.inputs.size() > 2 && node.inputs[2] != ir::kNoValue) {
        filters.bias = lowering.constant_input(node, 2).to_floats();
    }
    filters.bank = {static_cast<int>(groups),
                    static_cast<int>(kernel[0]),
                    static_cast<int>(taps),
                    static_cast<int>(kernel[1]),
                    depthwise ? 1 : blocks.nr,
                    depthwise ? 1 : blocks.kr,
                    depthwise};

    PackedFilters packed = pack_layer(lowering, node, std::move(filters), fused);
    const int result = lowering.define(fused.value, channels_last(4));
    const NumberFormat format = lowering.format(node);
    fb::OpT* op = nullptr;
    if (depthwise) {
        fb::DepthwiseConv2DT options;
        options.window = std::make_unique<fb::Window2D>(window);
        options.weights = std::move(packed.weights);
        options.output = std::move(packed.output);
        options.accumulator = packed.accumulator;
        op = &lowering.emit(fused.layer, fused.onnx_type, lowering.precision(node), std::move(options), {source},
                            {result});
    } else {
        fb::Conv2DT options;
        options.window = std::make_unique<fb::Window2D>(window);
        options.groups = static_cast<int32_t>(groups);
        options.weights.push_back(std::move(packed.weights));
        options.output = std::move(packed.output);
        options.accumulator = packed.accumulator;
        op = &lowering.emit(fused.layer, fused.onnx_type, lowering.precision(node), std::move(options), {source},
                            {result});
    }
    op->scratch_bytes = scratch_bytes(window, size, depthwise ? input[1] : kernel[1], format);
    op->macs = static_cast<uint64_t>(ir::element_count(output) * taps * kernel[1]);
}

void lower_gemm(Lowering& lowering, const ir::Node& node) {
    const ir::Tensor& matrix = lowering.constant_input(node, 1);
    if (matrix.shape().size() != 2) throw Error(node.name, node.op + " needs a matrix as second operand");
    const bool gemm = node.op == "Gemm";
    if (gemm && node.integer("transA", 0) != 0) throw Error(node.name, "Gemm with transA has no board implementation");
    const bool rows_are_outputs = gemm && node.integer("transB", 0) != 0;
    const int64_t outputs = matrix.shape()[rows_are_outputs ? 0 : 1], depth = matrix.shape()[rows_are_outputs ? 1 : 0];

    Filters filters;
    filters.weights =
        rows_are_outputs ? matrix.to_floats() : to_storage(matrix.to_floats(), matrix.shape(), Layout{1, 0});
    const float alpha = gemm ? node.real("alpha", 1.0F) : 1.0F, beta = gemm ? node.real("beta", 1.0F) : 1.0F;
    for (float& weight : filters.weights) weight *= alpha;
    if (gemm && node.inputs.size() > 2 && node.inputs[2] != ir::kNoValue) {
        filters.bias = lowering.constant_input(node, 2).to_floats();
        if (filters.bias.size() == 1) filters.bias.assign(static_cast<size_t>(outputs), filters.bias[0]);
        if (filters.bias.size() != static_cast<size_t>(outputs)) {
            throw Error(node.name, "Gemm needs a bias with one value per output column");
        }
        for (float& bias : filters.bias) bias *= beta;
    }
    const Target::Packing& blocks = lowering.target().packing[static_cast<int>(lowering.precision(node))];
    filters.bank = {1, static_cast<int>(outputs), 1, static_cast<int>(depth), blocks.nr, blocks.kr, false};
    emit_fully_connected(lowering, node, std::move(filters));
}

}  // namespace tinamix::pack
