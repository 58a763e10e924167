#include "calibrate/octav.h"

#include <algorithm>
#include <cmath>

namespace tinamix::calibrate {

float octav_threshold(const Histogram& histogram, const Range& seen) {
    const std::vector<uint64_t> bins = histogram.magnitudes();
    if (bins.empty()) return 0;
    // Sums over the bins from i on.
    std::vector<double> count(bins.size() + 1), sum(bins.size() + 1);
    for (size_t i = bins.size(); i-- > 0;) {
        const double magnitude = (static_cast<double>(i) + 0.5) * histogram.bin_width();
        count[i] = count[i + 1] + static_cast<double>(bins[i]);
        sum[i] = sum[i + 1] + magnitude * static_cast<double>(bins[i]);
    }
    const bool one_sign = seen.observed_min >= 0 || seen.observed_max <= 0;
    const double rounding = std::ldexp(1.0, -16) / 3 / (one_sign ? 4 : 1);
    // The iteration is Newton's on a convex function: from below it rises to the fixed point within a few steps.
    constexpr int kMostSteps = 50;
    constexpr double kEnough = 1e-6;
    double s = sum[0] / count[0];
    for (int step = 0; step < kMostSteps; ++step) {
        const auto bin =
            static_cast<size_t>(std::clamp(s / histogram.bin_width(), 0.0, static_cast<double>(bins.size())));
        const double next = sum[bin] / (rounding * (count[0] - count[bin]) + count[bin]);
        const bool settled = std::fabs(next - s) < kEnough * s;
        s = next;
        if (settled || !(s > 0)) break;
    }
    return std::min(static_cast<float>(s), histogram.largest());
}

}  // namespace tinamix::calibrate
