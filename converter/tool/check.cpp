// tinamix check: does a board compute, bit for bit, what was simulated here, and how close is that to the float
// network?
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <optional>

#include "deploy/check_report.h"
#include "diagnostics/error.h"
#include "formats/atomic_file.h"
#include "golden_generated.h"
#include "tool/command.h"
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

/// Runs the golden inputs here and compares the outputs with the float network's. Throws Error.
std::vector<CheckReport::Output> simulate(const std::string& model, const std::string& path, int threads) {
    namespace format = tmx::format;
    const std::string bytes = formats::read_file(path);
    flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    if (!format::VerifyGoldenBuffer(verifier)) throw Error(path, "is not a golden file");
    const format::Golden& golden = *format::GetGolden(bytes.data());
    Simulation simulation(model, threads);
    const tmx_info& info = simulation.info();
    if (golden.model_checksum() != info.checksum || static_cast<int32_t>(golden.inputs()->size()) != info.input_count ||
        static_cast<int32_t>(golden.float_outputs()->size()) != info.output_count) {
        throw Error(path, "belongs to another model than " + model, "`tinamix golden` makes one");
    }
    const auto tensor_of = [](const format::GoldenArray& array) {
        return ir::Tensor::from(ir::Shape(array.shape()->begin(), array.shape()->end()),
                                std::vector<float>(array.values()->begin(), array.values()->end()));
    };
    for (int32_t i = 0; i < info.input_count; ++i) {
        simulation.set_input(i, tensor_of(*golden.inputs()->Get(static_cast<uint32_t>(i))));
    }
    simulation.run();
    std::vector<CheckReport::Output> outputs;
    for (int32_t i = 0; i < info.output_count; ++i) {
        const std::vector<float> expected =
            tensor_of(*golden.float_outputs()->Get(static_cast<uint32_t>(i))).to_floats();
        const std::vector<float> actual = simulation.output_values(i).to_floats();
        const std::string name = simulation.output(i).name;
        outputs.push_back({name, report::similarity(expected, actual, name), 0, 0});
    }
    return outputs;
}

class CheckCommand final : public Command {
  public:
    explicit CheckCommand(CLI::App& program)
        : Command(program, "check", "Compare what a board computes with the simulation and the float network",
                  kExamples) {
        options.path("MODEL", model_, "MODEL.tmx", "the model file");
        options.path("GOLDEN", golden_, "MODEL.golden", "from `tinamix golden`");
        options.integer("--threads", threads_, 1, 8, "threads on the board (default 1)");
        options.number("--min-cosine", min_cosine_, -1, 1, "least cosine of every output to the float network");
        options.path("--html", html_, "FILE.html", "a page of the result");
        options.flag("--json", json_, "as JSON on stdout");
        board_.declare(options);
    }

    int run() override {
        for (const char* name : {"MODEL", "GOLDEN"}) options.require(name);
        if (!is_tmx(model_)) throw UsageError(model_, "must be a .tmx file");
        CheckReport report;
        report.model = std::filesystem::path(model_).filename().string();
        report.golden = std::filesystem::path(golden_).filename().string();
        report.outputs = simulate(model_, golden_, 1);
        const auto board = board_.connect(options, json_);
        const std::string model = board->upload(model_), golden = board->upload(golden_);
        read_answer(board->tmx_json({"check", model, golden, "--json", "--threads", std::to_string(threads_)}), *board,
                    &report);
        if (!html_.empty()) formats::write_file_atomically(html_, deploy::check_page(report));
        const bool close = !min_cosine_ || report.least_cosine() >= *min_cosine_;
        if (json_) {
            print_json(to_json(report));
        } else {
            print(report);
            if (!close) fmt::print("the least cosine is below {}\n", *min_cosine_);
        }
        return report.differing() == 0 && close ? kExitOk : kExitFailed;
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
        for (const Json& tensor : json["tensors"]) {
            report->tensors.push_back(
                {tensor.value("name", ""), tensor.value("layer", ""), tensor.value("exact", false)});
        }
        const Json& outputs = json["outputs"];
        if (outputs.size() != report->outputs.size()) throw Error(board.describe(), "tmx check names other outputs");
        for (size_t i = 0; i < outputs.size(); ++i) {
            // JSON has no NaN: what is no number is as far away as can be.
            const auto number = [&](const char* key, double otherwise) {
                return outputs[i].contains(key) && outputs[i][key].is_number() ? outputs[i][key].get<double>()
                                                                               : otherwise;
            };
            report->outputs[i].board_cosine = number("cosine", -1);
            report->outputs[i].board_max_abs = number("max_abs", INFINITY);
        }
    }

    static Json to_json(const CheckReport& report) {
        Json json{{"model", report.model},
                  {"golden", report.golden},
                  {"board", report.board},
                  {"tmx", report.tmx_version},
                  {"kernels", report.kernels},
                  {"exact", report.differing() == 0},
                  {"tensor_count", report.tensors.size()},
                  {"differing", report.differing()},
                  {"unchecked", report.unchecked}};
        if (const CheckReport::Tensor* first = report.first_differing()) {
            json["first_differing"] = {{"tensor", first->name}, {"layer", first->layer}};
        }
        for (const CheckReport::Output& output : report.outputs) {
            json["outputs"].push_back(
                {{"name", output.name},
                 {"simulation",
                  {{"cosine", output.simulation.cosine},
                   {"snr_db", output.simulation.snr_db},
                   {"max_abs", output.simulation.max_abs}}},
                 {"board", {{"cosine", output.board_cosine}, {"max_abs", output.board_max_abs}}}});
        }
        for (const CheckReport::Tensor& tensor : report.tensors) {
            json["tensors"].push_back({{"name", tensor.name}, {"layer", tensor.layer}, {"exact", tensor.exact}});
        }
        return json;
    }

    static void print(const CheckReport& report) {
        Table outputs({"output", "cosine sim.", "cosine board", "SNR sim. dB", "max abs sim.", "max abs board"},
                      {false, true, true, true, true, true});
        for (const CheckReport::Output& output : report.outputs) {
            outputs.add({output.name, fmt::format("{:.6f}", output.simulation.cosine),
                         fmt::format("{:.6f}", output.board_cosine), fmt::format("{:.1f}", output.simulation.snr_db),
                         fmt::format("{:.6g}", output.simulation.max_abs),
                         fmt::format("{:.6g}", output.board_max_abs)});
        }
        fmt::print("{}\n", outputs.text());
        if (const CheckReport::Tensor* first = report.first_differing()) {
            fmt::print("{} on {}: {} of {} tensors differ from the simulation, the first in layer `{}` (tensor `{}`)\n",
                       report.model, report.board, report.differing(), report.tensors.size(), first->layer,
                       first->name);
        } else {
            fmt::print("{} on {}: all {} tensors exact, kernels {}\n", report.model, report.board,
                       report.tensors.size(), report.kernels);
        }
    }

    std::string model_, golden_, html_;
    int threads_ = 1;
    bool json_ = false;
    std::optional<double> min_cosine_;
    RemoteOptions board_;
};

}  // namespace

std::unique_ptr<Command> check_command(CLI::App& program) { return std::make_unique<CheckCommand>(program); }

}  // namespace tinamix::tool
