// Resize and Upsample: index tables for nearest neighbours, taps and weights for linear and cubic interpolation.
#include <algorithm>
#include <cmath>

#include "diagnostics/error.h"
#include "float/resize_axes.h"
#include "kernels/kernel_types.h"
#include "pack/axis_copy.h"

namespace tinamix::pack {

namespace fb = tmx::format;
using float_exec::AxisTable;
using quantize::NumberFormat;

namespace {

/// Per ONNX axis, by the rules of ONNX that the float executor follows.
std::vector<AxisTable> tables_of(const Lowering& lowering, const ir::Node& node) {
    std::vector<float_exec::Argument> arguments(node.inputs.size());
    for (size_t i = 1; i < node.inputs.size(); ++i) {
        if (node.inputs[i] != ir::kNoValue) arguments[i].tensor = &lowering.constant_input(node, i);
    }
    const float_exec::Call call(lowering.graph(), node, std::move(arguments), nullptr);
    return float_exec::resize_axes(call, lowering.shape(node.inputs[0]));
}

bool interpolates(const std::vector<AxisTable>& tables) {
    return std::any_of(tables.begin(), tables.end(), [](const AxisTable& table) { return table.taps > 1; });
}

/// Weights in fixed point; those of one position sum to one exactly, the largest takes what rounding left over.
std::vector<int16_t> fixed_point(const AxisTable& table, int bits) {
    const double one = std::ldexp(1.0, bits);
    std::vector<int16_t> result;
    for (size_t begin = 0; begin < table.weights.size(); begin += table.taps) {
        int32_t rest = static_cast<int32_t>(one);
        size_t largest = 0;
        std::vector<int32_t> weights;
        for (size_t tap = 0; tap < table.taps; ++tap) {
            weights.push_back(static_cast<int32_t>(std::lround(static_cast<double>(table.weights[begin + tap]) * one)));
            rest -= weights.back();
            if (weights[tap] > weights[largest]) largest = tap;
        }
        weights[largest] += rest;
        result.insert(result.end(), weights.begin(), weights.end());
    }
    return result;
}

std::unique_ptr<fb::AxisTapsT> axis_taps(Lowering& lowering, const AxisTable& table, NumberFormat format) {
    auto taps = std::make_unique<fb::AxisTapsT>();
    taps->taps = static_cast<uint8_t>(table.taps);
    taps->indices = std::make_unique<fb::Span>(
        lowering.weights().add(std::vector<int32_t>(table.indices.begin(), table.indices.end())));
    const int bits = format == NumberFormat::kInt8 ? tmx::kernels::kResampleBitsInt8 : tmx::kernels::kResampleBitsInt16;
    taps->weights =
        std::make_unique<fb::Span>(format == NumberFormat::kFloat32 ? lowering.weights().add(table.weights)
                                                                    : lowering.weights().add(fixed_point(table, bits)));
    return taps;
}

/// scale_in / scale_out, less the scale of two weights.
std::unique_ptr<fb::Rescale> resample_rescale(const quantize::Quantization& from, const quantize::Quantization& to) {
    if (to.format == NumberFormat::kFloat32) return nullptr;
    const int bits =
        to.format == NumberFormat::kInt8 ? tmx::kernels::kResampleBitsInt8 : tmx::kernels::kResampleBitsInt16;
    const double ratio = static_cast<double>(from.scale) / static_cast<double>(to.scale);
    return std::make_unique<fb::Rescale>(rescale_option(std::ldexp(ratio, -2 * bits)));
}

void emit_nearest(Lowering& lowering, const ir::Node& node, const std::vector<AxisTable>& tables) {
    std::vector<AxisSources> axes;
    for (const AxisTable& table : tables) {
        axes.emplace_back(table.indices.begin(), table.indices.end());
        for (size_t i = 0; i < table.outside.size(); ++i) {
            if (table.outside[i] != 0) axes.back()[i] = kFillIndex;
        }
    }
    emit_onnx_axis_copy(lowering, node, axes, node.outputs[0], node.real("extrapolation_value", 0));
}

/// Two neighbouring axes at a time; the first op brings the data to the output's scale.
void emit_resample(Lowering& lowering, const ir::Node& node, const std::vector<AxisTable>& tables) {
    const ir::ValueId input = node.inputs[0], output = node.outputs[0];
    const Layout layout = lowering.layout_of(input);
    ir::Shape shape = storage_shape(lowering.shape(input), layout);
    const ir::Shape result = storage_shape(lowering.shape(output), layout);
    std::vector<bool> changes;
    for (uint8_t axis : layout) changes.push_back(tables[axis].taps > 1);
    const AxisTable only{1, {0}, {1.0F}, {0}};
    const std::vector<AxisRun> runs = axis_runs(changes, shape, result);
    quantize::Quantization form = lowering.input_form(node, 0);
    const quantize::Quantization& to_form = lowering.form(output);
    int tensor = lowering.read(node, 0);
    for (const AxisRun& run : runs) {
        const ir::Shape from = run_shape(shape, run);
        for (size_t axis = run.rows; axis <= run.columns; ++axis) shape[axis] = result[axis];
        const ir::Shape to = run_shape(shape, run);
        fb::ResampleT options;
        options.rows = axis_taps(lowering, run.rows == run.columns ? only : tables[layout[run.rows]], to_form.format);
        options.columns = axis_taps(lowering, tables[layout[run.columns]], to_form.format);
        options.rescale = resample_rescale(form, to_form);
        const int source = lowering.view(tensor, from);
        tensor = &run == &runs.back() ? lowering.define_viewed(output, layout, to)
                                      : lowering.derive(lowering.graph().value(output).name + "#part", to_form, to);
        lowering.emit(node, std::move(options), {source}, {tensor});
        form = to_form;
    }
}

}  // namespace

void lower_resize(Lowering& lowering, const ir::Node& node) {
    const std::vector<AxisTable> tables = tables_of(lowering, node);
    if (!interpolates(tables)) {
        emit_nearest(lowering, node, tables);
        return;
    }
    for (const AxisTable& table : tables) {
        if (std::find(table.outside.begin(), table.outside.end(), 1) != table.outside.end()) {
            throw Error(node.name, "interpolates outside its input (tf_crop_and_resize); only `nearest` can do that");
        }
    }
    emit_resample(lowering, node, tables);
}

}  // namespace tinamix::pack
