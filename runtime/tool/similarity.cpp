// Similarity of arrays; see similarity.h.
#include "tool/similarity.h"

#include <math.h>

namespace tmx::tool {

Similarity similarity(const float* values, const float* reference, size_t count) {
    double dot = 0, norm = 0, norm_reference = 0, noise = 0, max_abs = 0;
    bool broken = false;
    for (size_t i = 0; i < count; ++i) {
        const double x = static_cast<double>(values[i]), y = static_cast<double>(reference[i]);
        const double difference = x > y ? x - y : y - x;
        broken = broken || x != x || y != y;
        dot += x * y;
        norm += x * x;
        norm_reference += y * y;
        noise += difference * difference;
        if (difference > max_abs) max_abs = difference;
    }
    if (broken) return {static_cast<double>(NAN), static_cast<double>(NAN), static_cast<double>(NAN)};
    const double snr_db = noise == 0 ? static_cast<double>(INFINITY) : 10 * log10(norm_reference / noise);
    if (norm == 0 || norm_reference == 0) return {norm == norm_reference ? 1.0 : 0.0, snr_db, max_abs};
    // Rounding may end a hair outside of [-1, 1].
    const double cosine = dot / (sqrt(norm) * sqrt(norm_reference));
    return {cosine > 1 ? 1 : cosine < -1 ? -1 : cosine, snr_db, max_abs};
}

}  // namespace tmx::tool
