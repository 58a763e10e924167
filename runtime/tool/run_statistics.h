// Times of many runs in a few numbers.
#ifndef TINAMIX_RUNTIME_TOOL_RUN_STATISTICS_H_
#define TINAMIX_RUNTIME_TOOL_RUN_STATISTICS_H_

#include <stddef.h>
#include <stdint.h>

namespace tmx::tool {

/// Nanoseconds.
struct RunStatistics {
    uint64_t min, p50, p90, p99, max;
    double mean;
};

/// Sorts `times` (at least one). A percentile is the smallest time that p percent of the runs do not exceed.
RunStatistics run_statistics(uint64_t* times, size_t count);

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_RUN_STATISTICS_H_
