// tinamix bench: tmx bench on a board, brought back with what the board tells about its clock and temperature.
#include <fmt/format.h>

#include "diagnostics/error.h"
#include "tool/command.h"
#include "tool/json_output.h"
#include "tool/remote_options.h"
#include "tool/simulation.h"

namespace tinamix::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kExamples =
    "  tinamix bench net.tmx --board v853\n"
    "  tinamix bench net.tmx --board t527 --address root@192.168.1.7 --threads 4 --runs 100 --json";

/// Less than this part of the highest clock at the end: the board has slowed itself down.
constexpr double kFullClock = 0.95;

Json to_json(const deploy::BoardVitals& vitals) {
    Json json = Json::object();
    if (vitals.clock_mhz > 0) json["clock_mhz"] = vitals.clock_mhz;
    if (vitals.highest_clock_mhz > 0) json["highest_clock_mhz"] = vitals.highest_clock_mhz;
    if (!vitals.governor.empty()) json["governor"] = vitals.governor;
    if (vitals.celsius > 0) json["celsius"] = vitals.celsius;
    return json;
}

bool is_slowed(const deploy::BoardVitals& vitals) {
    return vitals.highest_clock_mhz > 0 && vitals.clock_mhz < kFullClock * vitals.highest_clock_mhz;
}

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
        const deploy::BoardVitals before = board->vitals();
        Json json = board->tmx_json({"bench", model, "--threads", std::to_string(threads_), "--runs",
                                     std::to_string(runs_), "--profile", "--json"});
        const deploy::BoardVitals after = board->vitals();
        json["board"] = {{"name", board->profile().name}, {"before", to_json(before)}, {"after", to_json(after)}};
        json["board"]["throttled"] = is_slowed(after);
        if (json_) {
            print_json(json);
        } else {
            print(json, *board, before, after);
        }
        return kExitOk;
    }

  private:
    static void print(const Json& json, const deploy::RemoteBoard& board, const deploy::BoardVitals& before,
                      const deploy::BoardVitals& after) {
        const auto number = [&json](const char* key) { return json.value(key, 0.0); };
        fmt::print("{}: {:.0f} runs, p50 {:.3f} ms, p90 {:.3f}, p99 {:.3f}, min {:.3f}, max {:.3f}\n",
                   board.profile().name, number("runs"), number("p50_ms"), number("p90_ms"), number("p99_ms"),
                   number("min_ms"), number("max_ms"));
        fmt::print("  load {:.3f} ms, first run {:.3f} ms, arena {:.0f} bytes, peak RSS {:.0f} bytes\n",
                   number("load_ms"), number("first_run_ms"), number("arena_bytes"), number("peak_rss_bytes"));
        if (after.clock_mhz > 0) {
            fmt::print("  clock {:.0f} of {:.0f} MHz ({})\n", after.clock_mhz, after.highest_clock_mhz, after.governor);
        } else {
            fmt::print("  the board does not tell its clock\n");
        }
        if (after.celsius > 0)
            fmt::print("  temperature {:.0f} C before, {:.0f} C after\n", before.celsius, after.celsius);
        if (is_slowed(after)) {
            fmt::print("  THROTTLED: the clock is below its highest; these times are not the board's best\n");
        }
    }

    std::string model_;
    int threads_ = 1, runs_ = 30;
    bool json_ = false;
    RemoteOptions board_;
};

}  // namespace

std::unique_ptr<Command> bench_command(CLI::App& program) { return std::make_unique<BenchCommand>(program); }

}  // namespace tinamix::tool
