// tinamix flash: a model into the store of a board, checked there before it becomes active.
#include <fmt/format.h>

#include <filesystem>

#include "deploy/npu_target.h"
#include "diagnostics/error.h"
#include "tool/command.h"
#include "tool/remote_options.h"
#include "tool/simulation.h"

namespace tinamix::tool {
namespace {

constexpr const char* kExamples =
    "  tinamix flash yolo.tmx --board v853 --golden yolo.golden\n"
    "  tinamix flash yolo.tmx --board t527 --address root@192.168.1.7 --name detector --tmx build/aarch64/runtime/tmx";

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
}

class FlashCommand final : public Command {
  public:
    explicit FlashCommand(CLI::App& program)
        : Command(program, "flash", "Install a model on a board and make it active there", kExamples) {
        options.path("MODEL", model_, "MODEL.tmx", "the model file");
        options.path("--golden", golden_, "MODEL.golden",
                     "every tensor must be exact on the board before it becomes active");
        options.text("--name", name_, "NAME", "what applications open it as (default: the file's name)");
        options.integer(
            "--trial", trial_, 0, 99,
            "starts without a healthy report after which the board goes back (default 3; 0: confirmed at once)");
        options.flag("--force", force_, "accept a downgrade, or a model packed for another board or NPU");
        options.flag("--json", json_, "what the board says, as JSON on stdout");
        board_.declare(options);
    }

    int run() override {
        options.require("MODEL");
        if (!is_tmx(model_)) throw UsageError(model_, "must be a .tmx file");
        if (name_.empty()) name_ = std::filesystem::path(model_).stem().string();
        const uint32_t npu_target = deploy::npu_target_of(model_);
        if (!force_ && !board_.board.empty()) {  // connect() says when it is missing
            deploy::check_npu_target(model_, npu_target, deploy::load_board(board_.board));
        }
        const auto board = board_.connect(options, json_);
        std::vector<std::string> arguments = {"install", board->upload(model_, 2), "--name",  name_,
                                              "--store", board->store(),           "--trial", std::to_string(trial_)};
        if (!golden_.empty()) arguments.insert(arguments.end(), {"--golden", board->upload(golden_, 2)});
        if (npu_target != 0) {
            const auto& npu = board->profile().npu;
            arguments.insert(arguments.end(), {"--npu-target", std::to_string(npu ? npu->target_id : 0)});
        }
        if (force_) arguments.push_back("--force");
        if (json_) arguments.push_back("--json");
        const deploy::ProcessResult result = board->tmx(arguments);
        if (result.status != 0) throw Error(board->describe(), trimmed(result.err.empty() ? result.out : result.err));
        fmt::print("{}{}", json_ ? "" : board->profile().name + ": ", result.out);
        return kExitOk;
    }

  private:
    std::string model_, golden_, name_;
    int trial_ = 3;
    bool force_ = false, json_ = false;
    RemoteOptions board_;
};

}  // namespace

std::unique_ptr<Command> flash_command(CLI::App& program) { return std::make_unique<FlashCommand>(program); }

}  // namespace tinamix::tool
