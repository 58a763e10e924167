// tmx bench: how fast a model runs here, as a whole and layer by layer.
#include <stdio.h>

#include "tool/bench_report.h"
#include "tool/commands.h"
#include "tool/file_io.h"
#include "tool/run_inputs.h"
#include "tool/session.h"

namespace tmx::tool {
namespace {

constexpr int64_t kDefaultRuns = 50;
constexpr int64_t kDefaultWarmup = 3;
constexpr int64_t kMaxRuns = 1000000;
constexpr double kDefaultSeconds = 10;
constexpr double kMaxSeconds = 86400;

struct Settings {
    int64_t runs = kDefaultRuns;
    int64_t warmup = kDefaultWarmup;
    double seconds = kDefaultSeconds;

    int read(const Arguments& arguments) {
        const bool good = arguments.integer("--runs", 1, kMaxRuns, &runs) &&
                          arguments.integer("--warmup", 0, kMaxRuns, &warmup) &&
                          arguments.positive_real("--max-seconds", kMaxSeconds, &seconds);
        return good ? kExitOk : kExitUsage;
    }
};

/// Ends a series of runs: the number is reached, or the time is up. At least one run is made.
class Budget {
  public:
    Budget(int64_t runs, double seconds)
        : runs_(runs), end_(now_nanoseconds() + static_cast<uint64_t>(seconds * 1e9)) {}
    bool allows(int64_t done) const { return done < runs_ && (done == 0 || now_nanoseconds() < end_); }

  private:
    int64_t runs_;
    uint64_t end_;
};

struct Profile {
    BenchReport* report;
    uint64_t run_start;
};

void observe(void* user, const tmx_model*, int32_t op_index, uint64_t nanoseconds) {
    const Profile& profile = *static_cast<const Profile*>(user);
    const size_t op = static_cast<size_t>(op_index);
    const uint64_t since_start = now_nanoseconds() - profile.run_start;
    profile.report->op_times[op] += nanoseconds;
    profile.report->last_time[op] = nanoseconds;
    profile.report->last_start[op] = since_start > nanoseconds ? since_start - nanoseconds : 0;
}

int measure(Session* session, const InputCopy& inputs, const Settings& settings, BenchReport* report) {
    const auto timed_run = [session, &inputs](uint64_t* nanoseconds) {
        inputs.restore();
        const uint64_t start = now_nanoseconds();
        const int status = session->run();
        *nanoseconds = now_nanoseconds() - start;
        return status;
    };
    int status = timed_run(&report->first_run);
    uint64_t time = 0;
    const Budget warmup(settings.warmup, settings.seconds);
    while (status == kExitOk && warmup.allows(report->warmup_runs)) {
        status = timed_run(&time);
        ++report->warmup_runs;
    }
    Array<uint64_t> times;
    const Budget budget(settings.runs, settings.seconds);
    while (status == kExitOk && budget.allows(report->runs)) {
        status = timed_run(&time);
        times.push(time);
        ++report->runs;
        report->processor.look();
    }
    if (status != kExitOk) return status;
    report->processor.finish();
    report->wanted_runs = settings.runs;
    report->statistics = run_statistics(times.data(), times.size());
    report->memory = process_memory();
    return kExitOk;
}

/// In runs of their own, so that reading the clock after each op does not slow the measured ones.
int profile_runs(Session* session, const InputCopy& inputs, const Settings& settings, BenchReport* report) {
    const size_t ops = static_cast<size_t>(session->info().op_count);
    report->op_times.resize(ops);
    report->last_start.resize(ops);
    report->last_time.resize(ops);
    Profile profile = {report, 0};
    tmx_set_observer(session->model(), observe, &profile, 1);
    int status = kExitOk;
    const Budget budget(settings.runs, settings.seconds);
    while (status == kExitOk && budget.allows(report->profiled_runs)) {
        inputs.restore();
        profile.run_start = now_nanoseconds();
        status = session->run();
        ++report->profiled_runs;
    }
    tmx_set_observer(session->model(), nullptr, nullptr, 0);
    return status;
}

int run_bench(const Arguments& arguments) {
    Settings settings;
    int status = settings.read(arguments);
    if (status != kExitOk) return status;
    Session session;
    status = session.open(arguments, arguments.positional(0));
    if (status != kExitOk) return status;
    BenchReport report;
    report.own_inputs = arguments.has("--input");
    if (report.own_inputs) {
        RunInputs inputs(session, false);
        status = inputs.read(false);
        if (status == kExitOk) status = inputs.set(0);
        if (status != kExitOk) return status;
    } else {
        session.set_pattern();
    }
    const InputCopy inputs(session);
    status = measure(&session, inputs, settings, &report);
    const char* trace = arguments.value("--trace");
    if (status == kExitOk && (arguments.has("--profile") || trace != nullptr)) {
        status = profile_runs(&session, inputs, settings, &report);
    }
    if (status != kExitOk) return status;

    Text out;
    if (trace != nullptr) {
        append_bench_trace(session, report, &out);
        const Piece piece = {out.c_str(), out.size()};
        Text error;
        if (!write_file(trace, &piece, 1, &error)) {
            report_error(arguments, "%s", error.c_str());
            return kExitFailed;
        }
        out.clear();
    }
    if (!arguments.has("--profile")) report.profiled_runs = 0;
    if (arguments.has("--json")) {
        append_bench_json(session, report, &out);
    } else {
        append_bench_text(session, report, &out);
    }
    fputs(out.c_str(), stdout);
    return kExitOk;
}

constexpr const char* kPositionals[] = {"MODEL.tmx"};
constexpr Option kOptions[] = {
    kThreadsOption,
    {"--runs", "N", "runs to measure (default 50)", false, false},
    {"--warmup", "N", "runs before them, beside the first one (default 3)", false, false},
    {"--max-seconds", "S", "end each series of runs after this time, with at least one run (default 10)", false, false},
    {"--input", "FILE.npy",
     "float32, one per input of the model, in its order\n(default: a fixed pseudo-random pattern)", false, true},
    {"--profile", nullptr, "also time every layer, in further runs", false, false},
    {"--trace", "FILE", "write the last profiled run as a Chrome trace (chrome://tracing, Perfetto)", false, false},
    {"--json", nullptr, "print JSON", false, false},
};

}  // namespace

const Command kBenchCommand = {
    "bench",
    "measure load time, run time, memory, and the time of every layer",
    "Prints the time to open the model, the first run, then min, p50, p90, p99 and mean of the measured runs,\n"
    "the arena, the weights, and the resident memory of the process (VmRSS, VmHWM); then clock, governor and\n"
    "temperature, as far as the kernel tells (/sys, or TMX_SYSFS), and whether the processor was throttled. With\n"
    "--profile a table of all layers: time, share, MACs, MACs per nanosecond, precision, shapes, kernel. Inputs\n"
    "are set between runs, outside of the measured time.",
    kPositionals,
    1,
    kOptions,
    sizeof(kOptions) / sizeof(*kOptions),
    "  tmx bench net.tmx\n"
    "  tmx bench net.tmx --threads 2 --runs 200 --profile\n"
    "  tmx bench net.tmx --json --max-seconds 2 | jq .p50_ms\n"
    "  tmx bench net.tmx --trace trace.json",
    run_bench,
};

}  // namespace tmx::tool
