#include "float/resize_axes.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace tinamix::float_exec {

namespace {

/// What one axis does.
struct AxisResize {
    int64_t input, output;
    double scale;  ///< output / input, as the model states it
    double roi_start = 0, roi_end = 1;
};

double source_position(const Call& call, const std::string& mode, const AxisResize& axis, int64_t at) {
    // With scales, the output's length is taken before it is rounded down to whole pixels, as ONNX's tests have it.
    const auto x = static_cast<double>(at), in = static_cast<double>(axis.input), out = axis.scale * in;
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
        const double adjustment = static_cast<double>(axis.output) / out;
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

/// Weights of the `taps` pixels around a position `fraction` behind the left one of the middle two.
std::vector<double> interpolation_weights(size_t taps, double fraction, double cubic_a) {
    if (taps == 2) {
        return {1 - fraction, fraction};
    }
    // Cubic convolution (Keys 1981).
    std::vector<double> weights;
    for (int i = -1; i <= 2; ++i) {
        const double d = std::fabs(fraction - i);
        weights.push_back(d <= 1 ? ((cubic_a + 2) * d - (cubic_a + 3)) * d * d + 1
                                 : ((cubic_a * d - 5 * cubic_a) * d + 8 * cubic_a) * d - 4 * cubic_a);
    }
    return weights;
}

/// Everything that the attributes say.
struct Method {
    std::string coordinates, rounding;
    size_t taps = 1;  ///< 1 for nearest, 2 for linear, 4 for cubic
    double cubic_a = -0.75;
    bool exclude_outside = false;
};

Method method_of(const ir::Node& node, int64_t opset) {
    const bool modern = node.op == "Resize" && opset >= 11;
    const std::string mode = node.text("mode", "nearest");
    Method method;
    method.coordinates = modern ? node.text("coordinate_transformation_mode", "half_pixel") : "asymmetric";
    method.rounding = modern ? node.text("nearest_mode", "round_prefer_floor") : "floor";
    method.taps = mode == "nearest" ? 1 : mode == "cubic" ? 4 : 2;
    method.cubic_a = static_cast<double>(node.real("cubic_coeff_a", -0.75F));
    method.exclude_outside = node.integer("exclude_outside", 0) != 0;
    return method;
}

AxisTable axis_table(const Call& call, const AxisResize& axis, const Method& method) {
    AxisTable table;
    const bool crops = method.coordinates == "tf_crop_and_resize";
    const bool same = axis.input == axis.output && axis.scale == 1 && !crops;
    table.taps = same ? 1 : method.taps;
    const auto last = static_cast<double>(axis.input - 1);
    for (int64_t i = 0; i < axis.output; ++i) {
        const double position = same ? static_cast<double>(i) : source_position(call, method.coordinates, axis, i);
        const bool outside = std::isnan(position) || (crops && (position < 0 || position > last));
        table.outside.push_back(outside ? 1 : 0);
        if (table.taps == 1) {
            const double index = outside ? 0 : same ? position : nearest(call, method.rounding, position);
            table.indices.push_back(static_cast<int64_t>(std::clamp(index, 0.0, last)));
            table.weights.push_back(1.0F);
            continue;
        }
        const double left = outside ? 0 : std::clamp(std::floor(position), -4.0, last + 4);
        std::vector<double> weights =
            interpolation_weights(table.taps, outside ? 0 : std::clamp(position - left, 0.0, 1.0), method.cubic_a);
        double sum = 0;
        for (size_t tap = 0; tap < table.taps; ++tap) {
            const double index = left + static_cast<double>(tap) - (table.taps == 4 ? 1 : 0);
            table.indices.push_back(static_cast<int64_t>(std::clamp(index, 0.0, last)));
            if (method.exclude_outside && (index < 0 || index > last)) {
                weights[tap] = 0;
            }
            sum += weights[tap];
        }
        for (double weight : weights) {
            table.weights.push_back(static_cast<float>(method.exclude_outside && sum != 0 ? weight / sum : weight));
        }
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

}  // namespace

std::vector<AxisTable> resize_axes(const Call& call, const ir::Shape& input) {
    const Method method = method_of(call.node(), call.opset());
    std::vector<AxisTable> tables;
    for (const AxisResize& axis : axis_plan(call, input)) tables.push_back(axis_table(call, axis, method));
    return tables;
}

ir::Shape resized_shape(const Call& call, const ir::Shape& input) {
    ir::Shape shape;
    for (const AxisResize& axis : axis_plan(call, input)) {
        shape.push_back(axis.output);
    }
    return shape;
}

}  // namespace tinamix::float_exec
