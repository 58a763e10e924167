#include "quantize/rounding_refinement.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

namespace tinamix::quantize {

namespace {

constexpr double kLimit = 127;
constexpr int kSweeps = 8;
/// A code may leave the nearest one by less than this many steps.
constexpr float kFurthest = 1.5F;

float largest_magnitude(std::span<const float> row) {
    float largest = 0;
    for (const float weight : row) largest = std::max(largest, std::fabs(weight));
    return largest;
}

/// y += a * x
void add_multiple(float a, const float* x, float* y, size_t n) {
    for (size_t i = 0; i < n; ++i) y[i] += a * x[i];
}

}  // namespace

std::vector<int16_t> refine_rounding(std::span<const float> row, double scale, std::span<const float> moments) {
    const size_t n = row.size();
    std::vector<int16_t> codes(n);
    std::vector<float> error(n), pull(n, 0.0F);  // pull = moments * error
    const float largest = largest_magnitude(row);
    const auto fixed = static_cast<size_t>(
        std::find_if(row.begin(), row.end(), [&](float w) { return std::fabs(w) == largest; }) - row.begin());
    for (size_t i = 0; i < n; ++i) {
        const double exact = row[i] / scale;
        const double code = std::clamp(std::round(exact), -kLimit, kLimit);
        codes[i] = static_cast<int16_t>(code);
        error[i] = static_cast<float>(exact - code);
    }
    for (size_t i = 0; i < n; ++i) {
        if (error[i] != 0.0F) add_multiple(error[i], moments.data() + i * n, pull.data(), n);
    }
    bool changed = true;
    for (int sweep = 0; sweep < kSweeps && changed; ++sweep) {
        changed = false;
        for (size_t i = 0; i < n; ++i) {
            const float* line = moments.data() + i * n;
            if (i == fixed || !(line[i] > 0)) continue;
            const float step = std::round(pull[i] / line[i]);
            if (step == 0.0F || std::fabs(error[i] - step) >= kFurthest) continue;
            const float code = static_cast<float>(codes[i]) + step;
            if (std::fabs(code) > static_cast<float>(kLimit)) continue;
            codes[i] = static_cast<int16_t>(code);
            error[i] -= step;
            add_multiple(-step, line, pull.data(), n);
            changed = true;
        }
    }
    return codes;
}

std::vector<float> rounding_moments(const InputMoments& moments, int64_t group, bool about_mean) {
    const auto n = static_cast<size_t>(moments.layer.inputs), start = static_cast<size_t>(group) * n;
    const auto columns = static_cast<double>(moments.columns);
    // What the columns say about a pair of inputs is worth as much as there are columns per input.
    const double trust = columns / (columns + 0.25 * static_cast<double>(n));
    std::vector<float> result(n * n);
    for (size_t i = 0; i < n; ++i) {
        const double mean_i = about_mean ? static_cast<double>(moments.quantized[start + i]) / columns : 0;
        for (size_t j = 0; j < n; ++j) {
            const double mean_j = static_cast<double>(moments.quantized[start + j]) / columns;
            const double moment = moments.products[(start + i) * n + j] / columns - mean_i * mean_j;
            result[i * n + j] = static_cast<float>(i == j ? moment : trust * moment);
        }
    }
    return result;
}

std::vector<float> refine_layer(const InputMoments& moments, const std::vector<float>& weights,
                                const std::vector<float>& scales, bool about_mean, int threads) {
    if (moments.products.empty()) return weights;
    std::vector<float> result(weights.size());
    const WeightLayer& layer = moments.layer;
    const int64_t rows_per_group = layer.channels / layer.groups;
    const auto n = static_cast<size_t>(layer.inputs);
    const auto refine_row = [&](int64_t channel, const std::vector<float>& second) {
        const size_t start = static_cast<size_t>(channel) * n;
        const std::span<const float> row(weights.data() + start, n);
        const double scale = scales[static_cast<size_t>(channel)];
        if (!(scale > 0)) return;
        const std::vector<int16_t> codes = refine_rounding(row, scale, second);
        for (size_t i = 0; i < n; ++i) result[start + i] = static_cast<float>(scale * codes[i]);
    };
    for (int64_t group = 0; group < layer.groups; ++group) {
        const std::vector<float> second = rounding_moments(moments, group, about_mean);
        std::atomic<int64_t> next = group * rows_per_group;
        const int64_t end = (group + 1) * rows_per_group;
        const auto work = [&] {
            for (int64_t channel = next++; channel < end; channel = next++) refine_row(channel, second);
        };
        std::vector<std::jthread> others;
        for (int i = 1; i < threads && rows_per_group > 1; ++i) others.emplace_back(work);
        work();
    }
    return result;
}

}  // namespace tinamix::quantize
