// tinamix boards: the board profiles.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "deploy/board_profile.h"
#include "tool/command.h"
#include "tool/json_output.h"
#include "tool/table.h"

namespace tinamix::tool {
namespace {

using deploy::BoardProfile;

constexpr const char* kExamples =
    "  tinamix boards\n"
    "  tinamix boards v853\n"
    "  tinamix boards ./myboard/board.yaml --json";

nlohmann::ordered_json to_json(const BoardProfile& board) {
    nlohmann::ordered_json json{
        {"name", board.name},
        {"summary", board.summary},
        {"cpu",
         {{"architecture", board.cpu.architecture},
          {"cores", board.cpu.cores},
          {"clock_mhz", board.cpu.clock_mhz},
          {"features", board.cpu.features}}},
        {"target", board.target},
        {"costs", board.costs},
        {"memory", {{"total_mib", board.memory_mib}, {"model_mib", board.model_mib}}},
        {"models", board.models},
        {"tmx", board.tmx},
        {"transport",
         {{"kind", deploy::transport_name(board.transport.kind)},
          {"address", board.transport.address},
          {"port", board.transport.port}}},
    };
    if (board.npu)
        json["npu"] = {{"target_id", fmt::format("0x{:X}", board.npu->target_id)}, {"viplite", board.npu->viplite}};
    return json;
}

void print_board(const BoardProfile& board) {
    fmt::print("{}: {}\n", board.name, board.summary);
    fmt::print("  processor  {} x {}, {} MHz{}{}\n", board.cpu.cores, board.cpu.architecture, board.cpu.clock_mhz,
               board.cpu.features.empty() ? "" : ": ", fmt::join(board.cpu.features, ", "));
    fmt::print("  packing    {}{}\n", board.target, board.target == "generic" ? " (reference kernels)" : "");
    fmt::print("  costs      {}\n",
               board.costs.empty() ? "no table: predicted times are not this board's" : board.costs);
    fmt::print("  memory     {} MB, of which a model may take {}\n", board.memory_mib, board.model_mib);
    if (board.npu) fmt::print("  NPU        target 0x{:X}, VIPLite {}\n", board.npu->target_id, board.npu->viplite);
    fmt::print("  models     {}\n  tmx        {}\n", board.models, board.tmx);
    fmt::print("  reached    by {} {}\n", deploy::transport_name(board.transport.kind), board.transport.address);
}

class BoardsCommand final : public Command {
  public:
    explicit BoardsCommand(CLI::App& program)
        : Command(program, "boards", "List the board profiles, or show one", kExamples) {
        options.text("BOARD", board_, "BOARD", "a profile's name, or a board.yaml of one's own");
        options.flag("--json", json_, "as JSON on stdout");
    }

    int run() override {
        if (!board_.empty()) {
            const BoardProfile board = deploy::load_board(board_);
            if (json_) {
                print_json(to_json(board));
            } else {
                print_board(board);
            }
            return kExitOk;
        }
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        Table table({"board", "", "processor", "packing", "model MB", "reached by"},
                    {false, false, false, false, true, false});
        for (const std::string& name : deploy::board_names()) {
            const BoardProfile board = deploy::load_board(name);
            list.push_back(to_json(board));
            table.add({name, board.summary, fmt::format("{} x {}", board.cpu.cores, board.cpu.architecture),
                       board.target, fmt::format("{}", board.model_mib), deploy::transport_name(board.transport.kind)});
        }
        if (json_) {
            print_json(list);
        } else {
            fmt::print("{}", table.text());
        }
        return kExitOk;
    }

  private:
    std::string board_;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Command> boards_command(CLI::App& program) { return std::make_unique<BoardsCommand>(program); }

}  // namespace tinamix::tool
