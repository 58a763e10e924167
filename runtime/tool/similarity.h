// How close an array of float32 is to a reference.
#ifndef TINAMIX_RUNTIME_TOOL_SIMILARITY_H_
#define TINAMIX_RUNTIME_TOOL_SIMILARITY_H_

#include <stddef.h>

namespace tmx::tool {

/// All NaN where an element is.
struct Similarity {
    double cosine;   ///< 1 for two zero vectors, 0 when only one is zero
    double snr_db;   ///< 10 log10(sum reference^2 / sum difference^2); infinite when they are equal
    double max_abs;  ///< largest absolute difference
};

Similarity similarity(const float* values, const float* reference, size_t count);

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_SIMILARITY_H_
