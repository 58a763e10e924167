#include "quantize/channel_statistics.h"

#include <algorithm>
#include <limits>

#include "float/sample_loop.h"

namespace tinamix::quantize {
namespace {

/// Channels of one tensor in memory: [outer][channels][inner].
struct Extent {
    int64_t outer = 1, channels = 1, inner = 1;
};

Extent extent_of(const ir::Shape& shape, const ChannelPlace& place) {
    Extent extent;
    for (size_t i = 0; i < shape.size(); ++i) {
        const auto axis = static_cast<int64_t>(i);
        if (axis < place.axis) extent.outer *= shape[i];
        if (axis > place.axis) extent.inner *= shape[i];
    }
    extent.channels = shape[static_cast<size_t>(place.axis)] / place.repeat;
    extent.inner *= place.repeat;
    return extent;
}

ChannelStatistics of_tensor(const ir::Tensor& tensor, const ChannelPlace& place) {
    const Extent extent = extent_of(tensor.shape(), place);
    const auto channels = static_cast<size_t>(extent.channels);
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    ChannelStatistics result{std::vector<float>(channels, kInfinity), std::vector<float>(channels, -kInfinity),
                             std::vector<double>(channels, 0.0), std::vector<double>(channels, 0.0)};
    const float* x = tensor.data<float>();
    for (int64_t outer = 0; outer < extent.outer; ++outer) {
        for (size_t c = 0; c < channels; ++c) {
            float low = result.min[c], high = result.max[c];
            double sum = 0, square = 0;
            for (int64_t i = 0; i < extent.inner; ++i) {
                low = std::min(low, x[i]);
                high = std::max(high, x[i]);
                sum += static_cast<double>(x[i]);
                square += static_cast<double>(x[i]) * x[i];
            }
            x += extent.inner;
            result.min[c] = low;
            result.max[c] = high;
            result.mean[c] += sum / static_cast<double>(extent.inner * extent.outer);
            result.mean_square[c] += square / static_cast<double>(extent.inner * extent.outer);
        }
    }
    return result;
}

void add(const AllChannelStatistics& from, AllChannelStatistics& to) {
    for (const auto& [id, one] : from) {
        const auto [found, first] = to.emplace(id, one);
        if (first) continue;
        ChannelStatistics& sum = found->second;
        for (size_t c = 0; c < one.min.size(); ++c) {
            sum.min[c] = std::min(sum.min[c], one.min[c]);
            sum.max[c] = std::max(sum.max[c], one.max[c]);
            sum.mean[c] += one.mean[c];
            sum.mean_square[c] += one.mean_square[c];
        }
    }
}

}  // namespace

ChannelStatistics ChannelStatistics::moved(const std::vector<double>& shift, const std::vector<double>& divisor) const {
    ChannelStatistics result = *this;
    for (size_t c = 0; c < min.size(); ++c) {
        result.min[c] = static_cast<float>((min[c] - shift[c]) / divisor[c]);
        result.max[c] = static_cast<float>((max[c] - shift[c]) / divisor[c]);
        result.mean[c] = (mean[c] - shift[c]) / divisor[c];
        const double square = mean_square[c] - 2 * shift[c] * mean[c] + shift[c] * shift[c];
        result.mean_square[c] = std::max(0.0, square) / (divisor[c] * divisor[c]);
    }
    return result;
}

AllChannelStatistics measure_channels(const ir::Graph& graph, const std::vector<ChannelPlace>& places,
                                      const data::SampleSource& samples, const ChannelStatisticsOptions& options) {
    std::map<ir::ValueId, ChannelPlace> wanted;
    for (const ChannelPlace& place : places) wanted.emplace(place.value, place);
    // Sums of doubles depend on their order: every sample keeps its own until all are there.
    std::vector<AllChannelStatistics> by_sample(options.samples.size());
    float_exec::for_each_sample(
        graph, options.samples.size(), static_cast<size_t>(options.threads),
        [&](float_exec::Executor& executor, size_t, size_t taken) {
            executor.run(samples.load(options.samples[taken]), [&](ir::ValueId id, const ir::Tensor& tensor) {
                const auto place = wanted.find(id);
                if (place != wanted.end()) by_sample[taken].emplace(id, of_tensor(tensor, place->second));
            });
        },
        options.progress);
    AllChannelStatistics result;
    for (const AllChannelStatistics& one : by_sample) add(one, result);
    for (auto& [id, statistics] : result) {
        for (double& mean : statistics.mean) mean /= static_cast<double>(by_sample.size());
        for (double& square : statistics.mean_square) square /= static_cast<double>(by_sample.size());
    }
    return result;
}

}  // namespace tinamix::quantize
