// How close two arrays of float32 are.
#ifndef TINAMIX_RUNTIME_TOOL_SIMILARITY_H_
#define TINAMIX_RUNTIME_TOOL_SIMILARITY_H_

#include <stddef.h>

namespace tmx::tool {

struct Similarity {
    double cosine;   ///< 1 for two zero vectors, 0 when only one is zero; NaN where an element is
    double max_abs;  ///< largest absolute difference; NaN where an element is
};

Similarity similarity(const float* a, const float* b, size_t count);

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_SIMILARITY_H_
