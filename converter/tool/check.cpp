// tinamix check: does a board compute, bit for bit, what was simulated here, and how close is that to the float
// network?
#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "deploy/check_report.h"
#include "diagnostics/error.h"
#include "formats/atomic_file.h"
#include "report/text.h"
#include "tool/command.h"
#include "tool/golden_simulation.h"
#include "tool/json_output.h"
#include "tool/remote_options.h"
#include "tool/simulation.h"
#include "tool/table.h"

namespace tinamix::tool {
namespace {

using Json = nlohmann::ordered_json;
using deploy::CheckReport;

constexpr const char* kExamples =
    "  tinamix check net.tmx net.golden --board v853\n"
    "  tinamix check net.tmx net.golden --board t527 --address root@192.168.1.7 --html check.html --min-cosine 0.99";

deploy::Closeness closeness_of(const report::Similarity& similarity) {
    return {similarity.cosine, similarity.snr_db, similarity.max_abs};
}

/// What `tmx check` says about a tensor or output. JSON has no infinity and no NaN: the ratio of equal tensors is null,
/// and so is everything about one that is no number.
deploy::Closeness closeness_of(const Json& json) {
    const auto number = [&json](const char* key) {
        const auto found = json.find(key);
        return found != json.end() && found->is_number() ? found->get<double>() : NAN;
    };
    deploy::Closeness board{number("cosine"), number("snr_db"), number("max_abs")};
    if (board.max_abs == 0) board.snr_db = INFINITY;
    return board;
}

class CheckCommand final : public Command {
  public:
    explicit CheckCommand(CLI::App& program)
        : Command(program, "check", "Compare what a board computes with the simulation and the float network",
                  kExamples) {
        options.path("MODEL", model_, "MODEL.tmx", "the model file");
        options.path("GOLDEN", golden_, "MODEL.golden", "from `tinamix golden`");
        options.integer("--threads", threads_, 1, 8, "threads on the board (default 1)");
        options.number("--min-cosine", limits_.min_cosine, -1, 1, "least cosine of every output to the float network");
        options.number("--min-snr", limits_.min_snr_db, -1000, 1000, "least ratio of signal to noise, in dB");
        options.number("--max-abs", limits_.max_abs, 0, 1e30, "largest error of any value of an output");
        options.path("--html", html_, "FILE.html", "a page of the result");
        options.flag("--json", json_, "as JSON on stdout");
        board_.declare(options);
    }

    int run() override {
        for (const char* name : {"MODEL", "GOLDEN"}) options.require(name);
        if (!is_tmx(model_)) throw UsageError(model_, "must be a .tmx file");
        GoldenSimulation simulation(model_, golden_, 1);
        const auto board = board_.connect(options, json_);
        const std::string model = board->upload(model_), golden = board->upload(golden_);
        CheckReport report;
        report.model = std::filesystem::path(model_).filename().string();
        report.golden = std::filesystem::path(golden_).filename().string();
        report.limits = limits_;
        report.frames = simulation.frames();
        read_answer(board->tmx_json({"check", model, golden, "--json", "--threads", std::to_string(threads_)}), *board,
                    &report);
        add_simulation(simulation, &report);
        if (!html_.empty()) formats::write_file_atomically(html_, deploy::check_page(report));
        if (json_) {
            print_json(to_json(report));
        } else {
            print(report);
        }
        return report.passed() ? kExitOk : kExitFailed;
    }

  private:
    static void read_answer(const Json& json, const deploy::RemoteBoard& board, CheckReport* report) {
        if (!json.contains("tensors") || !json.contains("outputs")) {
            throw Error(board.describe(), "tmx check does not say what it found", "is its tmx of another version?");
        }
        report->board = board.profile().name;
        report->tmx_version = board.tmx_version();
        report->kernels = json.value("isa", "");
        report->unchecked = json.value("unchecked", uint64_t{0});
        report->frame = json.value("frame", uint32_t{0});
        if (report->frame >= report->frames) throw Error(board.describe(), "tmx check names a frame that is not there");
        report->from_npu = json.value("from_npu", uint64_t{0});
        report->far_off = json.value("differing", uint64_t{0}) == 0 && !json.value("good", true);
        for (const Json& tensor : json["tensors"]) {
            CheckReport::Tensor& checked = report->tensors.emplace_back();
            checked.name = tensor.value("name", "");
            checked.layer = tensor.value("layer", "");
            checked.exact = tensor.value("exact", false);
            if (tensor.contains("cosine")) checked.to_float = {{}, closeness_of(tensor)};
        }
        for (const Json& output : json["outputs"]) {
            report->outputs.push_back({output.value("name", ""), {{}, closeness_of(output)}});
        }
    }

    static void add_simulation(GoldenSimulation& simulation, CheckReport* report) {
        const GoldenSimulation::Result here = simulation.run(report->frame);
        if (here.outputs.size() != report->outputs.size()) throw Error(report->board, "tmx check names other outputs");
        for (size_t i = 0; i < here.outputs.size(); ++i) {
            report->outputs[i].to_float.simulation = closeness_of(here.outputs[i]);
        }
        for (CheckReport::Tensor& tensor : report->tensors) {
            const auto found = here.layers.find(tensor.name);
            if (!tensor.to_float || found == here.layers.end()) {
                tensor.to_float.reset();
            } else {
                tensor.to_float->simulation = closeness_of(found->second);
            }
        }
    }

    static Json to_json(const deploy::Closeness& closeness) {
        return {{"cosine", closeness.cosine}, {"snr_db", closeness.snr_db}, {"max_abs", closeness.max_abs}};
    }

    static Json to_json(const deploy::Pair& pair) {
        return {{"simulation", to_json(pair.simulation)}, {"board", to_json(pair.board)}};
    }

    static Json to_json(const CheckReport& report) {
        Json json{{"model", report.model},
                  {"golden", report.golden},
                  {"board", report.board},
                  {"tmx", report.tmx_version},
                  {"kernels", report.kernels},
                  {"frame", report.frame},
                  {"frames", report.frames},
                  {"exact", report.differing() == 0},
                  {"tensor_count", report.tensors.size()},
                  {"differing", report.differing()},
                  {"unchecked", report.unchecked},
                  {"from_npu", report.from_npu},
                  {"far_off", report.far_off}};
        if (const CheckReport::Tensor* first = report.first_differing()) {
            json["first_differing"] = {{"tensor", first->name}, {"layer", first->layer}};
        }
        for (const CheckReport::Output& output : report.outputs) {
            Json entry{{"name", output.name}};
            entry.update(to_json(output.to_float));
            json["outputs"].push_back(std::move(entry));
        }
        for (const CheckReport::Tensor& tensor : report.tensors) {
            Json entry{{"name", tensor.name}, {"layer", tensor.layer}, {"exact", tensor.exact}};
            if (tensor.to_float) entry.update(to_json(*tensor.to_float));
            json["tensors"].push_back(std::move(entry));
        }
        json["missed_limits"] = report.missed_limits();
        json["passed"] = report.passed();
        return json;
    }

    /// A table of what is held against the float network, simulation beside board.
    static Table comparison(const std::string& what) {
        return {{what, "", "cosine sim.", "board", "SNR sim.", "board", "max abs sim.", "board"},
                {false, false, true, true, true, true, true, true}};
    }

    static void add_row(const std::string& name, const std::string& remark, const deploy::Pair& pair, Table* table) {
        const deploy::Closeness &simulation = pair.simulation, &board = pair.board;
        table->add({name, remark, fmt::format("{:.6f}", simulation.cosine), fmt::format("{:.6f}", board.cosine),
                    report::snr_text(simulation.snr_db), report::snr_text(board.snr_db),
                    fmt::format("{:.4g}", simulation.max_abs), fmt::format("{:.4g}", board.max_abs)});
    }

    static void print(const CheckReport& report) {
        if (report.has_float_layers()) {
            Table layers = comparison("layer");
            for (const CheckReport::Tensor& tensor : report.tensors) {
                const std::string remark = tensor.exact ? "exact" : "DIFFERS";
                if (tensor.to_float) add_row(tensor.layer, remark, *tensor.to_float, &layers);
            }
            fmt::print("{}\n", layers.text());
        }
        Table outputs = comparison("output");
        for (const CheckReport::Output& output : report.outputs) add_row(output.name, "", output.to_float, &outputs);
        fmt::print("{}\n", outputs.text());
        const bool one_frame = report.frames == 1;
        if (const CheckReport::Tensor* first = report.first_differing()) {
            const std::string where =
                one_frame ? "" : fmt::format(", in frame {} of {}", report.frame + 1, report.frames);
            fmt::print(
                "{} on {}: {} of {} tensors differ from the simulation, the first in layer `{}` (tensor `{}`){}\n",
                report.model, report.board, report.differing(), report.tensors.size(), first->layer, first->name,
                where);
        } else {
            const std::string where = one_frame ? "" : fmt::format(" in each of {} frames", report.frames);
            fmt::print("{} on {}: all {} tensors exact{}, kernels {}\n", report.model, report.board,
                       report.tensors.size(), where, report.kernels);
        }
        for (const std::string& miss : report.missed_limits()) fmt::print("{}\n", miss);
        if (report.from_npu > 0) {
            fmt::print("{} tensors of or behind the NPU{}\n", report.from_npu,
                       report.far_off ? ": an output is too far from the float network" : "");
        }
    }

    std::string model_, golden_, html_;
    int threads_ = 1;
    bool json_ = false;
    deploy::Limits limits_;
    RemoteOptions board_;
};

}  // namespace

std::unique_ptr<Command> check_command(CLI::App& program) { return std::make_unique<CheckCommand>(program); }

}  // namespace tinamix::tool
