// Filters quantized per output channel, packed for the target's kernels, in a Conv2D or DepthwiseConv2D.
#include "pack/convolution.h"

#include <algorithm>

#include "kernels/kernel_table.h"
#include "model_file.h"
#include "pack/weight_packing.h"
#include "quantize/weights.h"

namespace tinamix::pack {

namespace fb = tmx::format;
using quantize::NumberFormat;
using quantize::Precision;
using quantize::Quantization;

namespace {

std::unique_ptr<fb::Span> span(const fb::Span& value) { return std::make_unique<fb::Span>(value); }

/// The filters as elements of `Element` in every packing of the target (a depthwise bank has only its own).
template <typename Element, typename Code>
std::vector<fb::PackedWeightsT> pack_alternatives(Lowering& lowering, Precision precision, FilterBank bank,
                                                  fb::DataType type, const std::vector<Code>& codes) {
    std::vector<Target::Packing> packings{{1, 1}};
    if (!bank.depthwise) packings = lowering.target().packings[static_cast<int>(precision)];
    std::vector<fb::PackedWeightsT> alternatives;
    for (const Target::Packing& packing : packings) {
        bank.nr = packing.nr;
        bank.kr = packing.kr;
        fb::PackedWeightsT packed;
        packed.type = type;
        packed.span = span(lowering.weights().add(pack_filters<Element>(bank, codes)));
        packed.nr = static_cast<uint8_t>(packing.nr);
        packed.kr = static_cast<uint8_t>(packing.kr);
        alternatives.push_back(std::move(packed));
    }
    return alternatives;
}

PackedFilters pack_float(Lowering& lowering, const FilterBank& bank, const Filters& filters, const FusedOutput& fused) {
    PackedFilters result;
    std::vector<float> bias = filters.bias;
    bias.resize(static_cast<size_t>(bank.out_channels));
    result.weights = pack_alternatives<float>(lowering, Precision::kF32, bank, fb::DataType::Float32, filters.weights);
    result.output.bias = span(lowering.weights().add(bias));
    set_f32_clamp(result.output, fused.bounds);
    return result;
}

PackedFilters pack_integer(Lowering& lowering, const ir::Node& node, const FilterBank& bank, const Filters& filters,
                           const FusedOutput& fused) {
    const Quantization& output = lowering.form(fused.value);
    const Precision precision = lowering.precision(node);
    quantize::LayerWeights layer;
    layer.weights = filters.weights;
    layer.bias = filters.bias;
    layer.channels = bank.out_channels;
    layer.inputs = bank.in_channels_per_group;
    layer.input = lowering.input_form(node, 0);
    layer.output = output;
    layer.precision = precision;
    layer.where = node.name;
    layer.stated_scale = filters.stated_scale;
    layer.stated_bias = filters.stated_bias;
    const quantize::QuantizedWeights quantized = quantize::quantize_weights(layer);

    PackedFilters result;
    result.weights = precision == Precision::kW16A16
                         ? pack_alternatives<int16_t>(lowering, precision, bank, fb::DataType::Int16, quantized.codes)
                         : pack_alternatives<int8_t>(lowering, precision, bank, fb::DataType::Int8, quantized.codes);
    result.short_runs = quantized.short_runs;
    result.accumulator = quantized.wide_accumulator ? fb::Accumulator::Int64 : fb::Accumulator::Int32;
    result.output.bias =
        span(quantized.wide_accumulator
                 ? lowering.weights().add(quantized.bias)
                 : lowering.weights().add(std::vector<int32_t>(quantized.bias.begin(), quantized.bias.end())));
    std::vector<int32_t> multipliers;
    std::vector<uint8_t> shifts;
    for (const quantize::Rescale& rescale : quantized.rescale) {
        multipliers.push_back(rescale.multiplier);
        shifts.push_back(static_cast<uint8_t>(rescale.shift));
    }
    result.output.multipliers = span(lowering.weights().add(multipliers));
    result.output.shifts = span(lowering.weights().add(shifts));
    const quantize::CodeRange codes = quantize::clamp_codes(output, fused.bounds.lo, fused.bounds.hi);
    result.output.clamp_min = codes.min;
    result.output.clamp_max = codes.max;
    return result;
}

/// Of everything that the packed filters depend on.
std::string layer_key(const Lowering& lowering, const ir::Node& node, const FilterBank& bank, const Filters& filters,
                      const FusedOutput& fused) {
    std::string key;
    const auto add = [&key](const auto& value) { key.append(reinterpret_cast<const char*>(&value), sizeof(value)); };
    const auto add_digest = [&](const auto& values) {
        add(tmx::xxh64(values.data(), values.size() * sizeof(values[0])));
        add(values.size());
    };
    add_digest(filters.weights);
    add_digest(filters.bias);
    add_digest(filters.stated_scale);
    add_digest(filters.stated_bias);
    add(bank.groups);
    add(bank.out_channels);
    add(bank.taps);
    add(bank.in_channels_per_group);
    add(bank.depthwise);
    add(lowering.precision(node));
    for (const Quantization& form : {lowering.input_form(node, 0), lowering.form(fused.value)}) {
        add(form.format);
        add(form.scale);
        add(form.zero_point);
    }
    add(fused.bounds.lo);
    add(fused.bounds.hi);
    return key;
}

PackedFilters pack_layer(Lowering& lowering, const ir::Node& node, const FilterBank& bank, const Filters& filters,
                         const FusedOutput& fused) {
    const auto pack = [&] {
        return lowering.precision(node) == Precision::kF32 ? pack_float(lowering, bank, filters, fused)
                                                           : pack_integer(lowering, node, bank, filters, fused);
    };
    if (lowering.packed_layers() == nullptr) return pack();
    const auto [known, missing] =
        lowering.packed_layers()->try_emplace(layer_key(lowering, node, bank, filters, fused));
    if (missing) known->second = pack();
    return known->second;
}

int32_t element_bytes(NumberFormat format) {
    return format == NumberFormat::kInt8 ? 1 : format == NumberFormat::kInt16 ? 2 : 4;
}

/// `row_channels`: what the padding row of the kernels must hold, per group.
uint64_t scratch_bytes(const Convolution& convolution, int64_t row_channels, NumberFormat format) {
    const fb::Window2D& window = convolution.window;
    const tmx::kernels::Window kernel_window{window.kernel_h(), window.kernel_w(),   window.stride_h(),
                                             window.stride_w(), window.dilation_h(), window.dilation_w(),
                                             window.pad_top(),  window.pad_left()};
    const auto size = [](int64_t value) { return static_cast<int32_t>(value); };
    return tmx::kernels::conv_scratch_bytes(size(convolution.input[1]), size(convolution.input[2]),
                                            size(convolution.output[1]), size(convolution.output[2]), kernel_window,
                                            size(row_channels), element_bytes(format));
}

/// Every channel `times` times in a row.
int repeat_channels(Lowering& lowering, const ir::Node& node, int image, const ir::Shape& shape, int64_t times) {
    const int64_t pixels = shape[0] * shape[1] * shape[2], channels = shape[3];
    const int repeated = lowering.derive(lowering.graph().value(node.inputs[0]).name + "#repeated",
                                         lowering.input_form(node, 0), {pixels, channels, times});
    fb::SliceT options;
    options.begin = {0, 0, 0};
    options.steps = {1, 1, 0};
    lowering.emit(node.name + "#repeat", "Slice", lowering.precision(node), std::move(options),
                  {lowering.view(image, {pixels, channels, 1})}, {repeated});
    return lowering.view(repeated, {shape[0], shape[1], shape[2], channels * times});
}

}  // namespace

void emit_convolution(Lowering& lowering, const ir::Node& node, const FusedOutput& fused, Convolution convolution) {
    const Filters& filters = convolution.filters;
    const bool depthwise = filters.groups > 1 && filters.group_inputs == 1;
    const FilterBank bank{static_cast<int>(filters.groups),
                          static_cast<int>(filters.out_channels),
                          static_cast<int>(filters.taps),
                          static_cast<int>(filters.group_inputs),
                          1,
                          1,
                          depthwise};
    const int64_t macs = ir::element_count(convolution.output) * filters.taps * filters.group_inputs;
    const int64_t multiplier = filters.out_channels / filters.groups;
    if (depthwise && multiplier > 1) {
        convolution.source = repeat_channels(lowering, node, convolution.source, convolution.input, multiplier);
        convolution.input[3] *= multiplier;
    }
    PackedFilters packed = pack_layer(lowering, node, bank, filters, fused);
    const auto emit = [&](auto options) -> fb::OpT& {
        options.window = std::make_unique<fb::Window2D>(convolution.window);
        options.output = std::make_unique<fb::OutputStageT>(packed.output);
        options.accumulator = packed.accumulator;
        return lowering.emit(fused.layer, fused.onnx_type, lowering.precision(node), std::move(options),
                             {convolution.source}, {convolution.result});
    };
    fb::OpT* op = nullptr;
    if (depthwise) {
        fb::DepthwiseConv2DT options;
        options.weights = std::make_unique<fb::PackedWeightsT>(packed.weights.front());
        op = &emit(std::move(options));
    } else {
        fb::Conv2DT options;
        options.groups = static_cast<int32_t>(filters.groups);
        for (const fb::PackedWeightsT& weights : packed.weights) {
            options.weights.push_back(std::make_unique<fb::PackedWeightsT>(weights));
        }
        options.short_runs = packed.short_runs;
        op = &emit(std::move(options));
    }
    op->scratch_bytes =
        scratch_bytes(convolution, depthwise ? convolution.input[3] : filters.group_inputs, lowering.format(node));
    op->macs = static_cast<uint64_t>(macs);
}

}  // namespace tinamix::pack
