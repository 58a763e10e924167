#include "calibrate/percentile.h"

#include <algorithm>

namespace tinamix::calibrate {

Range percentile_range(const Histogram& histogram, const Range& seen, double percent) {
    Range range = seen;
    const std::vector<uint64_t>& bins = histogram.bins();
    uint64_t total = histogram.zeros();
    for (const uint64_t bin : bins) total += bin;
    const auto left_out = static_cast<uint64_t>(static_cast<double>(total) * (1 - percent / 100));
    const auto half = static_cast<double>(bins.size()) / 2;
    const size_t zero = bins.size() / 2;
    // Bins are passed from the outside as long as all they hold may be left out. Zeros lie between the signs.
    uint64_t passed = 0;
    size_t top = bins.size();
    while (top > 0 && passed + bins[top - 1] + (top == zero ? histogram.zeros() : 0) <= left_out) {
        passed += bins[top - 1] + (top == zero ? histogram.zeros() : 0);
        --top;
    }
    passed = 0;
    size_t bottom = 0;
    while (bottom < bins.size() && passed + bins[bottom] + (bottom == zero ? histogram.zeros() : 0) <= left_out) {
        passed += bins[bottom] + (bottom == zero ? histogram.zeros() : 0);
        ++bottom;
    }
    const auto edge = [&](size_t bin) {
        return static_cast<float>((static_cast<double>(bin) - half) * histogram.bin_width());
    };
    range.max = std::clamp(edge(top), seen.observed_min, seen.observed_max);
    range.min = std::clamp(edge(bottom), seen.observed_min, range.max);
    return range;
}

double percent_of_depth(size_t layer, size_t layers) {
    constexpr double kFirst = 99.99, kLast = 99.999999;
    return layers == 0 ? kFirst : kFirst + (kLast - kFirst) * static_cast<double>(layer) / static_cast<double>(layers);
}

}  // namespace tinamix::calibrate
