// tinamix: parses the command line, runs one command, and turns every failure into one line and an exit status.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "tinamix.h"
#include "tool/command.h"
#include "tool/help_format.h"

namespace tinamix::tool {
namespace {

constexpr const char* kSummary =
    "tinamix: ONNX networks for small boards, every layer at the precision it needs.\n"
    "What it simulates is, bit for bit, what the board computes.";

constexpr const char* kFooter =
    "Examples:\n"
    "  tinamix convert net.onnx -o net.tmx --data pictures/ --resize 256 --crop 224 --std 255\n"
    "  tinamix run net.tmx --input x.npy --output sim\n"
    "  tinamix compare float sim --min-cosine 0.99\n"
    "\n"
    "`tinamix COMMAND --help` lists the options of a command. Exit status: 0 done, 1 failed or below the\n"
    "threshold, 2 wrong usage.";

/// What CLI11 or a stage reports may have several lines, the later ones indented: "a: b; c".
std::string one_line(const std::string& text) {
    std::string line;
    for (size_t begin = 0; begin < text.size();) {
        const size_t end = std::min(text.find('\n', begin), text.size());
        const size_t first = std::min(text.find_first_not_of(' ', begin), end);
        if (!line.empty() && first < end) line += line.back() == ':' ? " " : "; ";
        line.append(text, line.empty() ? begin : first, end - (line.empty() ? begin : first));
        begin = end + 1;
    }
    return line;
}

int fail(const std::string& message, int status) {
    fmt::print(stderr, "tinamix: error: {}\n", one_line(message));
    return status;
}

/// Throws UsageError for the first argument that nobody took.
void check_leftovers(const Command& command) {
    for (const std::string& word : command.app.remaining()) {
        if (word.size() > 1 && word[0] == '-') {
            const std::string name = word.substr(0, word.find('='));
            const std::string near = did_you_mean(name, command.options.names());
            throw UsageError(
                "", fmt::format("unknown option {}", name),
                near.empty() ? fmt::format("`tinamix {} --help` lists all", command.app.get_name()) : near);
        }
    }
    if (!command.app.remaining().empty()) {
        throw UsageError("", fmt::format("unexpected argument `{}`", command.app.remaining().front()));
    }
}

void check_command_name(const CLI::App& program, const std::vector<std::unique_ptr<Command>>& commands) {
    std::vector<std::string> names;
    for (const auto& command : commands) names.push_back(command->app.get_name());
    for (const std::string& word : program.remaining()) {
        const bool option = word.starts_with("-");
        const std::string near = did_you_mean(word, option ? std::vector<std::string>{"--help", "--version"} : names);
        throw UsageError("", fmt::format("unknown {} {}", option ? "option" : "command", word),
                         near.empty() ? "`tinamix --help` lists the commands" : near);
    }
    throw UsageError("", "a command is missing", "`tinamix --help` lists them");
}

int run_program(int argc, char** argv) {
    CLI::App program(kSummary, "tinamix");
    program.formatter(std::make_shared<HelpFormat>());
    program.footer(kFooter);
    program.set_version_flag("--version", fmt::format("tinamix {}", tmx_version()));
    program.allow_extras();

    std::vector<std::unique_ptr<Command>> commands;
    for (const auto& make :
         {inspect_command, convert_command, calibrate_command, run_command, compare_command, golden_command,
          eval_command, operators_command, sensitivity_command, boards_command, keygen_command, sign_command,
          flash_command, check_command, bench_command, cut_command, pack_npu_command}) {
        commands.push_back(make(program));
    }

    try {
        program.parse(argc, argv);
    } catch (const CLI::Success& request) {  // --help, --version
        return program.exit(request);
    } catch (const CLI::ParseError& error) {
        return fail(error.what(), kExitUsage);
    }
    for (const auto& command : commands) {
        if (!command->app.parsed()) continue;
        check_leftovers(*command);
        std::vector<std::string> other_keys;
        for (const auto& other : commands) {
            for (const std::string& key : other->options.keys()) other_keys.push_back(key);
        }
        command->options.finish(other_keys);
        const int status = command->run();
        if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw Error("stdout", "cannot be written");
        return status;
    }
    check_command_name(program, commands);
    return kExitUsage;
}

}  // namespace
}  // namespace tinamix::tool

int main(int argc, char** argv) {
    using namespace tinamix;
    // A file size limit shall be an error that cleans up, like a full disk, and not a kill.
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        return tool::run_program(argc, argv);
    } catch (const tool::UsageError& error) {
        return tool::fail(error.what(), tool::kExitUsage);
    } catch (const std::bad_alloc&) {
        return tool::fail("out of memory", tool::kExitFailed);
    } catch (const std::exception& error) {
        return tool::fail(error.what(), tool::kExitFailed);
    }
}
