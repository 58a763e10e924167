// Strided copy or index tables, and how many ops it takes.
#include "pack/axis_copy.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "float/executor.h"

namespace tinamix::pack {

namespace fb = tmx::format;
using quantize::NumberFormat;

namespace {

struct Stride {
    int32_t begin, step;
};

/// Positions begin, begin + step, ...; nothing where they are not evenly spaced.
std::optional<Stride> evenly_spaced(const AxisSources& sources) {
    const Stride stride{sources[0], sources.size() > 1 ? sources[1] - sources[0] : 1};
    for (size_t i = 0; i < sources.size(); ++i) {
        if (sources[i] == kFillIndex || sources[i] != stride.begin + static_cast<int32_t>(i) * stride.step) {
            return std::nullopt;
        }
    }
    return stride;
}

ir::Shape result_shape(const AxisCopy& copy) {
    ir::Shape shape;
    for (const AxisSources& sources : copy.axes) shape.push_back(static_cast<int64_t>(sources.size()));
    return shape;
}

bool is_unchanged(const AxisSources& sources, int64_t size) { return sources == unchanged_axis(size); }

/// One Slice, where every axis is evenly spaced.
std::optional<fb::SliceT> as_slice(const AxisCopy& copy) {
    fb::SliceT options;
    bool steps = false;
    for (const AxisSources& sources : copy.axes) {
        const std::optional<Stride> stride = evenly_spaced(sources);
        if (!stride) return std::nullopt;
        options.begin.push_back(stride->begin);
        options.steps.push_back(stride->step);
        steps |= stride->step != 1;
    }
    if (!steps) options.steps.clear();
    return options;
}

fb::IndexedCopyT indexed_copy(Lowering& lowering, const AxisCopy& copy, const AxisRun& run,
                              const quantize::Quantization& form) {
    fb::IndexedCopyT options;
    const AxisSources only{0};
    options.rows =
        std::make_unique<fb::Span>(lowering.weights().add(run.rows == run.columns ? only : copy.axes[run.rows]));
    options.columns = std::make_unique<fb::Span>(lowering.weights().add(copy.axes[run.columns]));
    if (form.format == NumberFormat::kFloat32) {
        options.fill_f32 = static_cast<float>(copy.fill);
    } else if (form.format == NumberFormat::kInt32) {
        options.fill = static_cast<int32_t>(copy.fill);
    } else {
        options.fill = quantize::quantize_value(form, copy.fill);
    }
    return options;
}

}  // namespace

AxisSources unchanged_axis(int64_t size) {
    AxisSources sources(static_cast<size_t>(size));
    std::iota(sources.begin(), sources.end(), 0);
    return sources;
}

std::vector<AxisSources> axis_sources(const ir::Graph& graph, const ir::Node& node,
                                      const std::vector<const ir::Tensor*>& parameters) {
    const ir::Shape& in = graph.value(node.inputs[0]).shape;
    const ir::Shape& out = graph.value(node.outputs[0]).shape;
    std::vector<const ir::Tensor*> inputs{nullptr};
    inputs.insert(inputs.end(), parameters.begin(), parameters.end());
    std::vector<AxisSources> result;
    int64_t in_stride = ir::element_count(in), out_stride = ir::element_count(out);
    for (size_t axis = 0; axis < in.size(); ++axis) {
        in_stride /= in[axis];
        out_stride /= out[axis];
        ir::Tensor positions = ir::Tensor::uninitialized(ir::ElementType::kFloat32, in);
        for (int64_t i = 0; i < positions.elements(); ++i) {
            positions.data<float>()[i] = static_cast<float>(i / in_stride % in[axis]);
        }
        inputs[0] = &positions;
        const ir::Tensor moved = std::move(float_exec::evaluate_node(graph, node, inputs)[0]);
        // Other axes may show the fill value at some of their positions: the largest is what this axis says.
        AxisSources sources(static_cast<size_t>(out[axis]), kFillIndex);
        for (int64_t i = 0; i < moved.elements(); ++i) {
            int32_t& source = sources[static_cast<size_t>(i / out_stride % out[axis])];
            source = std::max(source, static_cast<int32_t>(moved.data<float>()[i]));
        }
        result.push_back(std::move(sources));
    }
    return result;
}

std::vector<AxisRun> axis_runs(const std::vector<bool>& changes, const ir::Shape& before, const ir::Shape& after) {
    std::vector<AxisRun> runs;
    bool open = false;  // the last run has one axis and only axes of size 1 behind it
    for (size_t axis = 0; axis < changes.size(); ++axis) {
        if (changes[axis] && open) {
            runs.back().columns = axis;
            open = false;
        } else if (changes[axis]) {
            runs.push_back({axis, axis});
            open = true;
        } else if (before[axis] != 1 || after[axis] != 1) {
            open = false;
        }
    }
    return runs;
}

ir::Shape run_shape(const ir::Shape& shape, const AxisRun& run) {
    const auto at = [&](size_t axis) { return shape.begin() + static_cast<std::ptrdiff_t>(axis); };
    return {ir::element_count(ir::Shape(shape.begin(), at(run.rows))), run.rows == run.columns ? 1 : shape[run.rows],
            shape[run.columns], ir::element_count(ir::Shape(at(run.columns + 1), shape.end()))};
}

void emit_axis_copy(Lowering& lowering, const ir::Node& node, const AxisCopy& copy, ir::ValueId output,
                    const Layout& layout) {
    const ir::Shape result = result_shape(copy);
    if (std::optional<fb::SliceT> slice = as_slice(copy)) {
        const int source = lowering.view(copy.source, copy.shape);
        lowering.emit(node, std::move(*slice), {source}, {lowering.define_viewed(output, layout, result)});
        return;
    }
    std::vector<bool> changes;
    for (size_t axis = 0; axis < copy.axes.size(); ++axis) {
        changes.push_back(!is_unchanged(copy.axes[axis], copy.shape[axis]));
    }
    const std::vector<AxisRun> runs = axis_runs(changes, copy.shape, result);
    const quantize::Quantization& form = lowering.form(output);
    ir::Shape shape = copy.shape;
    int tensor = copy.source;
    for (const AxisRun& run : runs) {
        const ir::Shape from = run_shape(shape, run);
        for (size_t axis = run.rows; axis <= run.columns; ++axis) shape[axis] = result[axis];
        const ir::Shape to = run_shape(shape, run);
        const int source = lowering.view(tensor, from);
        tensor = &run == &runs.back() ? lowering.define_viewed(output, layout, to)
                                      : lowering.derive(lowering.graph().value(output).name + "#part", form, to);
        lowering.emit(node, indexed_copy(lowering, copy, run, form), {source}, {tensor});
    }
}

void emit_onnx_axis_copy(Lowering& lowering, const ir::Node& node, const std::vector<AxisSources>& axes,
                         ir::ValueId output, double fill) {
    const Layout layout = lowering.layout_of(node.inputs[0]);
    AxisCopy copy{lowering.read(node, 0), storage_shape(lowering.shape(node.inputs[0]), layout), {}, fill};
    for (uint8_t axis : layout) copy.axes.push_back(axes[axis]);
    emit_axis_copy(lowering, node, copy, output, layout);
}

}  // namespace tinamix::pack
