#include "search/distribution.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "float/executor.h"

namespace tinamix::search {

namespace {

constexpr int kCodes = 256;

/// Sums over everything seen of one value. Powers are of x in steps of the int8 scale, so that they stay moderate.
struct Sums {
    std::array<int64_t, kCodes> codes{};
    int64_t count = 0;
    std::array<double, 4> powers{};
};

void watch(Sums& sums, const quantize::Quantization& form, const ir::Tensor& tensor) {
    const float* values = tensor.data<float>();
    const double inverse = 1.0 / static_cast<double>(form.scale);
    for (int64_t i = 0; i < tensor.elements(); ++i) {
        const double x = values[i] * inverse;
        const double code = std::clamp(std::nearbyint(x) + form.zero_point, -128.0, 127.0);
        ++sums.codes[static_cast<size_t>(static_cast<int>(code) + kCodes / 2)];
        double power = x;
        for (double& sum : sums.powers) {
            sum += power;
            power *= x;
        }
    }
    sums.count += tensor.elements();
}

Distribution distribution(const Sums& sums) {
    Distribution result;
    if (sums.count == 0) return result;
    const auto count = static_cast<double>(sums.count);
    double bits = 0;
    for (const int64_t seen : sums.codes) {
        if (seen > 0) bits -= static_cast<double>(seen) / count * std::log2(static_cast<double>(seen) / count);
    }
    result.entropy = 1 - bits / std::log2(static_cast<double>(kCodes));
    const double mean = sums.powers[0] / count, second = sums.powers[1] / count, third = sums.powers[2] / count,
                 fourth = sums.powers[3] / count;
    const double variance = second - mean * mean;
    const double central = fourth - 4 * mean * third + 6 * mean * mean * second - 3 * mean * mean * mean * mean;
    result.kurtosis = variance > 0 ? central / (variance * variance) : 0;
    return result;
}

}  // namespace

std::vector<Distribution> measure_distributions(const ir::Graph& graph, const quantize::Plan& int8_plan,
                                                const data::SampleSource& samples, const std::vector<size_t>& indices,
                                                int threads) {
    std::vector<int> node_of(graph.values.size(), -1);
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const ir::ValueId output = graph.nodes[i].outputs.front();
        if (output == ir::kNoValue) continue;
        const bool int8 = int8_plan.value[static_cast<size_t>(output)].format == quantize::NumberFormat::kInt8;
        if (int8) node_of[static_cast<size_t>(output)] = static_cast<int>(i);
    }
    std::vector<Sums> sums(graph.nodes.size());
    float_exec::Executor executor(graph, {threads});
    for (const size_t index : indices) {
        executor.run(
            samples.load(index),
            [&](ir::ValueId id, const ir::Tensor& tensor) {
                const int node = node_of[static_cast<size_t>(id)];
                if (node < 0) return;
                watch(sums[static_cast<size_t>(node)], int8_plan.value[static_cast<size_t>(id)], tensor);
            },
            float_exec::ElementOrder::kAny);
    }
    std::vector<Distribution> result;
    for (const Sums& of : sums) result.push_back(distribution(of));
    return result;
}

}  // namespace tinamix::search
