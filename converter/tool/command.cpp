// What every subcommand has in common.
#include "tool/command.h"

#include <CLI/CLI.hpp>

namespace tinamix::tool {

Command::Command(CLI::App& program, const std::string& name, const std::string& summary, const std::string& examples)
    : app(*program.add_subcommand(name, summary)), options(app) {
    app.footer("Examples:\n" + examples);
    app.group("Commands");
    app.allow_extras();  // unknown options are reported by main.cpp, with the nearest known one
}

}  // namespace tinamix::tool
