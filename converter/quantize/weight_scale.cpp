#include "quantize/weight_scale.h"

#include <algorithm>
#include <cmath>

namespace tinamix::quantize {
namespace {

constexpr double kLimit = 127;
constexpr int kSteps = 50, kShortest = 25;

/// Energy of every input of a layer, [groups][inputs], in squared codes; empty where only first moments were measured.
std::vector<double> input_energy(const InputMoments& moments, bool about_mean) {
    const auto n = static_cast<size_t>(moments.layer.inputs);
    std::vector<double> energy;
    if (moments.products.empty() || moments.columns == 0) return energy;
    const auto columns = static_cast<double>(moments.columns);
    for (size_t row = 0; row < moments.quantized.size(); ++row) {
        const double mean = about_mean ? static_cast<double>(moments.quantized[row]) / columns : 0;
        energy.push_back(std::max(0.0, moments.products[row * n + row % n] / columns - mean * mean));
    }
    return energy;
}

}  // namespace

float searched_scale(std::span<const float> row, std::span<const double> importance) {
    double peak = 0;
    for (const float weight : row) peak = std::max<double>(peak, std::fabs(weight));
    double best = peak / kLimit, least = INFINITY;
    for (int step = kSteps; step >= kShortest && peak > 0; --step) {
        const double scale = static_cast<float>(peak / kLimit * step / kSteps);
        double error = 0;
        for (size_t i = 0; i < row.size() && error < least; ++i) {
            const double code = std::clamp(std::nearbyint(row[i] / scale), -kLimit, kLimit);
            const double difference = row[i] - code * scale;
            error += difference * difference * (importance.empty() ? 1 : importance[i]);
        }
        if (!(error < least)) continue;
        least = error;
        best = scale;
    }
    return static_cast<float>(best);
}

std::vector<float> row_scales(const InputMoments& moments, const std::vector<float>& weights, bool search,
                              bool about_mean) {
    const WeightLayer& layer = moments.layer;
    const auto n = static_cast<size_t>(layer.inputs);
    const std::vector<double> energy = search ? input_energy(moments, about_mean) : std::vector<double>{};
    std::vector<float> scales;
    for (int64_t channel = 0; channel < layer.channels; ++channel) {
        const std::span<const float> row(weights.data() + static_cast<size_t>(channel) * n, n);
        if (!search) {
            double peak = 0;
            for (const float weight : row) peak = std::max<double>(peak, std::fabs(weight));
            scales.push_back(static_cast<float>(peak / kLimit));
            continue;
        }
        std::span<const double> importance;
        const int64_t group = channel / (layer.channels / layer.groups);
        if (!energy.empty()) importance = {energy.data() + static_cast<size_t>(group) * n, n};
        scales.push_back(searched_scale(row, importance));
    }
    return scales;
}

}  // namespace tinamix::quantize
