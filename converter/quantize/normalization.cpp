// Gains and biases with as many bits as the sums have room for.
#include "quantize/normalization.h"

#include <algorithm>
#include <cmath>

#include "diagnostics/error.h"
#include "kernels/kernel_types.h"

namespace tinamix::quantize {

namespace {

constexpr int kUnitBits = 20, kMostShift = 62;
constexpr double kGainBound = 1073741824.0;                // 2^30
constexpr double kBiasBound = 1152921504606846976.0;       // 2^60
constexpr double kLargestEpsilon = 4611686018427387904.0;  // 2^62

double peak(std::span<const float> values) {
    double largest = 0.0;
    for (float value : values) largest = std::max(largest, std::fabs(static_cast<double>(value)));
    return largest;
}

bool all_finite(std::span<const float> values) {
    return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

int64_t row_elements(const ir::Node& node, const ir::Shape& shape) {
    const auto rank = static_cast<int64_t>(shape.size());
    int64_t axis = node.integer("axis", -1);
    if (axis < 0) axis += rank;
    if (node.op == "InstanceNormalization") axis = std::min<int64_t>(2, rank);
    if (node.op == "LpNormalization") return shape[static_cast<size_t>(axis)];
    return ir::element_count(ir::Shape(shape.begin() + axis, shape.end()));
}

}  // namespace

std::string normalization_refusal(const ir::Graph& graph, const ir::Node& node) {
    const int64_t elements = row_elements(node, graph.value(node.inputs[0]).shape);
    if (elements > tmx::kernels::kMaxNormalizedElements) {
        return "normalizes " + std::to_string(elements) + " elements at once; the kernels take up to " +
               std::to_string(tmx::kernels::kMaxNormalizedElements);
    }
    if (node.op == "LpNormalization" && node.integer("p", 2) != 2) return "only the norm p = 2 has a kernel";
    for (size_t i = 1; i < node.outputs.size(); ++i) {
        if (node.outputs[i] != ir::kNoValue &&
            (!graph.consumers(node.outputs[i]).empty() || graph.is_output(node.outputs[i]))) {
            return "its output `" + graph.value(node.outputs[i]).name + "` has no kernel";
        }
    }
    return "";
}

NormalizationStage normalization_stage(std::span<const float> gains, std::span<const float> biases,
                                       const Quantization& output, const std::string& where) {
    if (!all_finite(gains) || !all_finite(biases)) throw Error(where, "a gain or bias is NaN or infinite");
    const double scale = output.scale, gain = peak(gains) / scale, bias = peak(biases) / scale;
    NormalizationStage stage;
    stage.shift = kMostShift;
    const auto fits = [&](int shift) {
        return std::ldexp(gain, shift - kUnitBits) <= kGainBound && std::ldexp(bias, shift) <= kBiasBound;
    };
    while (stage.shift > 1 && !fits(stage.shift)) --stage.shift;
    if (!fits(stage.shift)) throw Error(where, "its gains or biases are too large for the range of its output");
    for (float value : gains) {
        stage.gains.push_back(static_cast<int32_t>(std::round(std::ldexp(value / scale, stage.shift - kUnitBits))));
    }
    for (float value : biases) {
        stage.biases.push_back(static_cast<int64_t>(std::round(std::ldexp(value / scale, stage.shift))));
    }
    return stage;
}

int64_t normalization_epsilon(double epsilon, int64_t elements, const Quantization& input) {
    const double scale = input.scale, count = static_cast<double>(elements);
    const double codes = std::round(epsilon * count * count / (scale * scale));
    return codes >= kLargestEpsilon ? (int64_t{1} << 62) - 1 : static_cast<int64_t>(codes);
}

}  // namespace tinamix::quantize
