// What `tmx bench` measured, and its three forms: text, JSON, Chrome trace.
#ifndef TINAMIX_RUNTIME_TOOL_BENCH_REPORT_H_
#define TINAMIX_RUNTIME_TOOL_BENCH_REPORT_H_

#include <stdint.h>

#include "tool/process_memory.h"
#include "tool/processor_state.h"
#include "tool/run_statistics.h"
#include "tool/session.h"
#include "tool/text.h"

namespace tmx::tool {

/// Times are in nanoseconds.
struct BenchReport {
    uint64_t first_run = 0;
    int64_t warmup_runs = 0;
    int64_t wanted_runs = 0;
    int64_t runs = 0;  ///< fewer than wanted when --max-seconds stopped them
    RunStatistics statistics = {};
    ProcessMemory memory = {};
    ProcessorWatch processor;
    bool own_inputs = false;     ///< from --input; otherwise the fixed pattern
    int64_t profiled_runs = 0;   ///< 0: no profile was asked for
    Array<uint64_t> op_times;    ///< per op, summed over the profiled runs
    Array<uint64_t> last_start;  ///< per op, in the last profiled run, since its start
    Array<uint64_t> last_time;
};

void append_bench_text(const Session& session, const BenchReport& report, Text* out);
void append_bench_json(const Session& session, const BenchReport& report, Text* out);
/// The last profiled run as a Chrome trace (chrome://tracing, https://ui.perfetto.dev).
void append_bench_trace(const Session& session, const BenchReport& report, Text* out);

}  // namespace tmx::tool

#endif  // TINAMIX_RUNTIME_TOOL_BENCH_REPORT_H_
