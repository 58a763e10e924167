// Forms of a benchmark's result; see bench_report.h.
#include "tool/bench_report.h"

#include "tool/json_writer.h"
#include "tool/tensor_text.h"
#include "tool/text_table.h"

namespace tmx::tool {
namespace {

uint64_t sum(const Array<uint64_t>& times) {
    uint64_t total = 0;
    for (size_t i = 0; i < times.size(); ++i) total += times[i];
    return total;
}

double mean_time(const BenchReport& report, size_t op) {
    return static_cast<double>(report.op_times[op]) / static_cast<double>(report.profiled_runs);
}

double share(const BenchReport& report, size_t op, uint64_t total) {
    return total == 0 ? 0 : static_cast<double>(report.op_times[op]) / static_cast<double>(total);
}

double macs_per_nanosecond(uint64_t macs, double nanoseconds) {
    return nanoseconds <= 0 ? 0 : static_cast<double>(macs) / nanoseconds;
}

void append_profile(const Session& session, const BenchReport& report, Text* out) {
    static constexpr const char* kHeadings[] = {">op",   "layer",   "ONNX",      ">time ms", ">share",
                                                ">MACs", ">MAC/ns", "precision", "shapes",   "kernel"};
    TextTable table(kHeadings, sizeof(kHeadings) / sizeof(*kHeadings));
    const uint64_t total = sum(report.op_times);
    Text shapes;
    for (int32_t i = 0; i < session.info().op_count; ++i) {
        const tmx_op op = session.op(i);
        const double time = mean_time(report, static_cast<size_t>(i));
        table.cell_format("%ld", static_cast<long>(i));
        table.cell(op.layer);
        table.cell(op.onnx_type);
        table.cell_format("%.4f", time / 1e6);
        table.cell_format("%.1f %%", 100 * share(report, static_cast<size_t>(i), total));
        table.cell_format("%llu", static_cast<unsigned long long>(op.macs));
        if (op.macs == 0) {
            table.cell("-");
        } else {
            table.cell_format("%.3f", macs_per_nanosecond(op.macs, time));
        }
        table.cell(precision_name(op.precision));
        shapes.clear();
        append_op_shapes(&shapes, session, op);
        table.cell(shapes.c_str());
        table.cell(op.kernel);
    }
    out->format("\nlayers: mean of %lld profiled runs, %.4f ms in all ops\n",
                static_cast<long long>(report.profiled_runs),
                static_cast<double>(total) / 1e6 / static_cast<double>(report.profiled_runs));
    table.append_to(out);
}

}  // namespace

void append_bench_text(const Session& session, const BenchReport& report, Text* out) {
    const tmx_info& info = session.info();
    out->append("model      ");
    out->append_printable(session.path());
    out->append("\nproducer   ");
    out->append_printable(info.producer);
    out->format("\nruntime    %s, kernels ", tmx_version());
    out->append_printable(info.isa);
    out->format(", %ld thread%s, %s\n", static_cast<long>(info.threads), info.threads == 1 ? "" : "s",
                report.own_inputs ? "inputs from files" : "pseudo-random inputs");
    const auto line = [out](const char* key, double nanoseconds) {
        out->format("%-11s", key);
        append_milliseconds(out, nanoseconds);
        out->append('\n');
    };
    line("load", static_cast<double>(session.load_nanoseconds()));
    line("first run", static_cast<double>(report.first_run));
    out->format("runs       %lld, after %lld to warm up", static_cast<long long>(report.runs),
                static_cast<long long>(report.warmup_runs));
    if (report.runs < report.wanted_runs) {
        out->format(" (%lld were asked for; --max-seconds ended them)", static_cast<long long>(report.wanted_runs));
    }
    out->append('\n');
    line("min", static_cast<double>(report.statistics.min));
    line("p50", static_cast<double>(report.statistics.p50));
    line("p90", static_cast<double>(report.statistics.p90));
    line("p99", static_cast<double>(report.statistics.p99));
    line("max", static_cast<double>(report.statistics.max));
    line("mean", report.statistics.mean);
    const auto bytes = [out](const char* key, uint64_t value) {
        out->format("%-11s", key);
        if (value == 0) {
            out->append("unknown");
        } else {
            append_bytes(out, value);
        }
        out->append('\n');
    };
    bytes("arena", info.arena_bytes);
    bytes("weights", info.weights_bytes);
    bytes("file", info.file_bytes);
    bytes("RSS", report.memory.resident_bytes);
    bytes("peak RSS", report.memory.peak_resident_bytes);
    report.processor.append_text(out);
    if (report.profiled_runs > 0) append_profile(session, report, out);
}

void append_bench_json(const Session& session, const BenchReport& report, Text* out) {
    const tmx_info& info = session.info();
    JsonWriter json(out);
    json.begin_object();
    write_model_members(&json, session);
    json.member("inputs", report.own_inputs ? "files" : "pattern");
    json.member_real("load_ms", static_cast<double>(session.load_nanoseconds()) / 1e6);
    json.member_real("first_run_ms", static_cast<double>(report.first_run) / 1e6);
    json.member_integer("warmup_runs", report.warmup_runs);
    json.member_integer("wanted_runs", report.wanted_runs);
    json.member_integer("runs", report.runs);
    json.member_real("min_ms", static_cast<double>(report.statistics.min) / 1e6);
    json.member_real("p50_ms", static_cast<double>(report.statistics.p50) / 1e6);
    json.member_real("p90_ms", static_cast<double>(report.statistics.p90) / 1e6);
    json.member_real("p99_ms", static_cast<double>(report.statistics.p99) / 1e6);
    json.member_real("max_ms", static_cast<double>(report.statistics.max) / 1e6);
    json.member_real("mean_ms", report.statistics.mean / 1e6);
    json.member_unsigned("arena_bytes", info.arena_bytes);
    json.member_unsigned("weights_bytes", info.weights_bytes);
    json.member_unsigned("file_bytes", info.file_bytes);
    json.member_unsigned("rss_bytes", report.memory.resident_bytes);
    json.member_unsigned("peak_rss_bytes", report.memory.peak_resident_bytes);
    report.processor.write_json(&json);
    if (report.profiled_runs > 0) {
        const uint64_t total = sum(report.op_times);
        json.member_integer("profiled_runs", report.profiled_runs);
        json.key("layers");
        json.begin_array();
        for (int32_t i = 0; i < info.op_count; ++i) {
            const double time = mean_time(report, static_cast<size_t>(i));
            json.begin_object();
            write_op_members(&json, session, i);
            json.member_real("time_ms", time / 1e6);
            json.member_real("share", share(report, static_cast<size_t>(i), total));
            json.member_real("macs_per_ns", macs_per_nanosecond(session.op(i).macs, time));
            json.end_object();
        }
        json.end_array();
    }
    json.end_object();
}

void append_bench_trace(const Session& session, const BenchReport& report, Text* out) {
    JsonWriter json(out);
    json.begin_object();
    json.member("displayTimeUnit", "ns");
    json.key("otherData");
    json.begin_object();
    write_model_members(&json, session);
    json.end_object();
    json.key("traceEvents");
    json.begin_array();
    for (int32_t i = 0; i < session.info().op_count; ++i) {
        const tmx_op op = session.op(i);
        json.begin_object();
        json.member("name", op.layer);
        json.member("cat", precision_name(op.precision));
        json.member("ph", "X");  // a complete event; times in microseconds
        json.member_real("ts", static_cast<double>(report.last_start[static_cast<size_t>(i)]) / 1e3);
        json.member_real("dur", static_cast<double>(report.last_time[static_cast<size_t>(i)]) / 1e3);
        json.member_integer("pid", 1);
        json.member_integer("tid", 1);
        json.key("args");
        json.begin_object();
        write_op_members(&json, session, i);
        json.end_object();
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

}  // namespace tmx::tool
