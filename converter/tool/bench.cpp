// tinamix bench: tmx bench on a board, brought back with what the board tells about its clock and temperature.
#include <fmt/format.h>

#include "diagnostics/error.h"
#include "report/text.h"
#include "tool/command.h"
#include "tool/json_output.h"
#include "tool/remote_options.h"
#include "tool/simulation.h"
#include "tool/table.h"

namespace tinamix::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kExamples =
    "  tinamix bench net.tmx --board v853\n"
    "  tinamix bench net.tmx --board t527 --address root@192.168.1.7 --threads 4 --runs 100 --json";

class BenchCommand final : public Command {
  public:
    explicit BenchCommand(CLI::App& program)
        : Command(program, "bench", "Measure the speed of a model on a board", kExamples) {
        options.path("MODEL", model_, "MODEL.tmx", "the model file");
        options.integer("--threads", threads_, 1, 8, "threads on the board (default 1)");
        options.integer("--runs", runs_, 1, 1000000, "timed runs (default 30)");
        options.flag("--json", json_, "everything, layers too, as JSON on stdout");
        board_.declare(options);
    }

    int run() override {
        options.require("MODEL");
        if (!is_tmx(model_)) throw UsageError(model_, "must be a .tmx file");
        const auto board = board_.connect(options, json_);
        const std::string model = board->upload(model_);
        Json json = board->tmx_json({"bench", model, "--threads", std::to_string(threads_), "--runs",
                                     std::to_string(runs_), "--profile", "--json"});
        if (!json.contains("p50_ms")) throw Error(board->describe(), "tmx bench does not say what it measured");
        json["board"] = {{"name", board->profile().name}, {"reached", board->describe()}};
        if (json_) {
            print_json(json);
        } else {
            print(json, *board);
        }
        return kExitOk;
    }

  private:
    static void print(const Json& json, const deploy::RemoteBoard& board) {
        if (json.contains("layers")) fmt::print("{}\n", layers_table(json["layers"]).text());
        const auto number = [](const Json& object, const char* key) { return object.value(key, 0.0); };
        fmt::print("{}: {:.0f} runs, p50 {:.3f} ms, p90 {:.3f}, p99 {:.3f}, min {:.3f}, max {:.3f}\n",
                   board.profile().name, number(json, "runs"), number(json, "p50_ms"), number(json, "p90_ms"),
                   number(json, "p99_ms"), number(json, "min_ms"), number(json, "max_ms"));
        fmt::print("  load {:.3f} ms, first run {:.3f} ms, arena {}, peak RSS {}\n", number(json, "load_ms"),
                   number(json, "first_run_ms"), report::bytes_text(json.value("arena_bytes", uint64_t{0})),
                   report::bytes_text(json.value("peak_rss_bytes", uint64_t{0})));
        const Json processor = json.value("processor", Json::object());
        if (processor.contains("clock_mhz")) {
            fmt::print("  clock {:.0f} MHz, at least {:.0f}, of {:.0f} (core {}, governor {})\n",
                       number(processor, "clock_mhz"), number(processor, "lowest_clock_mhz"),
                       number(processor, "highest_clock_mhz"), processor.value("core", 0),
                       processor.value("governor", "unknown"));
        } else {
            fmt::print("  the board does not tell its clock\n");
        }
        if (processor.contains("celsius_after")) {
            fmt::print("  temperature {:.0f} C before, {:.0f} C after\n", number(processor, "celsius_before"),
                       number(processor, "celsius_after"));
        }
        if (processor.value("throttled", false)) {
            fmt::print("  THROTTLED: {}; these times are not the board's best\n", processor.value("reason", ""));
        }
    }

    static Table layers_table(const Json& layers) {
        Table table({"layer", "ONNX", "ms", "share", "MACs", "precision", "kernel"},
                    {false, false, true, true, true, false, false});
        for (const Json& layer : layers) {
            table.add({layer.value("layer", ""), layer.value("onnx_type", ""),
                       fmt::format("{:.3f}", layer.value("time_ms", 0.0)),
                       fmt::format("{:.1f} %", 100 * layer.value("share", 0.0)), si(layer.value("macs", 0.0)),
                       layer.value("precision", ""), layer.value("kernel", "")});
        }
        return table;
    }

    std::string model_;
    int threads_ = 1, runs_ = 30;
    bool json_ = false;
    RemoteOptions board_;
};

}  // namespace

std::unique_ptr<Command> bench_command(CLI::App& program) { return std::make_unique<BenchCommand>(program); }

}  // namespace tinamix::tool
