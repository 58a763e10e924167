// Weights and biases of a model that comes quantized.
#include <algorithm>
#include <cmath>

#include "diagnostics/error.h"
#include "pack/convolution.h"

namespace tinamix::pack {

namespace {

bool all_zero(const std::vector<int32_t>& values) {
    return std::all_of(values.begin(), values.end(), [](int32_t value) { return value == 0; });
}

void check_weights(const ir::Node& node, const ir::Value& weights, int64_t output_axis) {
    const ir::StatedQuantization& stated = *weights.stated;
    if (stated.per_channel() && stated.axis != output_axis) {
        throw Error(node.name, "weight scales along axis " + std::to_string(stated.axis) +
                                   " have no kernels, only along the output channels");
    }
    if (!all_zero(stated.zero_point)) {
        throw Error(node.name, "weights with a zero point have no kernels, only symmetric ones");
    }
    const std::vector<int64_t> codes = weights.codes->to_ints();
    const int64_t lowest = stated.type == ir::ElementType::kInt16 ? -32768 : -128;
    if (std::find(codes.begin(), codes.end(), lowest) != codes.end()) {
        throw Error(node.name, "the weight code " + std::to_string(lowest) + " has no kernels",
                    "quantize weights to " + std::to_string(lowest + 1) + " and above");
    }
}

/// The steps of a bias are those of the sums it is added to, as far as float32 can say.
bool counts_in_sums(const ir::StatedQuantization& bias, const std::vector<float>& weight_scale, double input_scale) {
    constexpr double kFloatRounding = 0x1p-22;
    for (size_t o = 0; o < weight_scale.size(); ++o) {
        const double step = input_scale * static_cast<double>(weight_scale[o]);
        const double given = bias.scale[bias.per_channel() ? o : 0];
        if (std::fabs(given - step) > kFloatRounding * step) return false;
    }
    return all_zero(bias.zero_point);
}

}  // namespace

void take_stated(const Lowering& lowering, const ir::Node& node, int64_t output_axis, Filters& filters) {
    const ir::Value& weights = lowering.graph().value(node.inputs[1]);
    if (!weights.stated || lowering.precision(node) == quantize::Precision::kF32) return;
    check_weights(node, weights, output_axis);
    const auto channels = static_cast<size_t>(filters.out_channels);
    filters.stated_scale = weights.stated->scale;
    if (!weights.stated->per_channel()) filters.stated_scale.assign(channels, weights.stated->scale[0]);

    if (node.inputs.size() < 3 || node.inputs[2] == ir::kNoValue) return;
    const ir::Value& bias = lowering.graph().value(node.inputs[2]);
    const bool one_each = bias.shape == ir::Shape{filters.out_channels};
    if (!bias.stated || bias.stated->type != ir::ElementType::kInt32 || !one_each) return;
    if (!counts_in_sums(*bias.stated, filters.stated_scale, lowering.input_form(node, 0).scale)) return;
    const std::vector<int64_t> codes = bias.codes->to_ints();
    filters.stated_bias.assign(codes.begin(), codes.end());
}

}  // namespace tinamix::pack
