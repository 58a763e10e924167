// Reductions: sums, means, norms and extremes over any dimensions, ArgMax and ArgMin, TopK. The file's ops work over
// the middle of three dimensions; the storage order is chosen so that the reduced ones stand together.
#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "diagnostics/error.h"
#include "pack/lowering.h"
#include "quantize/reduction_axes.h"
#include "quantize/rescale.h"

namespace tinamix::pack {

namespace fb = tmx::format;
using quantize::NumberFormat;

namespace {

/// Fraction bits of the root that kernels take of a sum of int8 squares (docs/arithmetic.md, 9).
constexpr int kInt8RootFractionBits = 8;

struct ReductionView {
    Layout layout;                ///< storage order of the input
    int64_t outer, count, inner;  ///< its dimensions before, among and behind the reduced ones
};

bool contains(const std::vector<int64_t>& axes, int64_t axis) {
    return std::find(axes.begin(), axes.end(), axis) != axes.end();
}

/// The order in which the producer left the input if nothing stands between the reduced dimensions; else with them
/// last.
ReductionView reduction_view(const Lowering& lowering, const ir::Node& node, const std::vector<int64_t>& axes) {
    const ir::Shape& shape = lowering.shape(node.inputs[0]);
    Layout layout = lowering.layout_of(node.inputs[0]);
    const auto reduced = [&](uint8_t axis) { return contains(axes, axis); };
    const auto size_one = [&](uint8_t axis) { return shape[axis] == 1; };
    Layout moving = layout;
    moving.erase(std::remove_if(moving.begin(), moving.end(), size_one), moving.end());
    auto first = std::find_if(moving.begin(), moving.end(), reduced);
    auto last = std::find_if_not(first, moving.end(), reduced);
    if (std::any_of(last, moving.end(), reduced)) {
        std::stable_partition(layout.begin(), layout.end(), [&](uint8_t axis) { return !reduced(axis); });
        std::stable_partition(moving.begin(), moving.end(), [&](uint8_t axis) { return !reduced(axis); });
        first = std::find_if(moving.begin(), moving.end(), reduced);
        last = moving.end();
    }
    ReductionView view{layout, 1, 1, 1};
    for (auto axis = moving.begin(); axis != moving.end(); ++axis) {
        (axis < first ? view.outer : axis < last ? view.count : view.inner) *= shape[*axis];
    }
    return view;
}

/// Layout of the output: that of the input, without the reduced dimensions unless they are kept.
Layout output_layout(const Layout& input, const std::vector<int64_t>& axes, bool keeps) {
    if (keeps) return input;
    Layout result;
    for (uint8_t axis : input) {
        if (contains(axes, axis)) continue;
        const auto before = std::count_if(axes.begin(), axes.end(), [&](int64_t reduced) { return reduced < axis; });
        result.push_back(static_cast<uint8_t>(axis - before));
    }
    return result;
}

/// Creates the tensor that holds output `index` of the node under its own shape, and a view of it as `dimensions`.
int define_viewed(Lowering& lowering, const ir::Node& node, size_t index, const Layout& layout,
                  const ir::Shape& dimensions) {
    return lowering.view(lowering.define(node.outputs[index], layout), dimensions);
}

int read_viewed(Lowering& lowering, const ir::Node& node, const ReductionView& view) {
    return lowering.view(lowering.read(node, 0, view.layout), {view.outer, view.count, view.inner});
}

fb::ReduceFunction reduce_function(std::string_view op) {
    constexpr std::pair<std::string_view, fb::ReduceFunction> kFunctions[] = {
        {"ReduceSum", fb::ReduceFunction::Sum},
        {"ReduceMean", fb::ReduceFunction::Mean},
        {"ReduceMax", fb::ReduceFunction::Max},
        {"ReduceMin", fb::ReduceFunction::Min},
        {"ReduceSumSquare", fb::ReduceFunction::SumSquare},
        {"ReduceL1", fb::ReduceFunction::L1},
        {"ReduceL2", fb::ReduceFunction::L2},
    };
    for (const auto& [name, function] : kFunctions) {
        if (name == op) return function;
    }
    throw Error(std::string(op), "is not a reduction");
}

/// From the sum (of codes, magnitudes or squares; or the root of squares) to output codes.
double reduce_multiplier(fb::ReduceFunction function, const quantize::Quantization& input,
                         const quantize::Quantization& output, int64_t count) {
    const double ratio = static_cast<double>(input.scale) / output.scale;
    switch (function) {
        case fb::ReduceFunction::Mean:
            return ratio / static_cast<double>(count);
        case fb::ReduceFunction::SumSquare:
            return ratio * input.scale;
        case fb::ReduceFunction::L2:
            return input.format == NumberFormat::kInt8 ? std::ldexp(ratio, -kInt8RootFractionBits) : ratio;
        default:
            return ratio;
    }
}

}  // namespace

void lower_reduce(Lowering& lowering, const ir::Node& node) {
    const std::vector<int64_t> axes = quantize::reduced_axes(lowering.graph(), node);
    const ReductionView view = reduction_view(lowering, node, axes);
    const int source = read_viewed(lowering, node, view);
    const Layout layout = output_layout(view.layout, axes, node.integer("keepdims", 1) != 0);
    const int result = define_viewed(lowering, node, 0, layout, {view.outer, view.inner});
    fb::ReduceT options;
    options.function = reduce_function(node.op);
    const bool extreme = options.function == fb::ReduceFunction::Max || options.function == fb::ReduceFunction::Min;
    if (!extreme && lowering.format(node) != NumberFormat::kFloat32) {
        options.rescale = std::make_unique<fb::Rescale>(rescale_option(reduce_multiplier(
            options.function, lowering.input_form(node, 0), lowering.form(node.outputs[0]), view.count)));
    }
    lowering.emit(node, std::move(options), {source}, {result});
}

void lower_arg_max(Lowering& lowering, const ir::Node& node) {
    const std::vector<int64_t> axes = {quantize::reduced_axis(lowering.graph(), node, 0)};
    const ReductionView view = reduction_view(lowering, node, axes);
    const int source = read_viewed(lowering, node, view);
    const Layout layout = output_layout(view.layout, axes, node.integer("keepdims", 1) != 0);
    const int result = define_viewed(lowering, node, 0, layout, {view.outer, view.inner});
    fb::ArgMaxT options;
    options.minimum = node.op == "ArgMin";
    options.last = node.integer("select_last_index", 0) != 0;
    lowering.emit(node, options, {source}, {result});
}

void lower_top_k(Lowering& lowering, const ir::Node& node) {
    const int64_t axis = quantize::reduced_axis(lowering.graph(), node, -1);
    const ReductionView view = reduction_view(lowering, node, {axis});
    const int source = read_viewed(lowering, node, view);
    const ir::ValueId present = node.outputs[0] != ir::kNoValue ? node.outputs[0] : node.outputs[1];
    const ir::Shape kept = {view.outer, lowering.shape(present)[static_cast<size_t>(axis)], view.inner};
    std::vector<int32_t> results;
    for (size_t i = 0; i < 2; ++i) {
        if (i < node.outputs.size() && node.outputs[i] != ir::kNoValue) {
            results.push_back(define_viewed(lowering, node, i, view.layout, kept));
        } else {
            results.push_back(lowering.derive(
                node.name + (i == 0 ? "#values" : "#indices"),
                i == 0 ? lowering.input_form(node, 0) : quantize::Quantization{NumberFormat::kInt32, 1.0F, 0}, kept));
        }
    }
    fb::TopKT options;
    options.smallest = node.integer("largest", 1) == 0;
    lowering.emit(node, options, {source}, std::move(results));
}

}  // namespace tinamix::pack
