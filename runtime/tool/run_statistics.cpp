// Statistics of run times; see run_statistics.h.
#include "tool/run_statistics.h"

#include <stdlib.h>

namespace tmx::tool {
namespace {

int compare(const void* a, const void* b) {
    const uint64_t x = *static_cast<const uint64_t*>(a), y = *static_cast<const uint64_t*>(b);
    return x < y ? -1 : x > y;
}

}  // namespace

RunStatistics run_statistics(uint64_t* times, size_t count) {
    qsort(times, count, sizeof(*times), compare);
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += static_cast<double>(times[i]);
    const auto percentile = [times, count](size_t percent) { return times[(count * percent + 99) / 100 - 1]; };
    return {times[0],       percentile(50),   percentile(90),
            percentile(99), times[count - 1], sum / static_cast<double>(count)};
}

}  // namespace tmx::tool
