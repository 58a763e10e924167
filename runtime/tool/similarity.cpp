// Similarity of arrays; see similarity.h.
#include "tool/similarity.h"

#include <math.h>

namespace tmx::tool {

Similarity similarity(const float* a, const float* b, size_t count) {
    double dot = 0, norm_a = 0, norm_b = 0, max_abs = 0;
    bool broken = false;
    for (size_t i = 0; i < count; ++i) {
        const double x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
        const double difference = x > y ? x - y : y - x;
        broken = broken || x != x || y != y;
        dot += x * y;
        norm_a += x * x;
        norm_b += y * y;
        if (difference > max_abs) max_abs = difference;
    }
    const double nan = static_cast<double>(NAN);
    if (broken) return {nan, nan};
    if (norm_a == 0 || norm_b == 0) return {norm_a == norm_b ? 1.0 : 0.0, max_abs};
    // Rounding may end a hair outside of [-1, 1].
    const double cosine = dot / (sqrt(norm_a) * sqrt(norm_b));
    return {cosine > 1 ? 1 : cosine < -1 ? -1 : cosine, max_abs};
}

}  // namespace tmx::tool
