// Resize and Upsample with nearest neighbours: per axis, a table of source positions.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "float/layout.h"
#include "float/parallel.h"
#include "float/registry.h"

namespace tinamix::float_exec {

namespace {

/// What one axis does.
struct AxisResize {
    int64_t input, output;
    double scale;  ///< output / input, as the model states it
    double roi_start = 0, roi_end = 1;
};

double source_position(const Call& call, const std::string& mode, const AxisResize& axis, int64_t at) {
    const auto x = static_cast<double>(at), in = static_cast<double>(axis.input),
               out = static_cast<double>(axis.output);
    if (mode == "asymmetric") {
        return x / axis.scale;
    }
    if (mode == "half_pixel") {
        return (x + 0.5) / axis.scale - 0.5;
    }
    if (mode == "pytorch_half_pixel") {
        return axis.output > 1 ? (x + 0.5) / axis.scale - 0.5 : 0.0;
    }
    if (mode == "align_corners") {
        return axis.output > 1 ? x * (in - 1) / (out - 1) : 0.0;
    }
    if (mode == "tf_half_pixel_for_nn") {
        return (x + 0.5) / axis.scale;
    }
    if (mode == "half_pixel_symmetric") {
        // The stated scale may leave a fraction of a pixel at the end; it is shared between both sides.
        const double adjustment = out / (axis.scale * in);
        return in / 2 * (1 - adjustment) + (x + 0.5) / axis.scale - 0.5;
    }
    if (mode == "tf_crop_and_resize") {
        return axis.output > 1 ? axis.roi_start * (in - 1) + x * (axis.roi_end - axis.roi_start) * (in - 1) / (out - 1)
                               : 0.5 * (axis.roi_start + axis.roi_end) * (in - 1);
    }
    call.fail("unknown coordinate_transformation_mode `" + mode + "`");
}

double nearest(const Call& call, const std::string& mode, double position) {
    if (mode == "floor") {
        return std::floor(position);
    }
    if (mode == "ceil") {
        return std::ceil(position);
    }
    if (mode == "round_prefer_floor") {
        return std::ceil(position - 0.5);
    }
    if (mode == "round_prefer_ceil") {
        return std::floor(position + 0.5);
    }
    call.fail("unknown nearest_mode `" + mode + "`");
}

constexpr int64_t kOutside = -1;  ///< takes extrapolation_value

std::vector<int64_t> source_table(const Call& call, const AxisResize& axis, const std::string& coordinates,
                                  const std::string& rounding) {
    std::vector<int64_t> table(static_cast<size_t>(axis.output));
    for (int64_t i = 0; i < axis.output; ++i) {
        if (axis.input == axis.output && axis.scale == 1 && coordinates != "tf_crop_and_resize") {
            table[static_cast<size_t>(i)] = i;
            continue;
        }
        const double position = source_position(call, coordinates, axis, i);
        const auto last = static_cast<double>(axis.input - 1);
        const bool outside = coordinates == "tf_crop_and_resize" && (position < 0 || position > last);
        const double index = std::clamp(nearest(call, rounding, position), 0.0, last);
        table[static_cast<size_t>(i)] = outside || std::isnan(index) ? kOutside : static_cast<int64_t>(index);
    }
    return table;
}

/// Scales or sizes of the chosen axes, in ONNX axis order.
std::vector<AxisResize> axis_plan(const Call& call, const ir::Shape& input) {
    const bool upsample = call.node().op == "Upsample", old = upsample || call.opset() < 11;
    const size_t rank = input.size(), scales_at = old ? 1 : 2;
    std::vector<size_t> axes;
    for (int64_t axis : call.node().integers("axes")) {
        axes.push_back(call.normalized_axis(axis, rank));
    }
    for (size_t i = 0; !call.node().has("axes") && i < rank; ++i) {
        axes.push_back(i);
    }
    std::vector<AxisResize> plan;
    for (int64_t dim : input) {
        call.require(dim > 0, "the input is empty");
        plan.push_back({dim, dim, 1.0});
    }
    std::vector<float> scales;
    if (call.has(scales_at) && call.input(scales_at).elements() > 0) {
        scales = call.input(scales_at).to_floats();
    } else if (const auto found = call.node().attributes.find("scales"); found != call.node().attributes.end()) {
        if (const auto* given = std::get_if<std::vector<float>>(&found->second)) {
            scales = *given;
        }
    }
    const std::vector<int64_t> sizes = !old && call.has(3) ? call.ints(3) : std::vector<int64_t>();
    call.require(scales.empty() != sizes.empty(), "either scales or sizes are needed");
    call.require((scales.empty() ? sizes.size() : scales.size()) == axes.size(),
                 "one scale or size per axis is needed");
    const std::vector<float> roi =
        !old && call.has(1) && call.input(1).elements() > 0 ? call.input(1).to_floats() : std::vector<float>();
    call.require(roi.empty() || roi.size() == 2 * axes.size(), "the roi must have two entries per axis");
    for (size_t i = 0; i < axes.size(); ++i) {
        AxisResize& axis = plan[axes[i]];
        if (sizes.empty()) {
            axis.scale = static_cast<double>(scales[i]);
            call.require(axis.scale > 0 && axis.scale < 1e6, "a scale is out of range");
            axis.output = static_cast<int64_t>(std::floor(static_cast<double>(axis.input) * axis.scale));
        } else {
            call.require(sizes[i] > 0 && sizes[i] < (1 << 24), "a size is out of range");
            axis.output = sizes[i];
            axis.scale = static_cast<double>(axis.output) / static_cast<double>(axis.input);
        }
        call.require(axis.output > 0, "the output is empty");
        if (!roi.empty()) {
            axis.roi_start = static_cast<double>(roi[i]);
            axis.roi_end = static_cast<double>(roi[axes.size() + i]);
        }
    }
    return plan;
}

Tensors resize(Call& call) {
    const ir::Tensor& x = call.input(0);
    call.require(x.type() == ir::ElementType::kFloat32, "the input must be float32");
    const bool modern = call.node().op == "Resize" && call.opset() >= 11;
    const std::string coordinates =
        modern ? call.node().text("coordinate_transformation_mode", "half_pixel") : "asymmetric";
    const std::string rounding = modern ? call.node().text("nearest_mode", "round_prefer_floor") : "floor";
    const std::vector<AxisResize> plan = axis_plan(call, onnx_shape(x.shape(), call.layout(0)));
    const size_t rank = plan.size();
    call.require(rank >= 1, "the input is a scalar");
    ir::Shape shape(rank);
    std::vector<std::vector<int64_t>> tables(rank);
    for (size_t i = 0; i < rank; ++i) {
        const size_t stored = storage_axis(i, rank, call.layout(0));
        shape[stored] = plan[i].output;
        tables[stored] = source_table(call, plan[i], coordinates, rounding);
    }
    // Everything inside the last axis that changes moves in one piece.
    size_t inner_rank = 0;
    int64_t inner = 1;
    auto is_identity = [&](size_t axis) {
        const std::vector<int64_t>& table = tables[axis];
        bool same = static_cast<int64_t>(table.size()) == x.shape()[axis];
        for (size_t i = 0; same && i < table.size(); ++i) {
            same = table[i] == static_cast<int64_t>(i);
        }
        return same;
    };
    while (inner_rank < rank - 1 && is_identity(rank - 1 - inner_rank)) {
        inner *= shape[rank - 1 - inner_rank];
        ++inner_rank;
    }
    const size_t outer_rank = rank - inner_rank;
    ir::Tensor result = ir::Tensor::uninitialized(x.type(), shape);
    const float outside = call.node().real("extrapolation_value", 0);
    const float* from = x.data<float>();
    float* to = result.data<float>();
    const size_t grain = std::max<size_t>(1, kElementGrain / static_cast<size_t>(inner));
    parallel_for(call.pool(), static_cast<size_t>(result.elements() / inner), grain, [&](size_t begin, size_t count) {
        for (size_t block = begin; block < begin + count; ++block) {
            size_t rest = block;
            int64_t source = 0, step = inner;
            bool inside = true;
            for (size_t i = outer_rank; i-- > 0;) {
                const auto size = static_cast<size_t>(shape[i]);
                const int64_t index = tables[i][rest % size];
                inside = inside && index != kOutside;
                source += index * step;
                step *= x.shape()[i];
                rest /= size;
            }
            float* target = to + block * static_cast<size_t>(inner);
            if (inside) {
                std::memcpy(target, from + source, static_cast<size_t>(inner) * sizeof(float));
            } else {
                std::fill_n(target, inner, outside);
            }
        }
    });
    Tensors results;
    results.push_back(std::move(result));
    return results;
}

}  // namespace

TINAMIX_FLOAT_OPS(resize) {
    registry.add("Resize", LayoutUse::kUniform, resize);
    registry.add("Upsample", LayoutUse::kUniform, resize);
    auto refuse = [](const ir::Node& node) -> std::string {
        const std::string mode = node.text("mode", "nearest");
        if (mode != "nearest") {
            return "mode `" + mode + "` is not supported, only `nearest`";
        }
        const std::string policy = node.text("keep_aspect_ratio_policy", "stretch");
        return policy == "stretch" ? "" : "keep_aspect_ratio_policy `" + policy + "` is not supported, only `stretch`";
    };
    registry.limit("Resize", refuse);
    registry.limit("Upsample", refuse);
}

}  // namespace tinamix::float_exec
