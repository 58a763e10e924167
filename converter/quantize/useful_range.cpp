#include "quantize/useful_range.h"

#include <algorithm>

namespace tinamix::quantize {

namespace {

constexpr int kSteps = 4096;

/// Furthest point from `start` towards `end` up to which the function is flat within `tolerance`.
double flat_until(const ScalarFunction& function, double start, double end, double tolerance) {
    double lowest = function(start), highest = lowest, cut = start;
    for (int step = 1; step < kSteps; ++step) {
        const double x = start + (end - start) * step / kSteps;
        const double y = function(x);
        lowest = std::min(lowest, y);
        highest = std::max(highest, y);
        if (y - lowest <= tolerance && highest - y <= tolerance) cut = x;
    }
    return cut;
}

}  // namespace

calibrate::Range useful_range(const ScalarFunction& function, const calibrate::Range& range, double tolerance) {
    calibrate::Range result = range;
    const double low = flat_until(function, range.min, range.max, tolerance);
    const double high = flat_until(function, range.max, range.min, tolerance);
    if (low >= high) return result;  // flat everywhere: nothing to gain
    result.min = static_cast<float>(low);
    result.max = static_cast<float>(high);
    return result;
}

}  // namespace tinamix::quantize
