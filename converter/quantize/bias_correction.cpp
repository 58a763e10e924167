#include "quantize/bias_correction.h"

#include <algorithm>
#include <cmath>

namespace tinamix::quantize {

std::vector<double> bias_correction(const InputMoments& moments, const std::vector<float>& weights,
                                    const std::vector<float>& quantized) {
    const WeightLayer& layer = moments.layer;
    const int64_t rows_per_group = layer.channels / layer.groups;
    std::vector<double> correction(static_cast<size_t>(layer.channels), 0.0);
    for (int64_t channel = 0; channel < layer.channels; ++channel) {
        const int64_t group = channel / rows_per_group;
        double sum = 0;
        for (int64_t i = 0; i < layer.inputs; ++i) {
            const auto weight = static_cast<size_t>(channel * layer.inputs + i);
            const int64_t input = group * layer.inputs + i;
            sum += static_cast<double>(weights[weight]) * moments.real_mean(input) -
                   static_cast<double>(quantized[weight]) * moments.quantized_mean(input);
        }
        correction[static_cast<size_t>(channel)] = sum;
    }
    return correction;
}

std::vector<float> rounded_rows(const std::vector<float>& weights, const std::vector<float>& scales) {
    constexpr double kLimit = 127;
    std::vector<float> result(weights.size());
    const size_t n = weights.size() / scales.size();
    for (size_t i = 0; i < weights.size(); ++i) {
        const double scale = scales[i / n];
        if (scale > 0)
            result[i] = static_cast<float>(scale * std::clamp(std::round(weights[i] / scale), -kLimit, kLimit));
    }
    return result;
}

}  // namespace tinamix::quantize
