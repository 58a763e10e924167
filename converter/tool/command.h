// A subcommand of tinamix: its options and what it does. One file per command; the list is in main.cpp.
#pragma once

#include <memory>
#include <string>

#include "tool/options.h"

namespace tinamix::tool {

inline constexpr int kExitOk = 0;
/// An error, or a result below the threshold that was asked for.
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;

class Command {
  public:
    /// `examples`: lines shown at the end of --help.
    Command(CLI::App& program, const std::string& name, const std::string& summary, const std::string& examples);
    virtual ~Command() = default;

    /// Returns the exit status; throws Error or UsageError. options.finish() has been called.
    virtual int run() = 0;

    CLI::App& app;
    Options options;
};

std::unique_ptr<Command> inspect_command(CLI::App& program);
std::unique_ptr<Command> run_command(CLI::App& program);
std::unique_ptr<Command> convert_command(CLI::App& program);
std::unique_ptr<Command> calibrate_command(CLI::App& program);
std::unique_ptr<Command> compare_command(CLI::App& program);
std::unique_ptr<Command> golden_command(CLI::App& program);
std::unique_ptr<Command> eval_command(CLI::App& program);
std::unique_ptr<Command> operators_command(CLI::App& program);
std::unique_ptr<Command> sensitivity_command(CLI::App& program);
std::unique_ptr<Command> boards_command(CLI::App& program);
std::unique_ptr<Command> keygen_command(CLI::App& program);
std::unique_ptr<Command> sign_command(CLI::App& program);
std::unique_ptr<Command> flash_command(CLI::App& program);
std::unique_ptr<Command> check_command(CLI::App& program);
std::unique_ptr<Command> bench_command(CLI::App& program);
std::unique_ptr<Command> cut_command(CLI::App& program);
std::unique_ptr<Command> pack_npu_command(CLI::App& program);

}  // namespace tinamix::tool
